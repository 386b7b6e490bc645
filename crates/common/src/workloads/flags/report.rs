//! The opening and the closing report, worded as the chapter's `flags2` words them.

use std::{fmt::Write, time::Duration};

use crate::{
    http::{Code, Settings, password::without_password, site::Site},
    run::Tally,
    show::plural::{plural, plural_s},
};

/// What is about to happen.
///
/// `refusal` says why there are fewer connections than were asked for.
pub fn opening(site: &Site, codes: &[Code], repeat: u32, settings: &Settings, refusal: Option<&str>) -> String {
    let list = match codes {
        [first, .., last] if codes.len() > 10 => format!("from {first} to {last}"),
        few => few.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    };
    let times = if repeat == 1 { String::new() } else { format!(", {repeat} times each") };
    let flags = plural(codes.len() as u64, "flag");
    let connections = match settings.concurrency {
        1 => "1 concurrent connection".into(),
        more => format!("{more} concurrent connections"),
    };
    let refusal = refusal.map(|why| format!(" ({why})")).unwrap_or_default();
    format!(
        "{} site: {}\nSearching for {flags}: {list}{times}\n{connections} will be used{refusal}.\n",
        site.label,
        without_password(&site.base_url)
    )
}

/// What happened.
pub fn closing(tally: &Tally, elapsed: Duration, interrupted: bool) -> String {
    let mut text = format!("{}\n{:3} flag{} downloaded.\n", "-".repeat(20), tally.ok, plural_s(tally.ok));
    // Writing to a String cannot fail.
    if tally.not_found > 0 {
        _ = writeln!(text, "{:3} not found.", tally.not_found);
    }
    let errors = tally.errors();
    if errors > 0 {
        _ = writeln!(text, "{errors:3} error{}.", plural_s(errors));
        _ = writeln!(text, "    ({})", tally.failures_by_class());
    }
    if interrupted {
        _ = writeln!(text, "{:3} not started (interrupted).", tally.not_started());
    } else if tally.not_started() > 0 {
        _ = writeln!(text, "{:3} not started.", tally.not_started());
    }
    let retries = tally.attempts.saturating_sub(tally.done());
    if retries > 0 {
        _ = writeln!(text, "{retries:3} retr{}.", if retries == 1 { "y" } else { "ies" });
    }
    _ = writeln!(text, "Elapsed time: {:.2}s", elapsed.as_secs_f64());
    text
}

/// The last line of the chapter's first scripts.
pub fn downloads(tally: &Tally, elapsed: Duration) -> String {
    format!("\n{} in {:.2}s\n", plural(tally.ok, "download"), elapsed.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{http::site::Server, run::Class, workloads::flags::Selection};

    fn opening_for(words: &[&str], concurrency: usize) -> String {
        let selection = Selection { words: words.iter().map(ToString::to_string).collect(), ..Selection::default() };
        let site = "http://127.0.0.1:8000/flags".parse::<Server>().unwrap().ready().unwrap();
        let mut settings = Settings::new(site.base_url.clone(), site.addresses.clone());
        settings.concurrency = concurrency;
        opening(&site, &selection.codes().unwrap(), 1, &settings, None)
    }

    #[test]
    fn the_opening_report_lists_up_to_ten_codes_and_names_the_ends_of_more() {
        assert_eq!(
            opening_for(&[], 30),
            "Custom site: http://127.0.0.1:8000/flags\nSearching for 20 flags: from BD to VN\n\
             30 concurrent connections will be used.\n"
        );
        assert_eq!(
            opening_for(&["cn", "br"], 1).lines().skip(1).collect::<Vec<_>>(),
            ["Searching for 2 flags: BR, CN", "1 concurrent connection will be used."]
        );
        assert!(opening_for(&["cn"], 1).contains("Searching for 1 flag: CN\n"));
    }

    #[test]
    fn the_closing_report_is_the_books() {
        let mut tally = Tally { asked: 105, ok: 43, not_found: 35, attempts: 105, ..Tally::default() };
        tally.failures.insert(Class::Http(418), 27);
        assert_eq!(
            closing(&tally, Duration::from_millis(1718), false),
            "--------------------\n 43 flags downloaded.\n 35 not found.\n 27 errors.\n    (27 HTTP 418)\nElapsed time: 1.72s\n"
        );
        let one = Tally { asked: 1, ok: 1, attempts: 1, ..Tally::default() };
        assert_eq!(
            closing(&one, Duration::from_secs(1), false),
            "--------------------\n  1 flag downloaded.\nElapsed time: 1.00s\n"
        );
    }

    #[test]
    fn an_interrupted_run_says_what_it_did_not_start() {
        let tally = Tally { asked: 20, ok: 5, attempts: 5, ..Tally::default() };
        assert!(closing(&tally, Duration::ZERO, true).contains("\n 15 not started (interrupted).\n"));
    }

    #[test]
    fn the_first_scripts_end_with_one_line() {
        let tally = Tally { asked: 20, ok: 20, ..Tally::default() };
        assert_eq!(downloads(&tally, Duration::from_millis(7180)), "\n20 downloads in 7.18s\n");
    }
}
