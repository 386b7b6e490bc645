//! Predictions beside measurements, over many profiles.

use anyhow::Result;

use crate::analyse::choosing::Answer;
use crate::analyse::summary;
use crate::base::numbers::{duration, percent};
use crate::base::statistics::median;
use crate::record::folder::Folder;
use crate::show::choice::off;
use crate::show::markdown::escape;

/// The table of those profiles that were measured, each in a folder of its name in `folder`, and how far the predictions are off.
///
/// # Errors
/// A folder that is damaged.
pub fn markdown(folder: &Folder, names: &[String]) -> Result<String> {
    let mut answers: Vec<(&str, Answer)> = Vec::new();
    for name in names {
        let part = Folder { path: folder.file(name) };
        if part.path.exists()
            && let Some(answer) = summary::read(&part)?.choice
        {
            answers.push((name, answer));
        }
    }
    Ok(table(&answers))
}

fn table(answers: &[(&str, Answer)]) -> String {
    let mut text = String::from("| profile | strategy | predicted | measured | off by |\n|---|---|---:|---:|---:|\n");
    let rows = || answers.iter().flat_map(|(name, answer)| answer.rows.iter().map(move |row| (name, answer, row)));
    for (name, answer, row) in rows() {
        let words = if answer.rows.first().is_some_and(|first| first.contender == row.contender) {
            let mut measured = answer.choosing.profile.clone();
            measured.items = answer.choosing.items;
            format!("**{name}**: {}", escape(&measured.words()))
        } else {
            String::new()
        };
        let times = [row.predicted_us, row.time_us].map(duration);
        text +=
            &format!("| {words} | {} | {} | {} | {} |\n", escape(&row.contender), times[0], times[1], off(row.error));
    }
    let errors: Vec<f64> = rows().map(|(_, _, row)| row.error.abs()).collect();
    let within = errors.iter().filter(|error| **error <= 0.1).count();
    text + &match median(&errors) {
        Some(median) => format!(
            "\nOver {} profiles and {} times the median error is {}; {within} are off by 10 % or less.\n",
            answers.len(),
            errors.len(),
            percent(median)
        ),
        None => "\nNothing was measured.\n".into(),
    }
}
