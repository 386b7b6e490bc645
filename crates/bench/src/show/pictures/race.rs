//! `race.svg`: the run as a film. Each strategy has a pane in which the flags appear at their times, slowed so that the longest run
//! takes eight seconds, again and again. Where nothing may move, or nothing can (on paper, for readers who asked for less motion,
//! in what knows no CSS animation), it shows the end, and the bars say how long each took.
//!
//! It has no script and nothing from outside, and each flag once, as the elements of its drawing: those are shown wherever a style
//! sheet is, also where a site allows a picture no images of its own.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::palette;
use super::svg::{Anchor, Svg, escape};
use super::waterfall::{Reports, subject};
use crate::analyse::summary::{Summary, Table};
use crate::base::numbers::{duration, three_digits};
use crate::base::wrap::wrap;
use crate::record::program_report::TaskSample;
use crate::show::headline::list;

/// Its width, at which its words are read on a wide screen; on a telephone's it is a little over half as wide.
pub const WIDTH: f64 = 640.0;

/// The most tasks of a pane: more flags than this are too small to be told apart.
const MOST_TASKS: usize = 40;
/// The most bytes of the picture. A run whose flags have drawings that take more has their codes instead.
const MOST_BYTES: usize = 200_000;
/// How long the longest run takes in the film, in seconds, and how long its end is shown.
const FILM_S: f64 = 8.0;
const REST_S: f64 = 3.0;
/// The most different times that the clock shows.
const MOST_TICKS: f64 = 150.0;

/// Where the flags of a pane begin, how many stand in a row, and how large they are.
const LEFT: f64 = 178.0;
const COLUMNS: usize = 10;
const FLAG: [f64; 2] = [40.0, 28.9];
const PITCH: [f64; 2] = [44.6, 33.5];

/// The words' sizes, and what moves. All of that stands within the condition, so that what is outside is the end.
const STYLE: &str = "
.picture .title, .picture .pane { font-size: 19px; font-weight: 600; }
.picture .number { font-size: 18px; font-variant-numeric: tabular-nums; }
.picture .clock { font-size: 27px; font-weight: 600; font-variant-numeric: tabular-nums; }
.picture .small { font-size: 14px; }
.picture .chip { font-size: 15px; font-weight: 600; }
.picture .place { stroke: none; }
";

/// One strategy's run.
struct Pane {
    name: String,
    class: String,
    /// In an order that is the same for all strategies.
    samples: Vec<TaskSample>,
    /// When the last task ended, in microseconds.
    end: f64,
}

/// Finds the elements of a flag's drawing, by its code.
type Drawing = fn(&str) -> Option<&'static str>;

/// The film of the delaying server's flags if they were measured, or of another workload with as few tasks.
pub fn draw(summary: &Summary, reports: Reports) -> Option<String> {
    let table = subject(summary, reports, MOST_TASKS)?;
    let panes = panes(table, reports);
    let picture = film(&table.title, &panes, flag_images::drawing)?;
    if picture.len() <= MOST_BYTES { Some(picture) } else { film(&table.title, &panes, |_| None) }
}

/// What the film shows, for those who do not see it.
pub fn words(summary: &Summary, reports: Reports) -> Option<String> {
    let table = subject(summary, reports, MOST_TASKS)?;
    Some(told(&table.title, &panes(table, reports)))
}

fn told(title: &str, panes: &[Pane]) -> String {
    let times = panes.iter().map(|pane| format!("{} is done after {}", pane.name, duration(pane.end)));
    format!("{title}, each shown at the moment when it was there: {}", list(&times.collect::<Vec<_>>()))
}

fn panes(table: &Table, reports: Reports) -> Vec<Pane> {
    let pane = |(place, name): (usize, &String)| {
        let mut samples = reports(&table.recorded.workload.name, name)?.samples;
        samples.sort_by(|a, b| (a.task.len(), &a.task, a.copy).cmp(&(b.task.len(), &b.task, b.copy)));
        let end = samples.iter().map(|sample| sample.end_us).max()? as f64;
        let class = palette::class(name, place);
        (2..=MOST_TASKS).contains(&samples.len()).then(|| Pane { name: name.clone(), class, samples, end })
    };
    table.contenders().map(|row| &row.contender).enumerate().filter_map(pane).collect()
}

fn film(title: &str, panes: &[Pane], drawing: Drawing) -> Option<String> {
    let last = panes.iter().map(|pane| pane.end).reduce(f64::max)?.max(1.0);
    let mut film = Film { svg: Svg::new(WIDTH), last, keyframes: Vec::new() };
    film.symbols(panes, drawing);
    let mut y = 30.0;
    for line in wrap(title, 40) {
        film.svg.text((16.0, y), Anchor::Start, "title", &line);
        y += 25.0;
    }
    film.clock();
    for pane in panes {
        y = film.pane(pane, y, drawing);
    }
    let pace = FILM_S * 1e6 / last;
    let pace = if pace < 1.0 {
        format!("{} times as fast as", three_digits(1.0 / pace))
    } else {
        three_digits(pace) + " times slower than"
    };
    let has_flags = panes.iter().flat_map(|pane| &pane.samples).any(|sample| drawing(&sample.task).is_some());
    let [sign, source] = if has_flags {
        ["a flag is one that is there", " Flags: Twemoji, CC BY 4.0."]
    } else {
        ["a sign is one that is done (P: a prime)", ""]
    };
    let note = format!(
        "Shown {pace} it was. A frame is a task under way, {sign}. The run is that of round 1, and its clock begins with main; the \
         tables have the medians of all rounds.{source}"
    );
    for line in wrap(&note, 86) {
        film.svg.text((16.0, y + 10.0), Anchor::Start, "soft small", &line);
        y += 19.0;
    }
    Some(film.finish(y + 8.0, title, &told(title, panes)))
}

/// The picture under way.
struct Film {
    svg: Svg,
    /// The end of the longest run, in microseconds.
    last: f64,
    /// Each animation by its place, which is its name.
    keyframes: Vec<String>,
}

impl Film {
    fn finish(mut self, height: f64, title: &str, description: &str) -> String {
        let loops = FILM_S + REST_S;
        let mut style = format!(
            "<style>{STYLE}@media screen and (prefers-reduced-motion: no-preference) {{\n.on {{ animation: {loops}s step-end infinite; }} \
             .on.bar {{ animation-timing-function: linear; transform-origin: 16px 0; }}\n"
        );
        for (name, keyframes) in self.keyframes.iter().enumerate() {
            // Writing to a string cannot fail, here and below.
            let _ = writeln!(style, "@keyframes k{name} {{ {keyframes} }}");
        }
        self.svg.raw(&(style + "}</style>"));
        self.svg.finish(height, title, description)
    }

    /// The share of the loop after which this moment of the run is shown.
    fn at(&self, us: f64) -> String {
        format!("{:.2}%", us / self.last * FILM_S / (FILM_S + REST_S) * 100.0)
    }

    /// The attributes of an element that has this animation.
    fn animated(&mut self, keyframes: String) -> String {
        let known = self.keyframes.iter().position(|other| *other == keyframes);
        let name = known.unwrap_or_else(|| {
            self.keyframes.push(keyframes);
            self.keyframes.len() - 1
        });
        format!("style=\"animation-name: k{name}\"")
    }

    /// The attributes of an element that is there from this moment on.
    fn from(&mut self, us: u64) -> String {
        let at = self.at(us as f64);
        self.animated(format!("0% {{ opacity: 0 }} {at} {{ opacity: 1 }}"))
    }

    /// The flags' drawings, each once.
    fn symbols(&mut self, panes: &[Pane], drawing: Drawing) {
        let codes: BTreeSet<&str> = panes.iter().flat_map(|pane| &pane.samples).map(|one| one.task.as_str()).collect();
        self.svg.raw("<defs>");
        for (code, marks) in codes.into_iter().filter_map(|code| Some((code, drawing(code)?))) {
            self.svg.raw(&format!("<symbol id=\"{code}\" viewBox=\"0 5 36 26\">{marks}</symbol>"));
        }
        self.svg.raw("</defs>");
    }

    /// A window on a column of texts, which moves them through it line by line, and rests on the last.
    fn strip(&mut self, [right, y, height]: [f64; 3], class: &str, texts: &[String], keyframes: String) {
        let rest = (texts.len() - 1) as f64 * height;
        let animated = self.animated(keyframes);
        let mut strip = format!(
            "<svg x=\"{:.2}\" y=\"{y:.2}\" width=\"120\" height=\"{height}\" overflow=\"hidden\"><g class=\"on\" {animated} \
             transform=\"translate(0 -{rest})\" text-anchor=\"end\">",
            right - 120.0
        );
        for (line, text) in texts.iter().enumerate() {
            let baseline = (line as f64 + 0.78) * height;
            let _ = write!(strip, "<text class=\"{class}\" x=\"118\" y=\"{baseline:.1}\">{text}</text>");
        }
        self.svg.raw(&(strip + "</g></svg>"));
    }

    /// The time of the run, in steps that are round.
    fn clock(&mut self) {
        let (unit, name) = if self.last < 1e6 { (1e3, "ms") } else { (1e6, "s") };
        let last = self.last / unit;
        let rough = last / MOST_TICKS;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|n| n * power).into_iter().find(|step| *step >= rough).unwrap_or(rough);
        let decimals = if step < 1.0 { (-step.log10().floor()) as usize } else { 0 };
        let ticks = (last / step) as usize;
        let mut texts: Vec<String> =
            (0..=ticks).map(|tick| format!("{:.decimals$} {name}", tick as f64 * step)).collect();
        // Where it rests, it says what the slowest pane says.
        texts[ticks] = duration(self.last);
        const HEIGHT: f64 = 34.0;
        let end = self.at(self.last);
        let keyframes = format!(
            "0% {{ transform: none; animation-timing-function: steps({}) }} {end}, to {{ transform: translateY(-{}px) }}",
            ticks.max(1),
            ticks as f64 * HEIGHT
        );
        self.strip([WIDTH - 14.0, 8.0, HEIGHT], "clock", &texts, keyframes);
    }

    /// One strategy; returns where it ends.
    fn pane(&mut self, pane: &Pane, top: f64, drawing: Drawing) -> f64 {
        let rows = pane.samples.len().div_ceil(COLUMNS).max(2);
        self.bar(pane, top);
        let y = top + 14.0;
        self.svg.text((16.0, y + 16.0), Anchor::Start, "pane", &pane.name);
        self.count(pane, y + 22.0);
        let there = self.from(pane.end as u64);
        self.svg.raw(&format!("<g class=\"on\" {there}>"));
        self.svg.text((16.0, y + 60.0), Anchor::Start, "number", &duration(pane.end));
        self.svg.raw("</g>");
        for (place, sample) in pane.samples.iter().enumerate() {
            let x = LEFT + (place % COLUMNS) as f64 * PITCH[0];
            self.task(sample, &pane.class, [x, y + (place / COLUMNS) as f64 * PITCH[1]], drawing);
        }
        y + rows as f64 * PITCH[1] + 10.0
    }

    /// How long it takes, as a length: that of the longest is the whole width.
    fn bar(&mut self, pane: &Pane, top: f64) {
        let width = (WIDTH - 32.0) * pane.end / self.last;
        self.svg.line([16.0, top + 2.5, WIDTH - 16.0, top + 2.5], "grid", "");
        let end = self.at(pane.end);
        let animated = self.animated(format!("0% {{ transform: scaleX(0) }} {end}, to {{ transform: none }}"));
        self.svg.raw(&format!(
            "<rect class=\"fill {} on bar\" {animated} x=\"16\" y=\"{top:.2}\" width=\"{width:.2}\" height=\"5\"/>",
            pane.class
        ));
    }

    /// How many tasks have ended well, of how many.
    fn count(&mut self, pane: &Pane, y: f64) {
        let mut ends: Vec<u64> = pane.samples.iter().filter(|one| is_good(one)).map(|one| one.end_us).collect();
        ends.sort_unstable();
        const HEIGHT: f64 = 22.0;
        let mut keyframes = String::from("0% { transform: none }");
        for (count, end) in ends.iter().enumerate() {
            let _ = write!(
                keyframes,
                " {} {{ transform: translateY(-{}px) }}",
                self.at(*end as f64),
                (count + 1) as f64 * HEIGHT
            );
        }
        let texts: Vec<String> = (0..=ends.len()).map(|count| count.to_string()).collect();
        self.strip([42.0, y, HEIGHT], "number", &texts, keyframes);
        let of = format!("of {}", pane.samples.len());
        self.svg.text((47.0, y + 0.78 * HEIGHT), Anchor::Start, "number", &of);
    }

    /// A task: its place, a frame while it is under way, and then its flag.
    fn task(&mut self, sample: &TaskSample, class: &str, [x, y]: [f64; 2], drawing: Drawing) {
        let [width, height] = FLAG;
        let [start, end] = [sample.start_us, sample.end_us].map(|us| self.at(us as f64));
        let place = format!("x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width}\" height=\"{height}\"");
        self.svg.raw(&format!("<rect class=\"band place\" {place} rx=\"4\"/>"));
        let under_way = self.animated(format!("0% {{ opacity: 0 }} {start} {{ opacity: 1 }} {end} {{ opacity: 0 }}"));
        self.svg.raw(&format!("<rect class=\"stroke {class} on\" {under_way} opacity=\"0\" {place} rx=\"4\"/>"));
        let there = self.from(sample.end_us);
        let [from, to] = [sample.start_us, sample.end_us].map(|us| duration(us as f64));
        let says = escape(&format!("{}: {from} to {to}, {}", sample.task, sample.outcome));
        if is_good(sample) && drawing(&sample.task).is_some() {
            let code = &sample.task;
            self.svg.raw(&format!("<use class=\"on\" {there} href=\"#{code}\" {place}><title>{says}</title></use>"));
        } else {
            self.svg.raw(&format!("<g class=\"on\" {there}><title>{says}</title>"));
            self.svg.text((x + width / 2.0, y + height / 2.0 + 5.0), Anchor::Middle, "chip", chip(sample));
            self.svg.raw("</g>");
        }
    }
}

fn is_good(sample: &TaskSample) -> bool {
    ["ok", "prime", "composite"].contains(&sample.outcome.as_str())
}

/// The sign of a task that has no flag to show: as the chapter's programs mark primes, and else its code.
fn chip(sample: &TaskSample) -> &str {
    match sample.outcome.as_str() {
        "prime" => "P",
        "composite" => "–",
        "ok" if sample.task.len() <= 4 => &sample.task,
        "ok" => "✓",
        _ => "×",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(task: &str, outcome: &str, [start_us, end_us]: [u64; 2]) -> TaskSample {
        TaskSample {
            task: task.into(),
            copy: 1,
            outcome: outcome.into(),
            worker: 0,
            start_us,
            end_us,
            class: None,
            cause: None,
            answer: None,
            phases: None,
            digest: None,
        }
    }

    fn pane(name: &str, samples: Vec<TaskSample>) -> Pane {
        let end = samples.iter().map(|sample| sample.end_us).max().unwrap() as f64;
        Pane { name: name.into(), class: palette::class(name, 0), samples, end }
    }

    /// Two flags and an error, one by one and at the same time.
    fn two() -> [Pane; 2] {
        let all = |times: [[u64; 2]; 3]| {
            let [br, cn, zz] = times;
            vec![sample("BR", "ok", br), sample("CN", "ok", cn), sample("ZZ", "error", zz)]
        };
        [
            pane("sequential", all([[0, 400_000], [400_000, 900_000], [900_000, 1_600_000]])),
            pane("thread-pool", all([[0, 400_000], [0, 500_000], [0, 800_000]])),
        ]
    }

    fn keyframes<'a>(picture: &'a str, element: &str) -> &'a str {
        let at = picture.find(element).unwrap_or_else(|| panic!("no {element} in {picture}"));
        let start = picture[..at].rfind('<').unwrap();
        let name = picture[start..].split("animation-name: ").nth(1).unwrap().split('"').next().unwrap();
        picture.split(&format!("@keyframes {name} {{ ")).nth(1).unwrap().split(" }\n").next().unwrap()
    }

    #[test]
    fn a_flag_is_there_from_the_moment_at_which_it_was_saved_and_the_longest_takes_eight_seconds() {
        let picture = film("3 flags", &two(), flag_images::drawing).unwrap();
        // 8 of the 11 seconds are the film: 1.6 s of the run end at 72.73 % of it.
        let [first, second] = [18.18, 40.91].map(|at| format!("0% {{ opacity: 0 }} {at}% {{ opacity: 1 }}"));
        assert_eq!(keyframes(&picture, "href=\"#BR\""), first);
        assert_eq!(keyframes(&picture, "href=\"#CN\""), second);
        assert!(keyframes(&picture, "class=\"fill c0 on bar\"").contains("72.73%, to"), "{picture}");
        assert!(keyframes(&picture, "class=\"fill c1 on bar\"").contains("36.36%, to"), "{picture}");
        assert!(picture.contains("Shown 5.00 times slower than it was."), "{picture}");
        assert_eq!(picture.matches("<symbol ").count(), 2, "each flag once");
        assert_eq!(picture.matches(">×</text>").count(), 2, "the errors");
    }

    #[test]
    fn where_nothing_may_move_it_shows_the_end() {
        let picture = film("3 flags", &two(), flag_images::drawing).unwrap();
        let document = roxmltree::Document::parse(&picture).unwrap();
        let (still, moving) = picture.split_once("@media screen and (prefers-reduced-motion: no-preference)").unwrap();
        assert!(!still.contains("@keyframes") && !still.contains("animation:") && moving.contains("@keyframes"));
        let texts: Vec<_> = document.descendants().filter_map(|node| node.text()).collect();
        assert!(texts.contains(&"1.60 s") && texts.contains(&"800 ms"), "{texts:?}");
        // What is moved through a window rests on its last line; what is hidden at rest are the frames of tasks under way.
        assert_eq!(picture.matches("transform=\"translate(0 -44)\"").count(), 2, "2 of 3 in both panes");
        let hidden = document.descendants().filter(|node| node.attribute("opacity") == Some("0"));
        assert!(
            hidden.clone().count() == 6
                && hidden.into_iter().all(|node| node.attribute("class").unwrap().contains("stroke"))
        );
    }

    #[test]
    fn it_needs_nothing_from_outside_and_runs_nothing() {
        let picture = film("3 flags", &two(), flag_images::drawing).unwrap();
        for foreign in ["<script", "<image", "<foreignObject", "@import", "url(", "data:", "var("] {
            assert!(!picture.contains(foreign), "{foreign}");
        }
        let document = roxmltree::Document::parse(&picture).unwrap();
        let links: Vec<_> = document.descendants().filter_map(|node| node.attribute("href")).collect();
        assert!(links.len() == 4 && links.iter().all(|link| link.starts_with('#')), "{links:?}");
        assert_eq!(document.root_element().attribute("onload"), None);
    }

    #[test]
    fn the_clock_runs_in_round_steps_to_the_end_of_the_slowest() {
        let picture = film("3 flags", &two(), flag_images::drawing).unwrap();
        for time in ["0.00 s", "0.02 s", "0.84 s", "1.58 s", "1.60 s"] {
            assert!(picture.contains(&format!(">{time}</text>")), "{time}");
        }
        assert!(picture.contains("steps(80)") && !picture.contains(">0.01 s<"), "{picture}");
    }

    #[test]
    fn numbers_have_the_chapters_sign_and_a_flag_without_a_drawing_its_code() {
        let panes = [pane(
            "sequential",
            vec![sample("7", "prime", [0, 5]), sample("8", "composite", [5, 9]), sample("BR", "ok", [9, 12])],
        )];
        let picture = film("numbers", &panes, |_| None).unwrap();
        for text in [">P<", ">–<", ">BR<", "0 ms", "Shown 666,667 times slower", "a sign is one"] {
            assert!(picture.contains(text), "{text}: {picture}");
        }
        assert!(!picture.contains("Twemoji"), "no flag, no thanks");
        roxmltree::Document::parse(&picture).unwrap();
    }

    #[test]
    fn what_it_shows_is_said_in_words() {
        assert_eq!(
            told("3 flags", &two()),
            "3 flags, each shown at the moment when it was there: sequential is done after 1.60 s and thread-pool is done after 800 ms"
        );
    }
}
