//! What a run of `bench choose` answers: the prediction beside the measurement, and which strategy to take.

use serde::{Deserialize, Serialize};

use crate::analyse::choice::{Candidate, Reason, choose};
use crate::analyse::model::{CLOSE, Line, error};
use crate::analyse::summary::{Row, Table};
use crate::analyse::verdict::Verdict;
use crate::plan::strategies;
use crate::record::choosing::{Choosing, Limit, Predicted, WORKLOAD};

/// A share of all processors from which on they are what limits.
pub const FULL: f64 = 0.85;

/// The answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// What was asked, and predicted.
    pub choosing: Choosing,
    /// A row for each strategy that was measured, in the order from the simplest to write.
    pub rows: Vec<Judged>,
    /// How many rounds there were.
    pub rounds: usize,
    /// The band around 1 in which a ratio means nothing.
    pub noise_band: f64,
    /// One by one, where it was not measured with as many items.
    pub computed: Option<Computed>,
    /// The one with the least time.
    pub fastest: Option<String>,
    /// Whether all that are the same as the fastest are the same as each other.
    pub all_the_same: bool,
    /// The one to take, and why.
    pub take: Option<String>,
    /// Why.
    pub reason: Option<Reason>,
    /// What limits the one to take with all items: by its processor time where that says it, else by the model.
    pub limit: Option<Limit>,
    /// From how many items on the one to take is faster than one by one.
    pub pays_from: Option<usize>,
    /// Its time for all items of the work in microseconds, where it was measured with fewer.
    pub whole_us: Option<f64>,
}

/// A strategy that was measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Judged {
    /// Its name.
    pub contender: String,
    /// The median over the rounds, in microseconds.
    pub time_us: f64,
    /// What was predicted.
    pub predicted_us: f64,
    /// How far the prediction is off, as a share of the time.
    pub error: f64,
    /// Its time over that of the fastest, round by round: the median.
    pub ratio: f64,
    /// The ends of its interval, with the confidence with which those of all pairs hold at once at 95 %.
    pub interval: Option<[f64; 2]>,
    /// The word for it beside the fastest.
    pub verdict: Verdict,
    /// Its memory at the peak, in KiB.
    pub peak_kib: Option<f64>,
    /// Its processor time, in microseconds.
    pub cpu_us: f64,
    /// The longest time that an event loop of its did not turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loop_pause_us: Option<f64>,
}

/// A time that was computed from others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Computed {
    /// Whose.
    pub contender: String,
    /// From the delays and the measured cost of an item, or, before that was measured, the prediction; in microseconds.
    pub time_us: f64,
    /// Whether the cost of an item was measured in the same run.
    pub from_measured: bool,
}

impl Judged {
    /// Whether the model holds for it.
    pub fn model_holds(&self) -> bool {
        self.error.abs() <= CLOSE
    }
}

/// Answers, as far as the tables of a run allow it.
pub fn answer(choosing: Choosing, tables: &[Table], cores: usize) -> Answer {
    let many = tables.iter().find(|table| table.recorded.workload.name == WORKLOAD);
    let row_of = |name: &str| many?.contenders().find(|row| row.contender == name).cloned();
    let measured = |one: &Predicted| Some((one.clone(), row_of(&one.contender)?));
    let rows: Vec<(Predicted, Row)> = choosing.predictions.iter().filter_map(measured).collect();
    let candidate = |(place, (_, row)): (usize, &(Predicted, Row))| Candidate {
        times: row.times_us.clone(),
        memory: row.peak_kib.unwrap_or(f64::INFINITY),
        cpu: row.cpu_us(),
        simplicity: place,
    };
    let candidates: Vec<Candidate> = rows.iter().enumerate().map(candidate).collect();
    let noise_band = many.map_or(0.05, |table| table.noise_band);
    let choice = choose(&candidates, noise_band);
    let judged =
        |(place, (predicted, row)): (usize, &(Predicted, Row))| judged(predicted, row, choice.as_ref()?.beside[place]);
    let judged: Vec<Judged> = rows.iter().enumerate().filter_map(judged).collect();

    let one_by_one = strategies::baseline();
    let few = choosing.few.as_ref();
    let line = |name: &str| {
        let few = few?;
        Line::through((few.items, few.time_us(name)?), (choosing.items, row_of(name)?.time_us))
    };
    let computed = choosing.predictions.iter().find(|one| one.is_only_computed).map(|one| {
        let from_few = few.and_then(|few| {
            let each = (few.time_us(&one.contender)? - few.delays_us as f64) / few.items as f64;
            Some(choosing.delays_us as f64 + each * choosing.profile.items as f64)
        });
        Computed {
            contender: one.contender.clone(),
            time_us: from_few.unwrap_or(one.whole_us),
            from_measured: from_few.is_some(),
        }
    });
    // Each further item takes one by one as long as the last, so that one size and the computed one draw its line, too.
    let slow = line(one_by_one).or_else(|| {
        let (few, all) = (few?, computed.as_ref()?.time_us);
        Line::through((few.items, few.time_us(one_by_one)?), (choosing.profile.items, all))
    });
    let taken = choice.as_ref().map(|choice| &rows[choice.take]);
    let own = taken.and_then(|(_, row)| line(&row.contender));
    let pays_from = match taken {
        Some((_, row)) if row.contender != one_by_one => own.and_then(|own| own.pays_from(&slow?)),
        _ => None,
    };
    Answer {
        noise_band,
        rounds: rows.first().map_or(0, |(_, row)| row.times_us.len()),
        computed,
        fastest: choice.as_ref().map(|choice| rows[choice.fastest].1.contender.clone()),
        all_the_same: choice.as_ref().is_some_and(|choice| choice.all_the_same),
        take: taken.map(|(_, row)| row.contender.clone()),
        reason: choice.as_ref().map(|choice| choice.reason),
        limit: taken.map(|(predicted, row)| match choosing.items == choosing.profile.items {
            true => limit(predicted, row, cores),
            false => predicted.limit,
        }),
        pays_from,
        whole_us: own.filter(|_| choosing.items < choosing.profile.items).map(|line| line.at(choosing.profile.items)),
        rows: judged,
        choosing,
    }
}

fn judged(
    predicted: &Predicted,
    row: &Row,
    beside: (f64, Option<crate::base::statistics::Interval>, Verdict),
) -> Option<Judged> {
    let (ratio, interval, verdict) = beside;
    Some(Judged {
        contender: row.contender.clone(),
        time_us: row.time_us,
        predicted_us: predicted.wall_us,
        error: error(predicted.wall_us, row.time_us)?,
        ratio,
        interval: interval.map(|interval| [interval.low, interval.high]),
        verdict,
        peak_kib: row.peak_kib,
        cpu_us: row.cpu_us(),
        loop_pause_us: row.loop_pause_us,
    })
}

/// What was busy all the time limits, whatever the model says.
fn limit(predicted: &Predicted, row: &Row, cores: usize) -> Limit {
    let busy = (row.cpu_us() + row.server_cpu_us.unwrap_or_default()) / (row.wall_us * cores as f64);
    if busy >= FULL { Limit::Processors } else { predicted.limit }
}
