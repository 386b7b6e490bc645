//! The race in a terminal: a bar for each strategy as it runs, then all bars at once at the recorded speed, then the result.

use std::io::{IsTerminal, stderr};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use bench::base::numbers::duration;
use bench::show::sentences;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::knobs::Knobs;
use crate::places::Standing;
use crate::race;
use crate::told::{Pane, Told};

/// How often the bars move.
const TICK: Duration = Duration::from_millis(40);

/// What is kept of a strategy's first round for the replay.
struct Track {
    name: &'static str,
    bar: ProgressBar,
    /// Since when it runs.
    since: Instant,
    /// When each task ended, in microseconds since the run's start, and whether it failed.
    ends: Vec<(u64, bool)>,
    elapsed_us: Option<u64>,
}

/// Races, and shows it; the exit status.
///
/// # Errors
/// What [`race::race`] fails for; a standard output that takes nothing.
pub fn run(knobs: &Knobs, bin: &Path, cancel: &AtomicBool, replay: bool) -> Result<u8> {
    let mut show = Show::default();
    let finished = race::race(knobs, bin, cancel, &mut |told| show.take(told))?;
    if cancel.load(Ordering::Relaxed) {
        show.bars.clear()?;
        return Ok(130);
    }
    // Elsewhere than on a terminal nobody sees it move.
    if replay && stderr().is_terminal() {
        show.replay(cancel)?;
    }
    if let Some(standing) = &show.standing {
        bench::show::terminal::print(&result(standing))?;
    }
    Ok(match (cancel.load(Ordering::Relaxed), finished) {
        (true, _) => 130,
        (false, true) => 0,
        (false, false) => 1,
    })
}

#[derive(Default)]
struct Show {
    bars: MultiProgress,
    tracks: Vec<Track>,
    standing: Option<Standing>,
}

impl Show {
    fn take(&mut self, told: Told) {
        match told {
            Told::Race { work, rounds, panes, .. } => self.begin(&work, rounds, &panes),
            Told::Run { pane, round } => {
                let track = &mut self.tracks[pane];
                track.since = Instant::now();
                track.bar.enable_steady_tick(TICK);
                if round > 1 {
                    track.bar.set_message(format!("round {round}"));
                }
            }
            Told::Begin { pane, .. } => self.tracks[pane].live(),
            Told::Task { pane, task } => {
                let track = &mut self.tracks[pane];
                track.ends.push((task.end_us, task.outcome == "error"));
                track.live();
            }
            Told::End { pane, round, elapsed_us, .. } => {
                let track = &mut self.tracks[pane];
                track.bar.disable_steady_tick();
                if round == 1 {
                    track.elapsed_us = Some(elapsed_us);
                }
                track.at(track.elapsed_us.unwrap_or(elapsed_us));
                if stderr().is_terminal() {
                    return;
                }
                eprintln!("{:12}  {} done in {}", track.name, track.ends.len(), duration(elapsed_us as f64));
            }
            Told::Failed { pane, why } => {
                let track = &self.tracks[pane];
                track.bar.disable_steady_tick();
                track.bar.abandon_with_message("out");
                let line = format!("{} is out: {why}", track.name);
                if self.bars.println(&line).is_err() || !stderr().is_terminal() {
                    eprintln!("{line}");
                }
            }
            Told::Result(standing) => self.standing = Some(standing),
            Told::Stopped { .. } => {}
        }
    }

    fn begin(&mut self, work: &str, rounds: u64, panes: &[Pane]) {
        let often = if rounds > 1 { format!(" {rounds} times") } else { String::new() };
        eprintln!("{}: each strategy alone{often}, one after another.", sentences::capital(work));
        if !stderr().is_terminal() {
            self.bars.set_draw_target(ProgressDrawTarget::hidden());
        }
        let style =
            ProgressStyle::with_template("{prefix:12} {wide_bar} {pos:>3}/{len} {msg:22}").expect("a template of ours");
        for pane in panes {
            let bar = self.bars.add(ProgressBar::new(pane.total).with_style(style.clone()).with_prefix(pane.name));
            bar.tick();
            self.tracks.push(Track { name: pane.name, bar, since: Instant::now(), ends: Vec::new(), elapsed_us: None });
        }
    }

    /// All bars at once, at the recorded speed.
    fn replay(&mut self, cancel: &AtomicBool) -> Result<()> {
        let longest = self.tracks.iter().filter_map(|track| track.elapsed_us).max().unwrap_or(0);
        if self.tracks.len() > 1 && longest > 0 {
            self.bars.println("And now side by side, at the recorded speed:")?;
            let since = Instant::now();
            loop {
                let now = since.elapsed().as_micros() as u64;
                self.tracks.iter_mut().for_each(|track| track.at(now));
                if now >= longest || cancel.load(Ordering::Relaxed) {
                    break;
                }
                thread::sleep(TICK);
            }
        }
        self.tracks.iter().for_each(|track| track.bar.abandon());
        // Past the bars, whose last line has no end.
        eprintln!();
        Ok(())
    }
}

impl Track {
    /// Shows it as it is now, while it runs.
    fn live(&mut self) {
        let now = self.since.elapsed().as_micros() as u64;
        let last = self.ends.iter().map(|(end, _)| *end).max().unwrap_or(0);
        self.at(now.max(last));
    }

    /// Shows it as it was at a time.
    fn at(&mut self, now: u64) {
        let done = self.ends.iter().filter(|(end, _)| *end <= now);
        let failed = done.clone().filter(|(_, failed)| *failed).count();
        let time = duration(self.elapsed_us.map_or(now, |elapsed| elapsed.min(now)) as f64);
        let failed = if failed > 0 { format!(", {failed} failed") } else { String::new() };
        self.bar.set_position(done.count() as u64);
        self.bar.set_message(format!("{time}{failed}"));
    }
}

/// The places, and what may be said of them.
fn result(standing: &Standing) -> String {
    let mut text = String::from("\n");
    for place in &standing.places {
        let behind = place.behind.as_ref().map(|times| format!("  {times} × as long as the first"));
        let errors = if place.errors > 0 { format!("  {} failed", place.errors) } else { String::new() };
        let line =
            format!("  {}. {:12} {:>8}{}{errors}", place.place, place.name, place.time, behind.unwrap_or_default());
        text += line.trim_end();
        text.push('\n');
    }
    text + "\n" + &standing.words.join("\n") + "\n"
}
