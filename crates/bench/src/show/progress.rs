//! The progress line: what runs now, and how long it will take. On standard error, so that a redirected table stays
//! clean.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::base::numbers::minutes;
use crate::record::observer::{Observer, Schedule, Turn};
use crate::record::sample::Sample;
use crate::show::terminal;

/// How often a plain line comes where there is no terminal to draw on.
const PLAIN_EVERY: Duration = Duration::from_secs(10);

/// Tells a person what goes on.
#[derive(Debug)]
pub struct Progress {
    on_terminal: bool,
    last_line: Option<Instant>,
    begun: bool,
}

impl Progress {
    /// One line that is drawn over and over on a terminal, and a line now and then elsewhere.
    pub fn new() -> Self {
        let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
        Self { on_terminal: stderr().is_terminal() && !dumb, last_line: None, begun: false }
    }

    /// Says something that stays.
    pub fn say(&mut self, text: &str) {
        self.clear();
        terminal::say(text);
    }

    /// Removes the line that is drawn over and over.
    pub fn clear(&mut self) {
        if self.on_terminal {
            self.draw("");
        }
    }

    fn draw(&self, text: &str) {
        let width = terminal_size::terminal_size_of(stderr()).map_or(80, |(width, _)| width.0);
        let text = within(text, width);
        // If standard error is closed, there is no other place to say it.
        let _ = write!(stderr(), "\r\x1b[2K{text}");
        let _ = stderr().flush();
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

/// As much of a line as a terminal of this width has room for: one that goes on below could not be drawn over.
fn within(line: &str, width: u16) -> String {
    line.chars().take(usize::from(width.saturating_sub(1))).collect()
}

/// The line for a run that is about to start.
pub fn line(turn: &Turn) -> String {
    let who = format!("{} / {}", turn.workload, turn.contender);
    match (turn.rounds, turn.left) {
        (Some(rounds), Some(left)) => {
            // Rounded up, so that it says 0 only at the end.
            let left = minutes(left.as_millis().div_ceil(1_000) as u64);
            format!("round {:>2} of {rounds}  {left:>10} left  {who}", turn.round)
        }
        (None, Some(left)) => {
            let left = minutes(left.as_millis().div_ceil(1_000) as u64);
            format!("warm-up  about {left} left  {who}")
        }
        _ => format!("warm-up  {who}"),
    }
}

impl Observer for Progress {
    fn note(&mut self, note: &str) {
        self.say(note);
    }

    fn starting(&mut self, turn: &Turn) {
        if let Some(left) = turn.left.filter(|_| !self.begun) {
            self.say(&format!("about {} in all, with the warm-up", minutes(left.as_secs_f64().ceil() as u64)));
        }
        self.begun = true;
        if self.on_terminal {
            self.draw(&line(turn));
        } else if self.last_line.is_none_or(|last| last.elapsed() >= PLAIN_EVERY) {
            terminal::say(&line(turn));
            self.last_line = Some(Instant::now());
        }
    }

    fn planned(&mut self, schedule: &Schedule) -> Result<()> {
        let time = minutes(schedule.expected.as_secs_f64().ceil() as u64);
        if let Some(note) = &schedule.note {
            self.say(note);
        }
        self.say(&format!("{} rounds, about {time}", schedule.rounds));
        Ok(())
    }

    fn measured(&mut self, sample: &Sample, _output: &[u8]) -> Result<()> {
        let first = sample.round == 0;
        if let Some(left @ 1..) = sample.left_behind.filter(|_| first) {
            let Sample { workload, contender, .. } = sample;
            self.say(&format!("{contender} left processes behind after {workload}, {left} of them: they were ended"));
        }
        if let Some(wrong) = &sample.wrong {
            let Sample { workload, contender, round, .. } = sample;
            self.say(&format!(
                "{contender} takes no further part in {workload}: in round {round} its answer is wrong: {wrong}"
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_what_runs_and_how_long_is_left() {
        let mut turn = Turn {
            round: 3,
            rounds: Some(12),
            workload: "primes",
            contender: "thread-pool",
            left: Some(Duration::from_millis(61_200)),
        };
        assert_eq!(line(&turn), "round  3 of 12  1 min 02 s left  primes / thread-pool");
        turn.rounds = None;
        assert_eq!(line(&turn), "warm-up  about 1 min 02 s left  primes / thread-pool");
        assert_eq!(within(&line(&turn), 24), "warm-up  about 1 min 02");
        assert_eq!(within("é", 0), "", "a terminal that says that it has no width");
        turn.left = None;
        assert_eq!(line(&turn), "warm-up  primes / thread-pool");
    }
}
