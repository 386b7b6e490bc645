//! The animated bar: one line on a terminal that keeps to its width, also when that changes.

use std::{
    fmt::{self, Write as _},
    io::{self, Write as _},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use indicatif::{DecimalBytes, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle, TermLike};

use crate::{
    http::FlagSample,
    run::{Show, Tally},
    show::{plural::plural, terminal},
};

/// The widest that the bar itself is drawn, and the narrowest that still tells something, in characters.
const WIDEST: usize = 30;
const NARROWEST: usize = 5;

/// What the line tells.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    asked: u64,
    ok: u64,
    not_found: u64,
    /// Without the interrupted ones: those were ended by us, and are not done.
    errors: u64,
    interrupted: u64,
    bytes: u64,
}

impl Counts {
    pub(crate) fn of(tally: &Tally) -> Self {
        let interrupted = tally.interrupted();
        Self {
            asked: tally.asked,
            ok: tally.ok,
            not_found: tally.not_found,
            errors: tally.errors() - interrupted,
            interrupted,
            bytes: 0,
        }
    }

    /// Those that the server answered as it should.
    fn answered(self) -> u64 {
        self.ok + self.not_found
    }

    /// Those that ended by themselves.
    pub(crate) fn done(self) -> u64 {
        self.answered() + self.errors
    }

    /// Answers a second, and the time until the last of them. `None` before the first: errors may come quickly, and tell nothing of the rest.
    pub(crate) fn pace(self, elapsed: Duration) -> Option<(f64, Duration)> {
        let rate = self.answered() as f64 / elapsed.as_secs_f64();
        let left =
            (self.asked - self.done() - self.interrupted) as f64 * elapsed.as_secs_f64() / self.answered() as f64;
        rate.is_finite().then_some(())?;
        Some((rate, Duration::try_from_secs_f64(left).ok()?))
    }

    /// The kinds of which there are any, the errors last, and apart because they have a colour.
    fn words(self) -> (String, String) {
        let errors = plural(self.errors, "error");
        let others = [(self.ok, "ok"), (self.not_found, "not found"), (self.interrupted, "interrupted")];
        let others = others.iter().filter(|(count, _)| *count > 0).map(|(count, name)| format!("{count} {name}"));
        (others.collect::<Vec<_>>().join(", "), if self.errors > 0 { errors } else { String::new() })
    }
}

/// How the line is drawn.
#[derive(Clone, Copy, Debug)]
struct Style {
    unicode: bool,
    colours: bool,
}

impl Style {
    fn paint(self, text: &str, colour: u8) -> String {
        if self.colours && !text.is_empty() { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.into() }
    }
}

const RED: u8 = 31;
const GREEN: u8 = 32;

/// The line, with room for the terminal's `^C` after it, so that nothing wraps: ` 45% ████▌     87/194 [1s<2s, 47.2/s] 80 ok, 5 not found, 2 errors`.
/// In a narrow terminal the bar gets shorter, and what does not fit is left out.
fn line(counts: Counts, elapsed: Duration, width: usize, style: Style) -> String {
    let (others, errors) = counts.words();
    let comma = if others.is_empty() || errors.is_empty() { "" } else { ", " };
    let share = format!("{:>3}%", counts.done() * 100 / counts.asked.max(1));
    let place = format!("{}/{}", counts.done(), counts.asked);
    let times = match counts.pace(elapsed) {
        Some((rate, left)) => format!("[{}<{}, {rate:.1}/s]", short(elapsed), short(left)),
        None => format!("[{}]", short(elapsed)),
    };
    let words = format!("{others}{comma}{errors}");
    let bytes = if counts.bytes > 0 { DecimalBytes(counts.bytes).to_string() } else { String::new() };

    let widest = width.saturating_sub(3);
    let mut room = widest;
    // By importance, and not in the order in which they stand.
    let [share, place, words, times, bytes] = [share, place, words, times, bytes].map(|part| {
        let taken = part.len() + usize::from(room < widest);
        if part.is_empty() || taken > room {
            return String::new();
        }
        room -= taken;
        part
    });
    let sides = if style.unicode { 1 } else { 3 };
    let bar = match room.saturating_sub(sides).min(WIDEST) {
        cells @ NARROWEST.. => bar(counts, cells, style),
        _ => String::new(),
    };
    // What stands last is red, not what went well beside it.
    let words =
        words.strip_suffix(&errors).map_or(String::new(), |others| others.to_owned() + &style.paint(&errors, RED));
    let parts = [share, bar, place, times, bytes, words];
    parts.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// The bar: what was answered, then what failed, then what is left.
fn bar(counts: Counts, cells: usize, style: Style) -> String {
    let cells_of = |count: u64| (u128::from(count) * cells as u128 / u128::from(counts.asked.max(1))) as usize;
    let done = cells_of(counts.done());
    // A failure is never too small to be seen, nor is all but one a failure.
    let failed = cells_of(counts.errors).max(usize::from(counts.errors > 0)).min(done);
    let (full, bad, side) = if style.unicode { ("█", "▒", ["", ""]) } else { ("#", "x", ["[", "]"]) };
    // Where there are colours, they tell the two apart.
    let bad = if style.unicode && style.colours { full } else { bad };
    let (answered, failures) = (full.repeat(done - failed), bad.repeat(failed));
    let left = if style.unicode { "░" } else { "." }.repeat(cells - done);
    format!("{}{}{}{left}{}", side[0], style.paint(&answered, GREEN), style.paint(&failures, RED), side[1])
}

/// `7s`, `2m05s`, `1h01m`.
fn short(time: Duration) -> String {
    match time.as_secs() {
        seconds @ ..60 => format!("{seconds}s"),
        seconds @ ..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        seconds => format!("{}h{:02}m", seconds / 3600, seconds % 3600 / 60),
    }
}

/// An animated bar. A thread of its own keeps it moving while nothing arrives.
struct Bar {
    bar: ProgressBar,
    counts: Arc<Mutex<Counts>>,
}

/// Shows an animated bar for this many downloads.
pub(crate) fn show(total: usize) -> Show<FlagSample> {
    let counts = Arc::new(Mutex::new(Counts { asked: total as u64, ..Counts::default() }));
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::term_like(Box::<Row>::default()));
    let style = Style { unicode: terminal::is_unicode(), colours: terminal::colours() };
    let shared = counts.clone();
    let draw = move |state: &ProgressState, out: &mut dyn fmt::Write| {
        _ = out.write_str(&line(*lock(&shared), state.elapsed(), terminal::width_of_stderr(), style));
    };
    bar.set_style(ProgressStyle::with_template("{line}").expect("a template of ours").with_key("line", draw));
    bar.enable_steady_tick(Duration::from_millis(100));
    let bar = Bar { bar, counts };
    Box::new(move |sample, tally| bar.update(sample, tally))
}

impl Bar {
    fn update(&self, sample: &FlagSample, tally: &Tally) {
        let mut counts = lock(&self.counts);
        *counts = Counts { bytes: counts.bytes + sample.bytes, ..Counts::of(tally) };
    }
}

impl Drop for Bar {
    /// What it has come to stays.
    fn drop(&mut self) {
        self.bar.abandon();
        terminal::eprint("\n");
    }
}

/// The row of stderr's terminal that the bar is drawn on.
///
/// `indicatif` fills each line with spaces to the terminal's edge. They would be litter as soon as it is made narrower, so they are left out.
#[derive(Debug, Default)]
struct Row(Mutex<Drawn>);

#[derive(Debug, Default)]
struct Drawn {
    /// What the next flush writes, in one piece.
    text: String,
    /// How many characters of the line stand there.
    length: usize,
}

impl TermLike for Row {
    fn width(&self) -> u16 {
        terminal::width_of_stderr().try_into().unwrap_or(u16::MAX)
    }

    fn clear_line(&self) -> io::Result<()> {
        let mut drawn = lock(&self.0);
        // A terminal that was made narrower has wrapped what stood there.
        let above = drawn.length.saturating_sub(1) / terminal::width_of_stderr().max(1);
        drawn.text.push('\r');
        if above > 0 {
            _ = write!(drawn.text, "\x1b[{above}A");
        }
        drawn.text.push_str("\x1b[J");
        drawn.length = 0;
        Ok(())
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        let mut drawn = lock(&self.0);
        if !text.trim_end().is_empty() {
            drawn.length += visible(text);
            drawn.text.push_str(text);
        }
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write_str(text)
    }

    fn flush(&self) -> io::Result<()> {
        let text = std::mem::take(&mut lock(&self.0).text);
        io::stderr().write_all(text.as_bytes())
    }

    // There is one row, and each line begins at its start.
    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        Ok(())
    }
}

/// How many characters of a text are seen: all but the colours.
fn visible(text: &str) -> usize {
    let mut parts = text.split("\x1b[");
    let first = parts.next().map_or(0, |part| part.chars().count());
    first + parts.filter_map(|part| part.split_once('m')).map(|(_, text)| text.chars().count()).sum::<usize>()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Style = Style { unicode: false, colours: false };
    const COLOURED: Style = Style { unicode: true, colours: true };

    fn counts(asked: u64, ok: u64, not_found: u64, errors: u64) -> Counts {
        Counts { asked, ok, not_found, errors, ..Counts::default() }
    }

    #[test]
    fn a_line_is_narrower_than_any_terminal() {
        for counts in
            [counts(0, 0, 0, 0), counts(20, 0, 0, 0), counts(194, 150, 3, 1), counts(676_000, 345_678, 123_456, 98_765)]
        {
            for (width, style) in (0..200).flat_map(|width| [(width, PLAIN), (width, COLOURED)]) {
                let line = line(counts, Duration::from_secs(4000), width, style);
                assert!(visible(&line) < width.max(1), "{width}: {line}");
            }
        }
    }

    #[test]
    fn what_fits_is_shown_and_the_bar_takes_the_room_that_is_left() {
        let of = |width| line(counts(194, 80, 5, 2), Duration::from_secs(2), width, PLAIN);
        assert_eq!(
            of(120),
            " 44% [############x.................] 87/194 [2s<2s, 42.5/s] 80 ok, 5 not found, 2 errors"
        );
        assert_eq!(of(80), " 44% [#######x..........] 87/194 [2s<2s, 42.5/s] 80 ok, 5 not found, 2 errors");
        assert_eq!(of(60), " 44% 87/194 [2s<2s, 42.5/s] 80 ok, 5 not found, 2 errors");
        assert_eq!(of(50), " 44% 87/194 80 ok, 5 not found, 2 errors");
        assert_eq!(of(8), " 44%");
    }

    #[test]
    fn bytes_are_shown_where_there_is_room_for_all_else() {
        let counts = Counts { bytes: 1_234_567, ..counts(194, 80, 5, 2) };
        let of = |width| line(counts, Duration::from_secs(2), width, PLAIN);
        assert_eq!(of(80), " 44% [###x......] 87/194 [2s<2s, 42.5/s] 1.23 MB 80 ok, 5 not found, 2 errors");
        assert_eq!(of(60), " 44% 87/194 [2s<2s, 42.5/s] 80 ok, 5 not found, 2 errors");
    }

    #[test]
    fn before_the_first_answer_there_is_neither_a_rate_nor_a_time_left() {
        for errors in [0, 20] {
            let line = line(counts(20, 0, 0, errors), Duration::from_millis(12), 120, PLAIN);
            assert!(line.contains(" [0s]") && !line.contains('<') && !line.contains("/s"), "{line}");
        }
        assert!(counts(20, 1, 0, 0).pace(Duration::ZERO).is_none());
    }

    #[test]
    fn only_what_failed_is_red() {
        let down = line(counts(20, 0, 0, 20), Duration::from_millis(12), 120, COLOURED);
        assert!(!down.contains("\x1b[32m") && down.contains("\x1b[31m20 errors\x1b[0m"), "{down}");
        let one = line(counts(194, 153, 0, 1), Duration::from_secs(1), 120, COLOURED);
        assert!(one.contains(" 153 ok, \x1b[31m1 error\x1b[0m") && one.contains("\x1b[31m█\x1b[0m"), "{one}");
        assert!(!line(counts(20, 20, 0, 0), Duration::from_secs(1), 120, COLOURED).contains("\x1b[31m"));
    }

    #[test]
    fn interrupted_ones_are_neither_done_nor_errors() {
        let counts = Counts { interrupted: 8, ..counts(20, 5, 0, 0) };
        let line = line(counts, Duration::from_secs(5), 120, PLAIN);
        assert_eq!(line, " 25% [#######.......................] 5/20 [5s<7s, 1.0/s] 5 ok, 8 interrupted");
    }

    #[test]
    fn what_a_narrower_terminal_has_wrapped_is_erased_too() {
        let row = Row::default();
        row.write_str(&"x".repeat(3 * terminal::width_of_stderr())).unwrap();
        row.write_str("    ").unwrap();
        row.clear_line().unwrap();
        let drawn = lock(&row.0);
        assert!(drawn.text.ends_with("x\r\x1b[2A\x1b[J"), "{:?}", drawn.text);
    }
}
