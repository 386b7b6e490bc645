//! What our programs print, spliced into a README between `<!-- transcript -->` and `<!-- /transcript -->`: a fenced block that
//! begins with the command, `$ target/release/thread-pool flags`, and goes on with its standard output.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

const BEGIN: &str = "<!-- transcript -->\n";
const END: &str = "<!-- /transcript -->";

/// `text` with each transcript made anew by `run`, where it says something else. Times and ports differ from run to run, so a
/// difference in numbers alone is none.
///
/// # Errors
/// A marker without its partner or without a command; those of `run`.
pub fn refresh(text: &str, run: &dyn Fn(&str) -> Result<String>) -> Result<String> {
    let mut refreshed = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(BEGIN) {
        let (old, after) = after.split_once(END).context("a marker <!-- transcript --> has no <!-- /transcript -->")?;
        let command = old.lines().find_map(|line| line.strip_prefix("$ ")).context("a transcript has no $ command")?;
        let new = format!("```console\n$ {command}\n{}```\n", run(command)?);
        refreshed += before;
        refreshed += BEGIN;
        refreshed += if without_numbers(old) == without_numbers(&new) { old } else { &new };
        refreshed += END;
        rest = after;
    }
    Ok(refreshed + rest)
}

/// What a command of ours prints, run in a folder of its own. Its program is the one in `bin`, whatever folder it names.
///
/// # Errors
/// The program cannot be started, or fails.
pub fn run(bin: &Path, command: &str) -> Result<String> {
    let mut words = command.split_whitespace();
    let program = Path::new(words.next().unwrap_or_default()).file_name().context("a transcript names no program")?;
    let folder = tempfile::tempdir().context("failed to make a folder for the transcript")?;
    let output = Command::new(bin.join(program))
        .args(words)
        .current_dir(&folder)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("failed to run {command}"))?;
    anyhow::ensure!(output.status.success(), "{command} ended with {}", output.status);
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Each number as one `#`, however many digits it has; of a waterfall the names only, in whatever order they began, since its marks are numbers,
/// too, and its legend has those that were drawn.
fn without_numbers(text: &str) -> String {
    let mut masked = String::new();
    let is_legend = |line: &&str| line.starts_with(' ') && (line.contains('█') || line.ends_with(" s"));
    let (lanes, lines): (Vec<&str>, Vec<&str>) =
        text.lines().filter(|line| !is_legend(line)).partition(|line| line.contains('│'));
    let mut names: Vec<&str> = lanes.iter().filter_map(|line| line.split('│').next()).collect();
    names.sort_unstable();
    for character in lines.into_iter().chain(names).flat_map(|line| line.chars().chain(['\n'])) {
        match character {
            '0'..='9' if masked.ends_with('#') => {}
            '0'..='9' => masked.push('#'),
            other => masked.push(other),
        }
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    const README: &str =
        "a\n<!-- transcript -->\n```console\n$ bin/program x\n20 in 7.18s\n```\n<!-- /transcript -->\nb\n";

    fn refreshed(output: &str) -> String {
        refresh(README, &|command| {
            assert_eq!(command, "bin/program x");
            Ok(output.into())
        })
        .unwrap()
    }

    #[test]
    fn a_run_that_differs_in_numbers_alone_changes_nothing() {
        assert_eq!(refreshed("20 in 10.2s\n"), README);
    }

    #[test]
    fn of_a_waterfall_its_names_count_and_its_marks_do_not() {
        let picture = "BD │▒▒▒█\nBR │▒▒█\n   0      4.95 s\n   ▒ waiting  █ saving\n";
        let later = "BR │▒█\nBD │▒▒▒▒▒█\n   0   5.0 s\n   ░ connecting  ▒ waiting  █ saving\n";
        assert_eq!(without_numbers(picture), without_numbers(later));
        assert_ne!(without_numbers(picture), without_numbers(&later.replace("BR", "CN")));
    }

    #[test]
    fn words_that_the_program_does_not_say_are_replaced() {
        assert_eq!(refreshed("20 flags in 0.01s\n"), README.replace("20 in 7.18s", "20 flags in 0.01s"));
    }

    #[test]
    fn what_is_around_a_transcript_stays_and_broken_markers_are_errors() {
        assert_eq!(refresh("no marker", &|_| unreachable!()).unwrap(), "no marker");
        refresh("<!-- transcript -->\n$ x", &|_| Ok(String::new())).unwrap_err();
        refresh("<!-- transcript -->\nx<!-- /transcript -->", &|_| Ok(String::new())).unwrap_err();
    }
}
