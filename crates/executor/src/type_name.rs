//! Type names as people say them.

/// The name of `T` without the paths: `String`, `&str`, `Vec<u8>`, `Result<String, Error>`.
pub(crate) fn short<T: ?Sized>() -> String {
    let mut short = String::new();
    let mut word = String::new();
    for c in std::any::type_name::<T>().chars() {
        match c {
            // Two colons end a path segment: what stood before them is not the name.
            ':' => word.clear(),
            c if c.is_alphanumeric() || c == '_' => word.push(c),
            c => {
                short.push_str(&std::mem::take(&mut word));
                short.push(c);
            }
        }
    }
    short + &word
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_has_no_paths() {
        assert_eq!(super::short::<String>(), "String");
        assert_eq!(super::short::<&str>(), "&str");
        assert_eq!(super::short::<Vec<u8>>(), "Vec<u8>");
        assert_eq!(super::short::<Result<(String, u8), crate::Error>>(), "Result<(String, u8), Error>");
        assert_eq!(super::short::<()>(), "()");
    }
}
