//! `cost.svg`: what the time was bought with: processor, memory, context switches.

use super::palette;
use super::scale::Scale;
use super::svg::{Anchor, Svg};
use crate::analyse::summary::{Row, Summary, Table};
use crate::base::numbers::{duration, thousands, three_digits};
use crate::plan::workload::Time;

/// A cost: its name, its parts (from solid to faint, with their names), and how a value is said.
struct Cost {
    name: &'static str,
    parts: fn(&Row) -> Option<[Part; 2]>,
    say: fn(f64) -> String,
}

/// A part of a cost, and its name.
type Part = (f64, &'static str);

const COSTS: [Cost; 3] = [
    Cost {
        name: "CPU: user, system",
        parts: |row| Some([(row.user_us, "user"), (row.system_us, "system")]),
        say: duration,
    },
    Cost {
        name: "memory of all processes",
        parts: |row| Some([(row.peak_kib?, "peak"), (0.0, "")]),
        say: |kib| format!("{} MiB", three_digits(kib / 1024.0)),
    },
    Cost {
        name: "switches: voluntary, forced",
        parts: |row| Some([(row.voluntary, "voluntary"), (row.involuntary, "forced")]),
        say: |count| thousands(count.round() as u64),
    },
];

/// The costs of every workload.
pub fn draw(summary: &Summary, width: f64) -> Option<String> {
    // Where the time is not that of the whole process, neither are the costs.
    let whole = |table: &&Table| table.recorded.workload.time == Time::Wall && table.contenders().any(Row::was_run);
    let tables: Vec<&Table> = summary.workloads.iter().filter(whole).collect();
    if tables.is_empty() {
        return None;
    }
    let mut svg = Svg::new(width);
    let title = "What the time was bought with";
    let mut y = 28.0 + svg.paragraph((16.0, 28.0), "head", title);
    for table in tables {
        y = panel(&mut svg, table, y);
    }
    let note = "Medians of a run. The solid part of a bar is named first, the faint part second.";
    y += svg.paragraph((16.0, y), "soft", note);
    Some(svg.finish(y + 12.0, title, note))
}

fn panel(svg: &mut Svg, table: &Table, top: f64) -> f64 {
    let rows: Vec<&Row> = table.contenders().filter(|row| row.was_run()).collect();
    let wide = svg.width > 600.0;
    let left = if wide { 130.0 } else { 112.0 };
    let heading = format!("{}: {}", table.recorded.workload.name, table.title);
    let mut y = top + svg.paragraph((16.0, top + 4.0), "name", &heading) + 6.0;
    let columns = if wide { COSTS.len() } else { 1 };
    let column = (svg.width - left - 16.0) / columns as f64;
    for (index, cost) in COSTS.iter().enumerate() {
        let from = left + if wide { index as f64 * column } else { 0.0 };
        let labels = !wide || index == 0;
        bars(svg, cost, &rows, [from, y, column - 12.0], if labels { left } else { 0.0 });
        if !wide {
            y += 26.0 + rows.len() as f64 * 18.0;
        }
    }
    y + if wide { 44.0 + rows.len() as f64 * 18.0 } else { 14.0 }
}

fn bars(svg: &mut Svg, cost: &Cost, rows: &[&Row], [from, top, width]: [f64; 3], label_end: f64) {
    svg.text((from, top + 4.0), Anchor::Start, "soft", cost.name);
    let total = |row: &Row| (cost.parts)(row).map(|parts| parts[0].0 + parts[1].0);
    let most = rows.iter().filter_map(|row| total(row)).fold(0.0, f64::max);
    // Room for the longest value behind the longest bar.
    let x = Scale::linear(most, [from, from + width - 62.0]);
    for (place, row) in rows.iter().enumerate() {
        let y = top + 14.0 + place as f64 * 18.0;
        if label_end > 0.0 {
            svg.text((label_end - 8.0, y + 10.0), Anchor::End, "", &row.contender);
        }
        let (Some(parts), Some(sum)) = ((cost.parts)(row), total(row)) else {
            svg.text((from + 4.0, y + 10.0), Anchor::Start, "soft", "not measured");
            continue;
        };
        let class = palette::class(&row.contender, place);
        let mut at = 0.0;
        for ((value, name), style) in parts.iter().zip(["fill", "faint"]).filter(|((value, _), _)| *value > 0.0) {
            let says = format!("{}, {name}: {}", row.contender, (cost.say)(*value));
            svg.rect([x.at(at), y, x.at(at + value) - x.at(at), 12.0], &format!("{style} {class}"), &says);
            at += value;
        }
        svg.text((x.at(sum) + 5.0, y + 10.0), Anchor::Start, "soft", &(cost.say)(sum));
    }
}
