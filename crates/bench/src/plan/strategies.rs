//! The list of strategies, `crates/strategies.toml`, which is all that `bench` knows of them.

use std::sync::LazyLock;

use serde::Deserialize;

/// One strategy: a line of the list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Strategy {
    /// The name of its program, and what tables call it.
    pub name: String,
    /// What its tasks run in, in words: `threads`.
    pub kind: String,
    /// The most tasks that it ever does at once, if it has such a limit.
    pub at_most: Option<usize>,
}

/// All strategies, in the order of tables, pictures and colours.
pub fn all() -> &'static [Strategy] {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct List {
        strategies: Vec<Strategy>,
        // They need a server of their own, and so are no contenders.
        #[serde(rename = "optional")]
        _optional: Vec<Strategy>,
    }
    static ALL: LazyLock<Vec<Strategy>> = LazyLock::new(|| {
        let list: List = toml::from_str(include_str!("../../../strategies.toml")).expect("the built-in list is TOML");
        list.strategies
    });
    &ALL
}

/// The place of `name` in the list.
pub fn place(name: &str) -> Option<usize> {
    all().iter().position(|strategy| strategy.name == name)
}

/// The strategy that the others are compared with.
pub fn baseline() -> &'static str {
    all().first().map_or("", |first| &first.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_strategy_is_the_baseline_and_works_one_by_one() {
        assert_eq!((baseline(), all()[0].at_most), ("sequential", Some(1)));
        assert_eq!(place("thread-pool"), Some(1));
        assert_eq!(place("curl"), None);
    }
}
