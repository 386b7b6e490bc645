//! What the page is built from: sections, pictures and tables, each with an explanation.

use maud::{Markup, PreEscaped, html};

use super::Drawn;
use crate::plan::workload::{Time, Work};
use crate::show::grid::Grid;
use crate::show::pictures::{NARROW, WIDE, palette};

/// A part of the page that the contents lead to.
pub struct Section {
    /// Its place in the page.
    pub id: String,
    /// What stands above it, and in the contents.
    pub heading: String,
    /// The rest.
    pub body: Markup,
}

/// Each picture: its file without the ending, its heading, and what it shows.
const FIGURES: [(&str, &str, &str); 7] = [
    (
        "map",
        "Which strategy is the fastest, by waiting and computing",
        "Each cell is work of one kind: to the right each item computes longer, upwards it waits longer for the server. Its colour is the \
         strategy that was the fastest, and the number its time. Stripes are strategies that are the same, or that the rounds do not tell \
         apart. Beyond the broken line all processors were busy: there they limit, and on the other side the waiting does.",
    ),
    (
        "waterfall",
        "When each task ran",
        "Each bar is one task, from its start on the left to its end on the right, and each strategy has a block of them on the same \
         axis of time. One by one is a staircase: a task starts when the one before it has ended. What runs at the same time is a \
         wall: many bars start together, and all is done soon after the longest of them. The bars are those of one run, the first \
         that was measured, and their axis begins with main; the time beside a name is that of the table: the whole process, from \
         its start to its end, a median over the rounds.",
    ),
    (
        "scaling",
        "Time: what more at once, and more work, do to it",
        "Each line is a strategy, and each mark on it the time of the whole process, from its start to its end. To the right there \
         is more at once (or more to do), and lower is faster. Each step of the grid multiplies, so that a line that falls straight \
         is a strategy that gains from every doubling, and one that is flat gains nothing more. A ring marks the knee: from there \
         on, more at once gains less than a tenth. No ring means that none was found between the ends of what was tried.",
    ),
    (
        "memory",
        "Memory: what more at once, and more work, cost",
        "Each line is a strategy, and each mark the memory that all its processes had at their peaks, added up; pages that processes \
         share are counted for each. Lower is cheaper. A flat line is a strategy to which one more request at once costs next to \
         nothing; one that rises pays for each worker.",
    ),
    (
        "switches",
        "Context switches: how often a core changed hands",
        "Each line is a strategy, and each mark how often its threads and processes gave up a core, because they waited for something \
         or the kernel took it from them, in one run. Lower is cheaper: each switch costs some microseconds in which no work is done.",
    ),
    (
        "ratios",
        "Every ratio",
        "Each dot is one round: how many times as fast as the baseline the strategy was in that round, by the same time as in the \
         table. At 1 it is as fast as the baseline, at 10 it needs a tenth of its time, at 1/10 ten times as long; right is faster. \
         Dots that lie close together are rounds that agree. The grey band is what the baseline shows against itself: a difference \
         inside of it is none.",
    ),
    (
        "cost",
        "The cost",
        "Each bar is what a strategy needed for a whole run beside the time: the processor time of all its processes (solid in user \
         mode, faint in the kernel), the memory at their peaks, and the context switches (solid because it waited, faint because \
         the kernel took the core away). Shorter is cheaper.",
    ),
];

/// What a workload shows, in plain words.
pub fn work(work: &Work) -> &'static str {
    match work {
        Work::Flags { delay: Some(_), .. } => {
            "Downloads that wait: the server holds each answer back, as one far away would. What counts is how many waits overlap."
        }
        Work::Flags { .. } => {
            "Downloads from a server that answers at once: there is little to wait for, and what counts is the work for each flag."
        }
        Work::Primes { .. } => {
            "Computing: twenty numbers, each checked for being prime. What counts is how many cores work at the same time."
        }
        Work::Own { .. } => {
            "A function of one's own, called once for each task of a list. What counts is how much of its time it waits: waits overlap, \
             and computing needs a core each."
        }
        Work::Sqrt { .. } => {
            "Tasks that are next to nothing. What counts is what it costs to hand a task out and to take its result."
        }
    }
}

/// A measure of time, explained.
pub fn time(time: Time) -> &'static str {
    match time {
        Time::Wall => "The time is that of the whole process, from its start to its end, seen from outside.",
        Time::Inside => {
            "The time is that of one loop inside main, as the program reports it: the start of a process would outweigh work as \
             small as this."
        }
    }
}

/// What the reader looks at, in plain words.
pub fn explain(words: &str) -> Markup {
    html! { div.explain { b { "What am I looking at?" } p { (words) } } }
}

/// The section of a picture, if there is anything to draw.
pub fn figure(drawn: Drawn, name: &str) -> Option<Section> {
    let (name, heading, words) = FIGURES.iter().find(|(figure, ..)| *figure == name)?;
    let file = format!("{name}.svg");
    let [wide, narrow] = [drawn(&file, WIDE)?, drawn(&file, NARROW)?];
    // The page has the pictures' style once.
    let bare = |picture: String| PreEscaped(picture.replace(&format!("<style>{}</style>", *palette::STYLE), ""));
    let body = html! {
        (explain(words))
        figure {
            div.wide { (bare(wide)) }
            div.narrow { (bare(narrow)) }
        }
    };
    Some(Section { id: (*name).into(), heading: (*heading).into(), body })
}

/// A table with its caption, which a narrow window scrolls, and the notes below it.
pub fn grid(grid: &Grid) -> Markup {
    html! {
        p.hint { "This table is wider than a narrow screen: scroll it sideways." }
        // What scrolls can be reached with the keyboard.
        div.scroll tabindex="0" role="region" aria-label=(grid.title) {
            table {
                caption { (grid.title) }
                thead { tr { @for head in &grid.heads { th scope="col" { (head.text) } } } }
                tbody {
                    @for line in &grid.lines {
                        tr.control[line.control] {
                            @for (column, cell) in line.cells.iter().enumerate() {
                                @if column == 0 { th scope="row" { (cell) } } @else { td.faster[cell == "faster"] { (cell) } }
                            }
                        }
                    }
                }
            }
        }
        ul.notes { @for note in &grid.notes { li { (note) } } }
    }
}
