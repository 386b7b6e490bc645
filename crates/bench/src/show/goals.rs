//! The goals, and what was reached of each, as a table.

use anyhow::{Context, Result};

use crate::analyse::goals::{NOT_MEASURED, evaluate};
use crate::base::{files, sanity};
use crate::plan::goals::parse;
use crate::record::folder::Folder;
use crate::record::run::Record;
use crate::show::markdown::{self, escape};

/// The goals as a table in Markdown, with the machine and the command below it.
///
/// # Errors
/// A record that is missing or damaged.
pub fn markdown(folder: &Folder) -> Result<String> {
    let path = folder.file("goals.toml");
    let text = files::read_text(&path, sanity::LARGEST_RECORD).context("is this the folder of `bench goals`?")?;
    let goals = parse(&text).with_context(|| format!("failed to read {}", path.display()))?;
    let rows = evaluate(&goals, folder)?;
    let mut table = String::from("| work | goal | reached [95 %] | met |\n|---|---|---:|---|\n");
    let mut work = "";
    // Of work that was not measured at all there is no line; it is counted below.
    for row in rows.iter().filter(|row| row.reached != NOT_MEASURED) {
        let met = row.met.map_or("–", |met| if met { "yes" } else { "**no**" });
        let shown = if row.work == work { "" } else { &row.work };
        table += &format!("| {} | {} | {} | {met} |\n", escape(shown), escape(&row.goal), escape(&row.reached));
        work = &row.work;
    }
    let count = |met| rows.iter().filter(|row| row.met == met).count();
    table += &format!("\n{} goals are met, {} are not", count(Some(true)), count(Some(false)));
    table += &format!(", {} were not measured.\n", count(None));
    let records = goals.groups.iter().filter_map(|group| Folder { path: folder.file(&group.name) }.load().ok());
    let records: Vec<Record> = records.collect();
    table += &peers(&records);
    // All groups were measured by one command, on one machine.
    if let Some(record) = records.first() {
        table.extend(record.notes.iter().map(|note| format!("\n{}\n", escape(note))));
        let environment = &record.environment;
        table += &format!(
            "\n{}, {} cores, {}; commit {}; seed {}; load before {:.1}; made by: {}.\n",
            escape(&environment.cpu),
            environment.cores,
            escape(&environment.rustc),
            escape(&environment.commit),
            record.seed,
            environment.load[0],
            markdown::code(&record.command)
        );
    }
    Ok(table)
}

/// What each peer of `records` is, and why it is a fair one.
fn peers(records: &[Record]) -> String {
    let mut peers: Vec<(&str, &str)> = Vec::new();
    for contender in records.iter().flat_map(|record| &record.workloads).flat_map(|one| &one.contenders) {
        let why = contender.why.as_deref().map(|why| (contender.name.as_str(), why));
        peers.extend(why.filter(|peer| !peers.contains(peer)));
    }
    let lines: String = peers.iter().map(|(name, why)| format!("* *{}*: {}\n", escape(name), escape(why))).collect();
    if lines.is_empty() { lines } else { format!("\nThe other programs:\n\n{lines}") }
}

#[cfg(test)]
#[path = "goals_tests.rs"]
mod tests;
