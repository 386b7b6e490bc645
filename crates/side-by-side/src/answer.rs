//! An output as text, by which the outputs of two runs are compared.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Serialize;

/// The most characters of an output that are shown whole.
const LONGEST: usize = 60;

/// The JSON of an output, or how it begins, its length and a digest. A map has its keys in order. What has no JSON, such as a map whose keys
/// are no strings, is told by its bytes as they go between processes; `None` if it cannot be written down at all.
pub fn shown(output: &impl Serialize) -> Option<String> {
    let json = serde_json::to_value(output).map(|value| value.to_string());
    match json {
        Ok(text) if text.chars().count() <= LONGEST => Some(text),
        Ok(text) => {
            let beginning: String = text.chars().take(LONGEST / 2).collect();
            Some(format!("{beginning}… ({} bytes, #{})", text.len(), digest(text.as_bytes())))
        }
        Err(_) => {
            let bytes = postcard::to_stdvec(output).ok()?;
            Some(format!("({} bytes, #{})", bytes.len(), digest(&bytes)))
        }
    }
}

/// It tells two outputs apart; against forgery it need not stand.
fn digest(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn a_short_output_is_shown_whole_and_a_long_one_by_its_digest() {
        assert_eq!(shown(&42).as_deref(), Some("42"));
        let [one, other] = ["a", "b"].map(|end| shown(&("x".repeat(100) + end)).unwrap());
        assert!(one.starts_with("\"xxx") && one.contains("103 bytes") && one != other, "{one} {other}");
    }

    #[test]
    fn the_order_of_a_map_does_not_matter_and_nan_is_itself() {
        let map = |range: &mut dyn Iterator<Item = u32>| range.map(|n| (n.to_string(), n)).collect::<HashMap<_, _>>();
        assert_eq!(shown(&map(&mut (0..50))), shown(&map(&mut (0..50).rev())));
        assert_eq!(shown(&f64::NAN), shown(&-f64::NAN));
    }

    #[test]
    fn what_has_no_json_is_told_by_its_bytes() {
        let [one, other] = [1, 2].map(|value| shown(&HashMap::from([((1, 2), value)])).unwrap());
        assert!(one.starts_with("(4 bytes, #") && one != other, "{one} {other}");
    }
}
