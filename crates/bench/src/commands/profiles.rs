//! Many different profiles, each predicted and measured: how good the prediction is on this machine.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;

use super::choose::{Prepared, check, prepare};
use super::run::keep;
use super::{Ending, bin, cancel_flag, results, top};
use crate::analyse::summary;
use crate::base::{files, sanity};
use crate::commands::cli::CommonArgs;
use crate::measure::machine;
use crate::plan::contenders::Contender;
use crate::plan::profile::{self, Profile};
use crate::record::choosing::FILE;
use crate::record::environment::Environment;
use crate::record::folder::Folder;
use crate::show::{predictions, terminal};

/// The time of a profile's rounds, and their number, unless the command line says otherwise: a prediction needs no interval.
const BUDGET: Duration = Duration::from_secs(15);
const ROUNDS: usize = 3;

/// The file, as people write it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    profile: Vec<One>,
}

/// A profile with the units of the command line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct One {
    name: String,
    items: usize,
    delay: Option<String>,
    at_once: usize,
    cpu: Option<String>,
    size: Option<String>,
}

/// Predicts and measures each profile of `file`, and prints the table.
///
/// # Errors
/// A file that is not of profiles, one that cannot be played, a place that cannot be written to.
pub fn run(file: &Path, strategies: &[Contender], common: &CommonArgs) -> Result<Ending> {
    let text = files::read_text(file, sanity::LARGEST_RECORD)?;
    let profiles = parse(&text).with_context(|| format!("failed to read {}", file.display()))?;
    for (name, profile) in &profiles {
        check(profile, strategies).with_context(|| format!("{}: the profile {name:?}", file.display()))?;
    }
    let cancel = cancel_flag()?;
    let common = &CommonArgs { rounds: common.rounds.or(Some(ROUNDS)), ..common.clone() };
    let environment = machine::look(&bin(common.bin.as_deref())?, &top());
    let folder = Folder::create(&results(common.results.as_deref()), &environment.folder_name("-profiles"))?;
    folder.write("profiles.toml", &text)?;
    let mut ending = Ending::Right;
    for (number, (name, profile)) in profiles.iter().enumerate() {
        terminal::say(&format!("{} of {}, {name}: {}", number + 1, profiles.len(), profile.words()));
        let budget = common.budget.unwrap_or(BUDGET);
        let Some(Prepared { plan, choosing, notes }) = prepare(profile, strategies, budget, common, &cancel)? else {
            ending = Ending::Interrupted;
            break;
        };
        let place = |_: &Environment| {
            let part = Folder::create(&folder.path, name)?;
            part.write(FILE, &(serde_json::to_string_pretty(&choosing)? + "\n"))?;
            Ok(part)
        };
        let (part, interrupted) = keep(&plan, common, place, notes, Arc::clone(&cancel))?;
        if interrupted? {
            ending = Ending::Interrupted;
            break;
        }
        if summary::read(&part)?.wrong.is_empty() {
            continue;
        }
        ending = Ending::Wrong;
    }
    let table = predictions::markdown(&folder, &profiles.into_iter().map(|(name, _)| name).collect::<Vec<_>>())?;
    folder.write("predictions.md", &table)?;
    terminal::print(&table)?;
    terminal::say(&format!("\nAll of it: {}", folder.path.display()));
    Ok(ending)
}

/// The profiles of a text, by their names.
fn parse(text: &str) -> Result<Vec<(String, Profile)>> {
    let Written { profile: written } = toml::from_str(text)?;
    let mut profiles: Vec<(String, Profile)> = Vec::new();
    for One { name, items, delay, at_once, cpu, size } in written {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || !name.chars().all(is_plain) || profiles.iter().any(|(other, _)| *other == name) {
            bail!("the name {name:?}: each profile has one of its own, of small letters, digits and hyphens");
        }
        let failed = |why: String| anyhow!("the profile {name}: {why}");
        let cpu_us = cpu.as_deref().map(profile::time).transpose().map_err(failed)?.unwrap_or_default().as_micros();
        let size = size.as_deref().map(profile::size).transpose().map_err(failed)?;
        let profile = Profile { items, delay, at_once, cpu_us: cpu_us as u64, size };
        profiles.push((name, profile));
    }
    Ok(profiles)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profiles_of_this_crate_are_twenty_different_ones_that_can_be_played() {
        let profiles = parse(include_str!("../../profiles.toml")).unwrap();
        assert_eq!(profiles.len(), 20);
        let strategies = ["sequential", "thread-pool", "process-pool", "async-tasks"];
        for (name, profile) in &profiles {
            assert_eq!(profile.check(&strategies), Ok(()), "{name}");
            assert_eq!(profiles.iter().filter(|(_, other)| other == profile).count(), 1, "{name}");
        }
    }

    #[test]
    fn what_is_no_profile_is_named() {
        let error = |text: &str| format!("{:#}", parse(text).unwrap_err());
        let one = |more: &str| format!("[[profile]]\nname = 'a'\nitems = 5\nat_once = 2\n{more}");
        assert!(error(&one("dealy = '1ms..2ms'\n")).contains("dealy"));
        assert!(error(&one("cpu = '5'\n")).contains("the profile a: \"5\" is no time"));
        assert!(error(&(one("") + &one(""))).contains("the name \"a\""));
        assert!(error(&one("").replace("'a'", "'../a'")).contains("the name \"../a\""));
    }
}
