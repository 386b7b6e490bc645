//! The verdict on a workload in words: who is faster than the baseline, by how much, and who of them is before whom.

use crate::analyse::summary::{Row, Table};
use crate::analyse::verdict::Verdict;
use crate::base::numbers::{is_slow, percent, speed, times};
use crate::record::basis::Basis;

/// One sentence on a workload: who is fastest, and by how much.
pub fn headline(table: &Table, baseline: &str) -> String {
    let said: Vec<String> = verdicts(table, baseline).into_iter().map(|(_, said)| said).collect();
    if said.is_empty() { "nothing to compare".into() } else { said.join("; ") }
}

/// The parts of [`headline`]: each verdict that was given, and whose it is, or none where there is a ratio without a verdict. Each part of a
/// verdict begins with its word.
pub fn verdicts(table: &Table, baseline: &str) -> Vec<(Option<Verdict>, String)> {
    let mut parts = Vec::new();
    let faster = called(table, Some(Verdict::Faster));
    if !faster.is_empty() {
        let said = in_order(&faster, table);
        parts.push((Some(Verdict::Faster), format!("faster than {baseline}: {said}")));
    }
    for verdict in [Verdict::TheSame, Verdict::Unclear] {
        let rows = called(table, Some(verdict));
        if !rows.is_empty() {
            parts.push((Some(verdict), format!("{}: {}", verdict.word(), names(&rows))));
        }
    }
    let slower = called(table, Some(Verdict::Slower));
    if !slower.is_empty() {
        parts.push((Some(Verdict::Slower), format!("slower: {}", in_order(&slower, table))));
    }
    let base = table.baseline(Some(baseline)).map_or(Basis::Rounds, |row| row.basis);
    let rows = called(table, None);
    if !rows.is_empty() {
        let against = match base {
            Basis::Computed => format!("against {baseline} as it was computed"),
            Basis::OneRun => format!("against one run of {baseline}"),
            Basis::Rounds => "by one run each".into(),
        };
        parts.push((None, format!("{against}: {}", in_order(&rows, table))));
    }
    parts
}

/// Those that are faster than the baseline, in groups that have an order: the fastest first. Beside a baseline that was not run in every
/// round nobody has a verdict, and it is those that seem so.
pub fn faster(table: &Table) -> Vec<Vec<&Row>> {
    let has_verdicts = table.contenders().any(|row| row.verdict.is_some());
    let seems = |row: &&Row| !has_verdicts && row.ratio.as_ref().is_some_and(|ratio| ratio.median < 1.0);
    let mut rows = called(table, Some(Verdict::Faster));
    rows.extend(called(table, None).into_iter().filter(seems));
    rows.sort_by(|a, b| a.time_us.total_cmp(&b.time_us));
    ranks(&rows, table).into_iter().map(<[&Row]>::to_vec).collect()
}

/// The rows with this verdict, the shortest time first; of those without one, those that have a ratio.
fn called(table: &Table, verdict: Option<Verdict>) -> Vec<&Row> {
    let is_called = |row: &&Row| row.verdict == verdict && row.ratio.is_some();
    let mut rows: Vec<&Row> = table.contenders().filter(is_called).collect();
    rows.sort_by(|a, b| a.time_us.total_cmp(&b.time_us));
    rows
}

/// `rows`, which are sorted by time, in groups: each of a group is told apart from each of every other, and so the groups have an
/// order. Within a group there is none that holds for all.
fn ranks<'a, 'b>(rows: &'a [&'b Row], table: &Table) -> Vec<&'a [&'b Row]> {
    let faster = |one: &Row, other: &Row| table.verdict(&one.contender, &other.contender) == Some(Verdict::Faster);
    let mut groups = Vec::new();
    let mut begin = 0;
    for end in 1..=rows.len() {
        if rows[..end].iter().all(|one| rows[end..].iter().all(|other| faster(one, other))) {
            groups.push(&rows[begin..end]);
            begin = end;
        }
    }
    groups
}

/// `rows`, which are sorted by time, with their factors, and the order that they have.
fn in_order(rows: &[&Row], table: &Table) -> String {
    let groups = ranks(rows, table);
    let ratio = |row: &Row| row.ratio.as_ref().map_or(1.0, |ratio| ratio.median);
    // The first says of what the numbers are, and whoever is on the other side of 1.
    let is_known = |row: &Row| row.contender != rows[0].contender && is_slow(ratio(row)) == is_slow(ratio(rows[0]));
    let factor = |row: &Row| match ratio(row) {
        ratio if is_known(row) => times(ratio),
        ratio if is_slow(ratio) => format!("{} the time", times(ratio)),
        ratio => speed(ratio, None),
    };
    let group = |(place, rows): (usize, &&[&Row])| {
        let before = place.checked_sub(1).and_then(|place| groups[place].last());
        let then = before.map(|before| format!(", {} ", then(before, rows[0], table))).unwrap_or_default();
        let each: Vec<String> = rows.iter().map(|row| format!("{} {}", row.contender, factor(row))).collect();
        let tie = tie(rows, table).map(|tie| format!(" ({tie})")).unwrap_or_default();
        then + &list(&each) + &tie
    };
    groups.iter().enumerate().map(group).collect()
}

/// What comes before the next group in their order: `then`, and by how much it is slower where that is within the noise of the table.
pub fn then(last: &Row, next: &Row, table: &Table) -> String {
    match table.ratio(&next.contender, &last.contender) {
        Some(ratio) if ratio - 1.0 <= table.noise_band => format!("then, {} slower,", percent(ratio - 1.0)),
        _ => "then".into(),
    }
}

/// What is said of a group that has no order.
pub fn tie(rows: &[&Row], table: &Table) -> Option<&'static str> {
    let same = |one: &Row, other: &Row| table.verdict(&one.contender, &other.contender) == Some(Verdict::TheSame);
    let mut pairs =
        rows.iter().enumerate().flat_map(|(place, one)| rows[place + 1..].iter().map(move |other| (one, other)));
    match rows.len() {
        0 | 1 => None,
        _ if pairs.all(|(one, other)| same(one, other)) => Some("a tie"),
        _ => Some("their order is not sure"),
    }
}

/// The names of `rows` as they are said.
pub fn names(rows: &[&Row]) -> String {
    list(&rows.iter().map(|row| row.contender.clone()).collect::<Vec<_>>())
}

/// Names as they are said: `a, b and c`.
pub fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::show::sentences::tests::{summary_beside, summary_of};

    fn headline_of(times: [[u64; 2]; 3]) -> String {
        headline(&summary_of(times).workloads[0], "base")
    }

    #[test]
    fn an_order_is_said_only_where_every_pair_is_told_apart() {
        let base = "faster than base: ";
        let tie = headline_of([[1_000; 2], [1_010; 2], [2_000; 2]]);
        assert_eq!(tie, format!("{base}a 10.0 × as fast and b 9.90 × (a tie), then c 5.00 ×"));
        let order = headline_of([[1_000; 2], [2_000; 2], [4_000; 2]]);
        assert_eq!(order, format!("{base}a 10.0 × as fast, then b 5.00 ×, then c 2.50 ×"));
        let unsure = headline_of([[1_000, 1_500], [1_500, 1_000], [4_000; 2]]);
        assert!(unsure.contains("(their order is not sure), then c"), "{unsure}");
    }

    #[test]
    fn one_that_is_always_a_little_slower_has_its_place_and_is_said_to_be_so_by_how_much() {
        let close = headline_of([[1_000; 2], [1_005; 2], [1_047, 1_049]]);
        assert_eq!(close, "faster than base: a 10.0 × as fast and b 9.95 × (a tie), then, 4 % slower, c 9.53 ×");
    }

    #[test]
    fn how_much_slower_is_said_without_saying_slow_twice() {
        let slower = headline_of([[20_000; 2], [30_000; 2], [40_000; 2]]);
        assert_eq!(slower, "slower: a 2.00 × the time, then b 3.00 ×, then c 4.00 ×");
    }

    #[test]
    fn beside_a_baseline_that_did_not_run_in_every_round_there_is_a_ratio_and_no_verdict() {
        let times = [[1_000; 2], [2_000; 2], [20_000; 2]];
        let against = |basis| headline(&summary_beside(basis, times).workloads[0], "base");
        let rest = ": a 10.0 × as fast, then b 5.00 ×, then c 2.00 × the time";
        assert_eq!(against(Basis::OneRun), format!("against one run of base{rest}"));
        assert_eq!(against(Basis::Computed), format!("against base as it was computed{rest}"));
    }

    #[test]
    fn lists_are_said_as_people_say_them() {
        let names = |names: &[&str]| list(&names.iter().map(|name| name.to_string()).collect::<Vec<_>>());
        assert_eq!(names(&["a"]), "a");
        assert_eq!(names(&["a", "b"]), "a and b");
        assert_eq!(names(&["a", "b", "c"]), "a, b and c");
    }
}
