//! The command line of a program that compares.

use std::{path::PathBuf, sync::OnceLock};

use bench::commands::cli::{CommonArgs, positive};
use clap::Parser;

/// Runs the function of this program by each strategy, and says which was how fast.
#[derive(Parser)]
#[command(after_help = EXIT_STATUS)]
#[command(mut_arg("bin", |bin| bin.hide(true)), mut_arg("results", |results| results.help(RESULTS)))]
#[command(mut_arg("budget", |budget| budget.help(BUDGET)))]
pub struct Cli {
    /// The most tasks at once [default: one for each processor]. Work that waits gains from more.
    #[arg(short, long, value_name = "N", value_parser = positive)]
    pub workers: Option<usize>,
    /// Only this strategy; may be repeated. The baseline, one by one, always runs.
    #[arg(long, value_name = "STRATEGY")]
    pub only: Vec<String>,
    /// Print the results as JSON instead of the table.
    #[arg(long)]
    pub json: bool,
    /// What the program itself is told: see its source.
    #[arg(value_name = "ARGUMENT", trailing_var_arg = true)]
    pub own: Vec<String>,
    /// What every measurement has.
    #[command(flatten)]
    pub common: CommonArgs,
}

const BUDGET: &str = "The time for all of it, like 30s or 5min, warm-up included; the number of rounds follows from it, 6 to 31. \
                      Whom it does not pay six rounds runs once, and is marked so [default: 30s, and up to 2min for six rounds]";

const RESULTS: &str = "The folder that the run's own folder is made in [default: results]";

const EXIT_STATUS: &str = "\
Exit status: 0 all answers were right; 1 one was wrong (the others are in the table);
2 usage, or the run could not be made; 130 interrupted (what was measured is kept, and shown).";

/// The words of the command line that are the user's own, and whether anybody asked for them.
static OWN: OnceLock<Vec<String>> = OnceLock::new();
static ASKED: OnceLock<()> = OnceLock::new();

/// The words of the command line that follow the options of this crate: for the closure that makes the list. Elsewhere there are none: what a task
/// has to know is to be in it.
///
/// ```no_run
/// # use side_by_side::Work;
/// # #[derive(Clone, serde::Serialize, serde::Deserialize)]
/// # struct Length(String);
/// # impl Work for Length {
/// #     type Output = usize;
/// #     fn run(self) -> usize { self.0.len() }
/// # }
/// // program --workers 4 one two three
/// side_by_side::compare(|| side_by_side::arguments().into_iter().map(Length));
/// ```
pub fn arguments() -> Vec<String> {
    ASKED.get_or_init(|| ());
    OWN.get().cloned().unwrap_or_default()
}

/// Keeps them for [`arguments`].
pub fn keep(own: Vec<String>) {
    OWN.get_or_init(|| own);
}

/// The first of them, if nobody asked for any.
pub fn unasked() -> Option<&'static str> {
    if ASKED.get().is_some() { None } else { OWN.get()?.first().map(String::as_str) }
}

impl Cli {
    /// The folder of all results.
    pub fn results(&self) -> PathBuf {
        self.common.results.clone().unwrap_or_else(|| "results".into())
    }
}
