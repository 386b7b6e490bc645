//! An SVG picture that grows mark by mark.

use std::fmt::Write;

use super::palette;
use crate::base::wrap::wrap;

/// A picture under way. All lengths are in its own units, of which the picture is `width` wide.
#[derive(Debug)]
pub struct Svg {
    /// Its width.
    pub width: f64,
    marks: String,
}

/// Where a text stands from its point.
#[derive(Clone, Copy, Debug)]
pub enum Anchor {
    /// It begins there.
    Start,
    /// It has its middle there.
    Middle,
    /// It ends there.
    End,
}

impl Svg {
    /// An empty picture.
    pub fn new(width: f64) -> Self {
        Self { width, marks: String::new() }
    }

    /// The whole picture, with a title and a description for those who do not see it.
    pub fn finish(self, height: f64, title: &str, description: &str) -> String {
        let Self { width, marks } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"picture\" viewBox=\"0 0 {width} {height:.0}\" width=\"{width}\" \
             height=\"{height:.0}\" role=\"img\">\n<title>{}</title>\n<desc>{}</desc>\n<style>{}</style>\n\
             <rect class=\"ground\" width=\"{width}\" height=\"{height:.0}\" rx=\"8\"/>\n{marks}</svg>\n",
            escape(title),
            escape(description),
            *palette::STYLE
        )
    }

    /// A rectangle that says `title` under the pointer.
    pub fn rect(&mut self, [x, y, width, height]: [f64; 4], class: &str, title: &str) {
        self.mark(
            &format!(
                "<rect class=\"{class}\" x=\"{x:.2}\" y=\"{y:.2}\" width=\"{:.2}\" height=\"{height:.2}\"",
                width.max(0.3)
            ),
            "rect",
            title,
        );
    }

    /// A straight line.
    pub fn line(&mut self, [x1, y1, x2, y2]: [f64; 4], class: &str, title: &str) {
        let start = format!("<line class=\"{class}\" x1=\"{x1:.2}\" y1=\"{y1:.2}\" x2=\"{x2:.2}\" y2=\"{y2:.2}\"");
        self.mark(&start, "line", title);
    }

    /// A line through points.
    pub fn polyline(&mut self, points: &[(f64, f64)], class: &str, title: &str) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.2},{y:.2}")).collect();
        self.mark(&format!("<polyline class=\"{class}\" points=\"{}\"", points.join(" ")), "polyline", title);
    }

    /// A mark with a shape of its own for each of the first eight places: circle, square, triangle, diamond, and the
    /// same again.
    pub fn shape(&mut self, place: usize, (x, y): (f64, f64), r: f64, class: &str, title: &str) {
        match place % 4 {
            0 => {
                let start = format!("<circle class=\"{class}\" cx=\"{x:.2}\" cy=\"{y:.2}\" r=\"{r:.2}\"");
                self.mark(&start, "circle", title);
            }
            shape => {
                let corners = match shape {
                    1 => vec![(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
                    2 => vec![(0.0, -1.2), (1.1, 0.8), (-1.1, 0.8)],
                    _ => vec![(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)],
                };
                let corners: Vec<String> =
                    corners.iter().map(|(dx, dy)| format!("{:.2},{:.2}", x + dx * r, y + dy * r)).collect();
                self.mark(&format!("<polygon class=\"{class}\" points=\"{}\"", corners.join(" ")), "polygon", title);
            }
        }
    }

    /// A text.
    pub fn text(&mut self, (x, y): (f64, f64), anchor: Anchor, class: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        // Writing to a string cannot fail, here and below.
        let _ = writeln!(
            self.marks,
            "<text class=\"{class}\" x=\"{x:.2}\" y=\"{y:.2}\" text-anchor=\"{anchor}\">{}</text>",
            escape(text)
        );
    }

    /// A paragraph, broken where the picture ends; returns the height that it takes.
    pub fn paragraph(&mut self, (x, y): (f64, f64), class: &str, text: &str) -> f64 {
        let size = match class {
            "head" => 15.0,
            "name" => 13.0,
            _ => 12.0,
        };
        let wide_letters = if class == "soft" { 0.53 } else { 0.6 };
        let most = ((self.width - 2.0 * x) / (size * wide_letters)) as usize;
        let lines = wrap(text, most);
        for (i, line) in lines.iter().enumerate() {
            self.text((x, y + i as f64 * size * 1.35), Anchor::Start, class, line);
        }
        lines.len() as f64 * size * 1.35
    }

    /// Elements as they are, for what only one picture has.
    pub fn raw(&mut self, elements: &str) {
        self.marks += elements;
        self.marks.push('\n');
    }

    fn mark(&mut self, start: &str, tag: &str, title: &str) {
        let _ = if title.is_empty() {
            writeln!(self.marks, "{start}/>")
        } else {
            writeln!(self.marks, "{start}><title>{}</title></{tag}>", escape(title))
        };
    }
}

/// Text as XML and HTML take it.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
