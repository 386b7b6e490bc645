//! The goals: everything that they need is measured, a folder for each group, and a table says what was reached.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Result, bail};

use super::run::keep;
use super::{Ending, bin, cancel_flag, results, top};
use crate::commands::cli::GoalsArgs;
use crate::measure::{machine, nginx};
use crate::plan::Plan;
use crate::plan::goals::{DEFAULT, parse};
use crate::plan::left_out::leave_out;
use crate::record::environment::Environment;
use crate::record::folder::Folder;
use crate::show::{goals, terminal};

/// Measures what the goals are about, or shows again what the folder says that was named.
///
/// # Errors
/// A missing program, a place that cannot be written to, a folder that is not of goals.
pub fn run(args: &GoalsArgs) -> Result<Ending> {
    if let Some(dir) = &args.dir {
        return show(&Folder { path: dir.clone() }).map(|()| Ending::Right);
    }
    let cancel = cancel_flag()?;
    let mut goals = parse(DEFAULT)?;
    let bin = bin(args.common.bin.as_deref())?;
    if let Some(unknown) = args.only.iter().find(|only| goals.groups.iter().all(|group| group.name != **only)) {
        let names: Vec<&str> = goals.groups.iter().map(|group| group.name.as_str()).collect();
        bail!("--only {unknown}: the groups are {}", names.join(", "));
    }
    let all = goals.contenders(&top())?;
    let has_nginx = nginx::program().is_some();
    let wanted = goals.groups.iter().filter(|group| args.only.is_empty() || args.only.contains(&group.name));
    let mut parts: Vec<_> = wanted.map(|group| (group, group.matches(&all, has_nginx, args.common.seed))).collect();
    let mut notes = leave_out(parts.iter_mut().flat_map(|(_, matches)| matches), &bin);
    if !has_nginx {
        notes.push("nginx is not installed, and so nothing was fetched from it: apt-get install nginx.".into());
    }
    notes.iter().for_each(|note| eprintln!("{note}"));
    let mut wrong = false;
    let folder = folder(&bin, &results(args.common.results.as_deref()))?;
    for (group, mut matches) in parts {
        matches.retain(|one| !one.contenders.is_empty());
        if matches.is_empty() {
            continue;
        }
        terminal::say(&group.name);
        let plan = Plan {
            matches,
            baseline: None,
            budget: args.common.budget.unwrap_or_default(),
            most: args.common.budget.unwrap_or_default(),
            rounds: args.common.rounds.or(args.common.budget.is_none().then_some(group.rounds)),
            seed: args.common.seed,
        };
        let place = |_: &Environment| Folder::create(&folder.path, &group.name);
        let (part, interrupted) = keep(&plan, &args.common, place, notes.clone(), Arc::clone(&cancel))?;
        if interrupted? {
            show(&folder)?;
            return Ok(Ending::Interrupted);
        }
        wrong |= part.samples()?.iter().any(|sample| sample.wrong.is_some());
    }
    show(&folder)?;
    terminal::say(&format!("\nAll of it: {}", folder.path.display()));
    Ok(if wrong { Ending::Wrong } else { Ending::Right })
}

/// A new folder, with the goals as they are now: later ones are no standard for it.
fn folder(bin: &Path, results: &Path) -> Result<Folder> {
    let folder = Folder::create(results, &machine::look(bin, &top()).folder_name("-goals"))?;
    folder.write("goals.toml", DEFAULT)?;
    Ok(folder)
}

/// Prints the table, and keeps it.
fn show(folder: &Folder) -> Result<()> {
    let table = goals::markdown(folder)?;
    let shown = terminal::print(&table);
    folder.write("goals.md", &table)?;
    shown
}
