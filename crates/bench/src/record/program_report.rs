//! The JSON report that our own programs print about one run, as far as the benchmark reads it.

use serde::{Deserialize, Serialize};

use crate::base::sanity;
use crate::base::statistics::median;
use crate::base::untrusted::visible;
use crate::record::wrong::Wrong;

/// What a program says about its own run.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ProgramReport {
    /// The counts of outcomes.
    pub counts: Counts,
    /// A row for each task, if the program printed them.
    #[serde(default)]
    pub samples: Vec<TaskSample>,
    /// From the first thing that it did to the last, in microseconds: pools made and shut down inside.
    pub elapsed_us: u64,
    /// Its knobs, of which one matters here.
    #[serde(default)]
    pub settings: Settings,
    /// The peaks of all of its processes, added up.
    pub peak_memory_kib: Option<u64>,
    /// How many processes it had.
    pub processes: Option<u64>,
    /// The longest time that an event loop of its did not turn, if it looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_loop_pause_us: Option<u64>,
}

/// The knob that matters here.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Settings {
    /// How often the work was repeated in each of the samples: what takes less than a microsecond has to be.
    pub loops: Option<u64>,
}

/// The counts of outcomes.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Counts {
    /// Tasks that were asked for.
    pub asked: u64,
    /// Tasks that succeeded.
    pub ok: u64,
    /// Flags that do not exist.
    #[serde(default)]
    pub not_found: u64,
    /// Tasks that failed.
    #[serde(default)]
    pub errors: u64,
}

/// What one task did, and when.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct TaskSample {
    /// The country code or the number.
    pub task: String,
    /// Which copy of the flag.
    #[serde(default = "one")]
    pub copy: u64,
    /// How it ended: `ok`, `prime` …
    pub outcome: String,
    /// The kind of its error, if it ended with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// Why it failed, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// What it gave, of a workload whose answers are compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// The worker that did it, from 0.
    #[serde(default)]
    pub worker: u64,
    /// Its start, in microseconds since the program's own.
    pub start_us: u64,
    /// Its end.
    pub end_us: u64,
    /// How long each part of a download took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phases: Option<Phases>,
    /// What was computed over it, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

/// The parts of a download, one after another, in microseconds.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub struct Phases {
    /// Waiting before the request, between attempts too.
    pub wait_us: u64,
    /// Making the connection.
    pub connect_us: u64,
    /// From the request to the first byte of the answer.
    pub first_byte_us: u64,
    /// Reading the body.
    pub body_us: u64,
    /// Computing over it.
    pub compute_us: u64,
    /// Saving it.
    pub save_us: u64,
}

fn one() -> u64 {
    1
}

impl ProgramReport {
    /// Reads what a program printed.
    ///
    /// # Errors
    /// Output that is not the report, as a fragment that fits after "its answer is wrong: ".
    pub fn parse(output: &[u8]) -> Result<Self, Wrong> {
        let mut report: Self =
            serde_json::from_slice(output).map_err(|error| Wrong(format!("it printed no JSON report: {error}")))?;
        report.check().map_err(|why| Wrong(format!("its JSON report cannot be true: {why}")))?;
        for sample in &mut report.samples {
            (sample.task, sample.outcome) = (visible(&sample.task), visible(&sample.outcome));
            sample.class = sample.class.as_deref().map(visible);
        }
        // None has no memory: it could not be read.
        report.peak_memory_kib = report.peak_memory_kib.filter(|kib| *kib > 0);
        Ok(report)
    }

    /// Whether this can have been measured.
    fn check(&self) -> Result<(), String> {
        sanity::check([
            ("elapsed_us", self.elapsed_us as f64),
            ("errors", self.counts.errors as f64),
            ("peak_memory_kib", self.peak_memory_kib.unwrap_or_default() as f64),
            ("processes", self.processes.unwrap_or_default() as f64),
            ("longest_loop_pause_us", self.longest_loop_pause_us.unwrap_or_default() as f64),
        ])?;
        for sample in &self.samples {
            let phases = sample.phases.unwrap_or_default();
            sanity::check([
                ("end_us", sample.end_us as f64),
                ("worker", sample.worker as f64),
                ("wait_us", phases.wait_us as f64),
                ("connect_us", phases.connect_us as f64),
                ("first_byte_us", phases.first_byte_us as f64),
                ("body_us", phases.body_us as f64),
                ("compute_us", phases.compute_us as f64),
                ("save_us", phases.save_us as f64),
            ])?;
            if sample.end_us < sample.start_us {
                return Err(format!("the task {:?} ends before it starts", sample.task));
            }
        }
        if self.inside_us() >= sanity::SHORTEST { Ok(()) } else { Err("it took no time".to_owned()) }
    }

    /// The time inside `main`, in microseconds: of one loop if it repeated its work, otherwise of all.
    pub fn inside_us(&self) -> f64 {
        let per_loop = self.settings.loops.filter(|&loops| loops > 0).and_then(|loops| {
            let times = self.samples.iter().map(|sample| (sample.end_us - sample.start_us) as f64 / loops as f64);
            median(&times.collect::<Vec<_>>())
        });
        per_loop.unwrap_or(self.elapsed_us as f64)
    }

    /// The answers of a run of `primes`.
    pub fn prime_answers(&self) -> Vec<(u64, bool)> {
        self.samples.iter().filter_map(|sample| Some((sample.task.parse().ok()?, sample.outcome == "prime"))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(more: &str) -> ProgramReport {
        let text = format!(r#"{{"counts":{{"asked":2,"ok":2}},"elapsed_us":7{more}}}"#);
        ProgramReport::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn the_time_of_one_loop_is_known_to_parts_of_a_microsecond() {
        let samples = r#","settings":{"loops":4000},"samples":[
            {"task":"1","outcome":"ok","start_us":0,"end_us":200,"phases":{}},
            {"task":"2","outcome":"ok","start_us":200,"end_us":500}]"#;
        assert_eq!(parse(samples).inside_us(), 0.0625, "the median of 0.05 and 0.075");
    }

    #[test]
    fn a_report_that_cannot_be_true_is_wrong() {
        let task = |start: u64, end: u64, worker: u64| {
            format!(
                r#","samples":[{{"task":"BR","outcome":"ok","start_us":{start},"end_us":{end},"worker":{worker}}}]"#
            )
        };
        for (elapsed, more, why) in [
            (0, String::new(), "it took no time"),
            (7, task(2, 1, 0), "the task \"BR\" ends before it starts"),
            (7, task(0, u64::MAX, 0), "end_us is 1.8"),
            (7, task(0, 1, u64::MAX), "worker is 1.8"),
        ] {
            let text = format!(r#"{{"counts":{{"asked":2,"ok":2}},"elapsed_us":{elapsed}{more}}}"#);
            let wrong = ProgramReport::parse(text.as_bytes()).unwrap_err().to_string();
            assert!(wrong.starts_with(&format!("its JSON report cannot be true: {why}")), "{wrong}");
        }
    }

    #[test]
    fn a_memory_of_nothing_was_not_measured() {
        assert_eq!(parse(r#","peak_memory_kib":0"#).peak_memory_kib, None);
        assert_eq!(parse(r#","peak_memory_kib":7"#).peak_memory_kib, Some(7));
    }

    #[test]
    fn the_words_of_a_task_are_visible() {
        let report = parse(r#","samples":[{"task":"\u001b","outcome":"\u202e","start_us":0,"end_us":1}]"#);
        assert_eq!((report.samples[0].task.as_str(), report.samples[0].outcome.as_str()), (r"\u{1b}", r"\u{202e}"));
    }

    #[test]
    fn without_loops_the_time_is_that_of_the_whole_run() {
        assert_eq!(parse(r#","settings":{"workers":2}"#).inside_us(), 7.0);
        assert_eq!(parse("").inside_us(), 7.0);
    }
}
