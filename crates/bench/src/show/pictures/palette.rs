//! The colours. They follow those of Okabe and Ito (*Color Universal Design*, 2008), which people with any kind of colour vision can
//! tell apart, made darker on white and lighter on a dark ground, so that each mark has a contrast of at least 3:1 with its ground
//! (WCAG 2.2, 1.4.11). No figure relies on them alone: marks have shapes and labels.

use std::fmt::Write;
use std::sync::LazyLock;

use crate::plan::strategies;

/// A colour on white, and on a dark ground.
type Colour = [&'static str; 2];

const GROUND: Colour = ["#ffffff", "#0d1117"];
const INK: Colour = ["#1f2328", "#e6edf3"];
const SOFT: Colour = ["#59636e", "#9da7b1"];
const LINE: Colour = ["#d1d9e0", "#30363d"];
const BAND: Colour = ["#e7ebef", "#21262d"];

/// The colours of the page around the pictures, by the names that its style sheet has for them.
const PAGE: [(&str, Colour); 8] = [
    ("ground", GROUND),
    ("ink", INK),
    ("soft", SOFT),
    ("line", LINE),
    ("band", ["#f4f6f8", "#161b22"]),
    ("good", ["#00694d", "#2fc79a"]),
    ("link", ["#0058a3", "#79b8f5"]),
    ("wrong", ["#c24e00", "#ff8c4a"]),
];

/// The colours of the contenders: those of the strategies in the order of their list, and the rest for others.
const CONTENDERS: [Colour; 8] = [
    ["#6e7781", "#9da7b1"],
    ["#0072b2", "#58a6e8"],
    ["#d55e00", "#ff8c4a"],
    ["#00805d", "#2fc79a"],
    ["#b8608f", "#e8a6cb"],
    ["#a87000", "#e0b040"],
    ["#2383bd", "#86cdf5"],
    ["#5c4b8a", "#b3a1e6"],
];

/// The colours of the parts of a task, by their classes.
const PARTS: [(&str, Colour); 6] = [
    ("wait", ["#848f9a", "#7d8590"]),
    ("connect", ["#b8608f", "#e08fbb"]),
    ("first-byte", ["#2383bd", "#58a6d8"]),
    ("body", ["#a87000", "#f0b43c"]),
    ("save", ["#00805d", "#2fc79a"]),
    ("work", ["#0072b2", "#58a6e8"]),
];

/// What does not depend on the ground.
const SHAPES: &str = "
.picture { font: 13px system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif; }
.picture text { paint-order: stroke; stroke-width: 4px; stroke-linejoin: round; }
.picture .head { font-weight: 600; font-size: 15px; }
.picture .name { font-weight: 600; }
.picture .soft { font-size: 12px; }
.picture .grid, .picture .axis { stroke-width: 1; }
.picture .band { stroke-width: 1; stroke-dasharray: 1 3; }
.picture .bound { stroke-width: 1.5; stroke-dasharray: 5 4; fill: none; }
.picture .faint { fill-opacity: .45; stroke-width: 1; }
.picture .dot { fill-opacity: .55; stroke-width: .8; }
.picture .stroke { stroke-width: 2; fill: none; }
.picture .thick { stroke-width: 4; stroke-linecap: round; fill: none; }
";

/// The style sheet of every picture, and the part of the report's that the pictures share. Its colours stand in the rules, and on
/// a dark screen again: what draws pictures outside of a browser knows no variables.
pub static STYLE: LazyLock<String> = LazyLock::new(|| {
    let [light, dark] = [0, 1].map(rules);
    format!("{SHAPES}{light}@media screen and (prefers-color-scheme: dark) {{\n{dark}}}\n")
});

/// The page's own colours, as variables: only a browser shows a page.
pub fn page() -> String {
    let variables = |ground: usize| -> String {
        PAGE.iter().map(|(name, colour)| format!("--{name}: {}; ", colour[ground])).collect()
    };
    let [light, dark] = [0, 1].map(variables);
    format!("body {{ {light}}}\n@media screen and (prefers-color-scheme: dark) {{ body {{ {dark}}} }}\n")
}

/// The rules for one ground.
fn rules(ground: usize) -> String {
    let [back, ink, soft, line, band] = [GROUND, INK, SOFT, LINE, BAND].map(|colour| colour[ground]);
    let mut rules = format!(
        ".picture .ground {{ fill: {back}; }} .picture text {{ fill: {ink}; stroke: {back}; }}
.picture .soft {{ fill: {soft}; }} .picture .axis {{ stroke: {soft}; }}
.picture .grid {{ stroke: {line}; }} .picture .band {{ fill: {band}; stroke: {soft}; }} .picture .bound {{ stroke: {ink}; }}
"
    );
    // Writing to a string cannot fail.
    for (number, colour) in CONTENDERS.iter().map(|colour| colour[ground]).enumerate() {
        let filled = ["fill", "faint", "dot"].map(|kind| format!(".picture .{kind}.c{number}")).join(", ");
        let drawn = ["faint", "dot", "stroke", "thick"].map(|kind| format!(".picture .{kind}.c{number}")).join(", ");
        let _ = writeln!(rules, "{filled} {{ fill: {colour}; }} {drawn} {{ stroke: {colour}; }}");
    }
    for (class, colour) in PARTS {
        let _ = writeln!(rules, ".picture .{class} {{ fill: {}; }}", colour[ground]);
    }
    rules
}

/// The class that gives a contender its colour: a strategy has its own everywhere, others one in the order of the table.
pub fn class(contender: &str, place: usize) -> String {
    let ours = strategies::all().len();
    // One strategy may be there in two ways: `async-tasks (loop)`.
    let strategy = contender.split(" (").next().unwrap_or_default();
    let number = strategies::place(strategy).unwrap_or(ours + place % (CONTENDERS.len() - ours));
    format!("c{number}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The contrast of two colours, 1 to 21 (WCAG 2.2).
    fn contrast(one: &str, other: &str) -> f64 {
        let luminance = |colour: &str| {
            let channel = |at: usize| f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            let linear = |c: f64| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) };
            0.2126 * linear(channel(1)) + 0.7152 * linear(channel(3)) + 0.0722 * linear(channel(5))
        };
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn every_mark_and_text_stands_out_from_its_ground() {
        assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 1e-9);
        for ground in [0, 1] {
            let marks = CONTENDERS.into_iter().chain(PARTS.map(|(_, colour)| colour));
            for colour in marks.map(|colour| colour[ground]) {
                assert!(contrast(colour, GROUND[ground]) >= 3.0, "{colour}");
            }
            for colour in CONTENDERS.map(|colour| colour[ground]) {
                assert!(contrast(colour, BAND[ground]) >= 3.0, "{colour} on the band of noise");
            }
            let back = |name| PAGE.iter().find(|(colour, _)| *colour == name).unwrap().1[ground];
            assert!(contrast(back("wrong"), back("ground")) >= 3.0, "the bar beside a wrong answer");
            for name in ["ink", "soft", "good", "link"] {
                for under in ["ground", "band"] {
                    assert!(contrast(back(name), back(under)) >= 4.5, "{name} on {under}");
                }
            }
        }
    }

    #[test]
    fn every_strategy_has_a_colour_of_its_own_and_some_are_left() {
        assert!(strategies::all().len() < CONTENDERS.len() - 2);
        let classes: std::collections::BTreeSet<_> = strategies::all().iter().map(|one| class(&one.name, 0)).collect();
        assert_eq!(classes.len(), strategies::all().len());
    }

    #[test]
    fn no_colour_is_a_variable_and_each_has_a_twin_for_the_dark() {
        assert!(!STYLE.contains("var(") && !STYLE.contains("--"));
        let (light, dark) = STYLE.split_once("@media").unwrap();
        let rules = |text: &str| text.matches("fill: #").count() + text.matches("stroke: #").count();
        assert_eq!(rules(light), rules(dark));
    }
}
