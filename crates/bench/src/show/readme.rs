//! What stands between the markers of a README, each part made from the folder of a run.

use anyhow::{Context, Result};
use maud::html;

use crate::analyse::summary::{self, Row, Summary, Table};
use crate::base::files;
use crate::base::numbers::{speed, times};
use crate::plan::strategies;
use crate::record::folder::Folder;
use crate::show::markdown::escape;
use crate::show::pictures::race;
use crate::show::{column, goals, headline, map, sentences, table};

/// Makes a part, from the folder of a run and its name in the text.
pub type Make = fn(&Folder, &str) -> Result<String>;

/// The part that is made from the run of a map, and of no other.
pub const MAP: &str = "map";

/// The parts that can stand between markers: the word in the marker, and what makes the part.
pub const PARTS: [(&str, Make); 6] = [
    ("race", film),
    ("waterfall", waterfall),
    (MAP, map_of),
    ("table", small_table),
    ("tables", all_tables),
    ("goals", goals_reached),
];

/// The most bytes of a picture.
const LARGEST_PICTURE: u64 = 16 << 20;

/// The one table that a hurried reader sees: that of the server that waits, or of the first workload.
fn small_table(folder: &Folder, _: &str) -> Result<String> {
    Ok(format!("\n{}\n", small(&summary::read(folder)?)))
}

fn small(summary: &Summary) -> String {
    let waits = |table: &&Table| table.recorded.delays_us.is_some();
    let Some(table) = summary.workloads.iter().find(waits).or_else(|| summary.workloads.first()) else {
        return "The run measured nothing.\n".into();
    };
    let baseline = summary.run.baseline.as_deref();
    let slowest = one_by_one(baseline);
    let environment = &summary.run.environment;
    let mut text = format!(
        "**{}** ({}, {} cores; {})\n\n| strategy | time | × as fast as {} | memory |\n|---|---:|---:|---:|\n",
        escape(&table.title),
        escape(&environment.cpu),
        environment.cores,
        sentences::kind_of_time(table),
        escape(&slowest)
    );
    let groups = headline::faster(table);
    let best = groups.first().map(Vec::as_slice).unwrap_or_default();
    for row in table.contenders() {
        let cells = [row.label(), column::time(row), compared(row, baseline), column::memory(row)];
        let bold = best.iter().any(|best| best.contender == row.contender);
        let cell = |cell: &String| if bold { format!("**{}**", escape(cell)) } else { escape(cell) };
        text += &format!("| {} |\n", cells.iter().map(cell).collect::<Vec<_>>().join(" | "));
    }
    text + &format!("\n{}\n", escape(&shown(table, &groups, &slowest)))
}

/// How a person calls the baseline: `one by one`.
fn one_by_one(baseline: Option<&str>) -> String {
    let name = baseline.unwrap_or("the baseline");
    strategies::place(name).map_or(name, |place| &strategies::all()[place].kind).into()
}

/// The number that the head asks for; in full where it is one of slowness.
fn compared(row: &Row, baseline: Option<&str>) -> String {
    match row.ratio.as_ref().map(|ratio| ratio.median) {
        Some(ratio) if speed(ratio, None).ends_with("fast") => times(ratio).trim_end_matches(" ×").into(),
        Some(ratio) => speed(ratio, None),
        None if baseline == Some(&row.contender) => "1".into(),
        None => "–".into(),
    }
}

/// What the table shows, in a sentence or two: who is the fastest, and who comes after.
fn shown(table: &Table, groups: &[Vec<&Row>], slowest: &str) -> String {
    let Some(best) = groups.first() else {
        return format!("In this run nothing is told to be faster than {slowest}.");
    };
    let (are, they) = if best.len() == 1 { ("is", "it waits") } else { ("are", "they wait") };
    let why = match table.recorded.delays_us {
        Some(_) => format!(", because {they} for many answers at the same time"),
        None => String::new(),
    };
    let tie = headline::tie(best, table).map(|tie| format!(" ({tie})")).unwrap_or_default();
    let mut said = format!("{} {are} {} × as fast as {slowest}{why}{tie}.", headline::names(best), range(best));
    for pair in groups.windows(2) {
        let then = pair[0].last().map(|last| headline::then(last, pair[1][0], table)).unwrap_or_default();
        let tie = headline::tie(&pair[1], table).map(|tie| format!(" ({tie})")).unwrap_or_default();
        said += &format!(" {} {}{tie}: {} ×.", sentences::capital(&then), headline::names(&pair[1]), range(&pair[1]));
    }
    said
}

/// How many times as fast as the baseline these are: a number, or from one to another.
fn range(rows: &[&Row]) -> String {
    let ratios = || rows.iter().filter_map(|row| Some(row.ratio.as_ref()?.median));
    let number = |ratio| times(ratio).trim_end_matches(" ×").to_owned();
    match [ratios().fold(0.0, f64::max), ratios().fold(f64::INFINITY, f64::min)].map(number) {
        [least, most] if least == most => most,
        [least, most] => format!("{least} to {most}"),
    }
}

/// Every table with its legend, the machine and the command, folded, without the small print of the report.
fn all_tables(folder: &Folder, dir: &str) -> Result<String> {
    let summary = &summary::read(folder)?;
    let mut text = String::from("\n<details><summary>All tables of this run, and what each column means</summary>\n");
    let baseline = summary.run.baseline.as_deref().unwrap_or_default();
    for table in &summary.workloads {
        let grid = table::grid(table, summary);
        let headline = escape(&sentences::capital(&headline::headline(table, baseline)));
        text += &format!("\n**{}**\n\n{}\n*{headline}.*\n", escape(&grid.title), grid.markdown());
    }
    text += "\nThe columns:\n\n";
    text.extend(table::legend(summary).map(|(head, meaning)| format!("- **{}**: {meaning}\n", escape(&head))));
    let environment = &summary.run.environment;
    Ok(text
        + &format!(
            "\n{}, {} cores, {}; commit {}; {}. The whole run is in [`{dir}`]({dir}).\n\n</details>\n",
            escape(&environment.cpu),
            environment.cores,
            escape(&environment.rustc),
            escape(&environment.commit),
            escape(&sentences::knobs(summary))
        ))
}

/// The film of the run, which is said in words for those who do not see it; a click shows it alone.
fn film(folder: &Folder, dir: &str) -> Result<String> {
    let reports = |workload: &str, contender: &str| folder.program_report(workload, contender);
    let words = race::words(&summary::read(folder)?, &reports);
    let words = words.filter(|_| folder.file("race.svg").is_file());
    let words = words.with_context(|| format!("{dir} has no race.svg: `scripts/bench report {dir}` makes it"))?;
    let file = format!("{dir}/race.svg");
    let image = html! { a href=(file) { img src=(file) width=(race::WIDTH) alt=(words); } };
    Ok(format!("\n{}\n\n", image.into_string()))
}

/// The picture at half its height, which leaves room for the rest of the first screen; a click shows all of it.
fn waterfall(folder: &Folder, dir: &str) -> Result<String> {
    let summary = summary::read(folder)?;
    let title = summary.workloads.iter().find(|table| table.recorded.delays_us.is_some());
    let title = title.map(|table| table.title.as_str()).unwrap_or_default();
    picture(folder, dir, "waterfall.svg", &format!("When each request ran: {title}"))
}

/// The map, and what it says.
fn map_of(folder: &Folder, dir: &str) -> Result<String> {
    let map = summary::read(folder)?.map.with_context(|| format!("{dir} is no run of `bench map`"))?;
    Ok(picture(folder, dir, "map.svg", &map::title(&map))? + &escape(&map::sentences(&map).join(" ")) + "\n\n")
}

/// A picture at half its height; a click shows all of it.
fn picture(folder: &Folder, dir: &str, name: &str, says: &str) -> Result<String> {
    let picture = files::read_text(&folder.file(name), LARGEST_PICTURE)?;
    let height = height(&picture).with_context(|| format!("{dir}/{name} does not say how high it is"))?;
    let file = format!("{dir}/{name}");
    let image = html! {
        a href=(file) { img src=(file) height=(height / 2) alt=(says); }
    };
    Ok(format!("\n{}\n\n", image.into_string()))
}

/// The height that a picture says it has.
fn height(picture: &str) -> Option<u32> {
    let (_, after) = picture.split_once('>')?.0.split_once(" height=\"")?;
    after.split_once('"')?.0.parse().ok()
}

fn goals_reached(folder: &Folder, dir: &str) -> Result<String> {
    Ok(format!("\n{}\nThe whole run is in [`{}`]({dir}).\n", goals::markdown(folder)?, dir.trim_start_matches("../")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::basis::Basis;
    use crate::show::sentences::tests::{summary_beside, summary_of};

    #[test]
    fn the_winner_is_bold_and_a_sentence_says_by_how_much() {
        let text = small(&summary_of([[1_000; 2], [2_000; 2], [20_000; 2]]));
        for line in [
            "| base | 10.0 ms | 1 | not measured |",
            "| **a** | **1.00 ms** | **10.0** | **not measured** |",
            "| b | 2.00 ms | 5.00 | not measured |",
            "| c | 20.0 ms | 2.00 × as slow | not measured |",
            "a is 10.0 × as fast as base. Then b: 5.00 ×.",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing: {text}");
        }
    }

    #[test]
    fn what_cannot_be_told_apart_from_the_winner_is_bold_with_it() {
        let text = small(&summary_of([[1_000, 1_500], [1_500, 1_000], [4_000; 2]]));
        assert!(text.contains("| **a** |") && text.contains("| **b** |") && text.contains("| c |"), "{text}");
        assert!(
            text.contains("b and a are 6.67 to 10.0 × as fast as base (their order is not sure). Then c: 2.50 ×."),
            "{text}"
        );
    }

    #[test]
    fn one_that_is_always_a_little_slower_is_not_among_the_fastest() {
        let text = small(&summary_of([[1_000; 2], [1_005; 2], [1_047, 1_049]]));
        assert!(text.contains("| **b** |") && text.contains("| c |"), "{text}");
        assert!(
            text.contains("a and b are 9.95 to 10.0 × as fast as base (a tie). Then, 4 % slower, c: 9.53 ×."),
            "{text}"
        );
    }

    #[test]
    fn a_computed_baseline_is_marked_and_those_beside_it_are_still_told_apart() {
        let text = small(&summary_beside(Basis::Computed, [[1_000; 2], [2_000; 2], [20_000; 2]]));
        assert!(text.contains("| base | 10.0 ms (computed) | 1 |") && text.contains("| **a** |"), "{text}");
        assert!(text.contains("a is 10.0 × as fast as base. Then b: 5.00 ×."), "{text}");
    }

    #[test]
    fn nothing_is_bold_where_nothing_is_faster() {
        let text = small(&summary_of([[10_000; 2], [20_000; 2], [10_010; 2]]));
        assert!(!text.contains("| **") && text.contains("nothing is told to be faster than base."), "{text}");
    }

    #[test]
    fn a_picture_says_how_high_it_is() {
        let picture = "<svg viewBox=\"0 0 860 1005\" width=\"860\" height=\"1005\">\n<rect height=\"3\"/></svg>";
        assert_eq!(height(picture), Some(1005));
        assert_eq!(height("<svg>\n<rect height=\"3\"/></svg>"), None);
    }
}
