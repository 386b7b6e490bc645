//! What was measured of one run of one program, and the file that keeps it.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use csv::StringRecord;
use serde::{Deserialize, Serialize};

use crate::base::files;
use crate::base::sanity;
use crate::base::untrusted::visible;
use crate::plan::workload::Time;

/// One run: what was done, when, what it took, and whether the answer was right. A row of `samples.csv`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The round; 0 is warm-up and proof, and its times count for nothing.
    pub round: usize,
    /// The place in the round's shuffled order, from 0.
    pub place: usize,
    /// Which of the runs back to back in this place, from 0.
    pub repeat: usize,
    /// The workload's name.
    pub workload: String,
    /// The contender's name.
    pub contender: String,
    /// Whether this is the baseline's second run in its round.
    pub control: bool,
    /// From the start of the process to its end, in microseconds.
    pub wall_us: u64,
    /// Inside `main`, as the program reports it; of one loop where it repeats its work.
    pub inside_us: Option<f64>,
    /// Processor time in user mode, of all its processes.
    pub user_us: u64,
    /// Processor time in the kernel.
    pub system_us: u64,
    /// Context switches because it waited for something.
    pub voluntary: u64,
    /// Context switches because the kernel gave the core to another process.
    pub involuntary: u64,
    /// The peaks of all its processes, added up, in KiB.
    pub peak_kib: Option<u64>,
    /// How many processes it had.
    pub processes: Option<u64>,
    /// Processes that it left behind, which had to be ended; none in records that do not know of them.
    #[serde(default)]
    pub left_behind: Option<u64>,
    /// The longest time that an event loop of its did not turn; only programs that have one and look at it say so.
    #[serde(default)]
    pub loop_pause_us: Option<u64>,
    /// Tasks that it says failed.
    pub errors: Option<u64>,
    /// How it ended: an exit status, or the name of a signal.
    pub exit: String,
    /// What is wrong with its answer; a right one has none.
    pub wrong: Option<String>,
    /// Requests that the server received.
    pub server_requests: Option<u64>,
    /// Connections that the server accepted.
    pub server_connections: Option<u64>,
    /// The most requests that the server was answering at a time.
    pub server_peak_in_flight: Option<u64>,
    /// The server's own processor time.
    pub server_cpu_us: Option<u64>,
    /// The machine's load over the last minute, just before.
    pub load: f64,
    /// The share of the last 10 s in which something waited for a core, in percent, just before.
    pub pressure: Option<f64>,
}

impl Sample {
    /// The time that is compared, in microseconds. A program that does not say has only the time from outside, which is
    /// never shorter.
    pub fn time_us(&self, time: Time) -> f64 {
        match time {
            Time::Wall => self.wall_us as f64,
            Time::Inside => self.inside_us.unwrap_or(self.wall_us as f64),
        }
    }

    /// Makes every text that came from outside [`visible`].
    fn make_visible(&mut self) {
        let Self { workload, contender, exit, wrong, .. } = self;
        for text in [workload, contender, exit].into_iter().chain(wrong) {
            *text = visible(text);
        }
    }

    /// Whether this can have been measured.
    fn check(&self) -> Result<(), String> {
        if self.round > sanity::MOST_ROUNDS {
            return Err(format!("it is of round {}, and there are at most {}", self.round, sanity::MOST_ROUNDS));
        }
        let whole = |number: Option<u64>| number.unwrap_or_default() as f64;
        sanity::check([
            ("wall_us", self.wall_us as f64),
            ("inside_us", self.inside_us.unwrap_or_default()),
            ("user_us", self.user_us as f64),
            ("system_us", self.system_us as f64),
            ("voluntary", self.voluntary as f64),
            ("involuntary", self.involuntary as f64),
            ("peak_kib", whole(self.peak_kib)),
            ("processes", whole(self.processes)),
            ("errors", whole(self.errors)),
            ("left_behind", whole(self.left_behind)),
            ("loop_pause_us", whole(self.loop_pause_us)),
            ("server_requests", whole(self.server_requests)),
            ("server_connections", whole(self.server_connections)),
            ("server_peak_in_flight", whole(self.server_peak_in_flight)),
            ("server_cpu_us", whole(self.server_cpu_us)),
            ("load", self.load),
            ("pressure", self.pressure.unwrap_or_default()),
        ])?;
        let no_time = self.wall_us == 0 || self.inside_us.is_some_and(|time| time < sanity::SHORTEST);
        match &self.wrong {
            None if no_time => Err("a right answer that took no time".to_owned()),
            _ => Ok(()),
        }
    }
}

/// `samples.csv`, which grows by a row after each run, so that whatever happens later loses nothing.
#[derive(Debug)]
pub struct SampleFile<W: Write = File> {
    writer: csv::Writer<W>,
    path: PathBuf,
}

impl SampleFile {
    /// Begins the file.
    ///
    /// # Errors
    /// A file that is there already, or cannot be made.
    pub fn create(path: &Path) -> Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).open(path);
        Ok(Self::new(file.with_context(|| format!("failed to create {}", path.display()))?, path))
    }
}

impl<W: Write> SampleFile<W> {
    /// Goes on with a file that is open; `path` is for the errors.
    pub fn new(file: W, path: &Path) -> Self {
        Self { writer: csv::Writer::from_writer(file), path: path.into() }
    }

    /// Adds a row, and hands it to the system before it returns.
    ///
    /// # Errors
    /// A row that cannot be written, on a full disk for instance.
    pub fn append(&mut self, sample: &Sample) -> Result<()> {
        let written = self.writer.serialize(sample).and_then(|()| Ok(self.writer.flush()?));
        written.with_context(|| format!("failed to write to {}", self.path.display()))
    }
}

/// Reads `samples.csv`. A last row that a crash cut off is left out.
///
/// # Errors
/// A file that is missing or damaged anywhere else.
pub fn read(path: &Path) -> Result<Vec<Sample>> {
    let failed = || format!("failed to read {}", path.display());
    parse(&files::read_text(path, sanity::LARGEST_FILE)?).with_context(failed)
}

/// The rows of the text of `samples.csv`. A last row that a crash cut off is left out.
///
/// # Errors
/// Text that is damaged anywhere else.
pub fn parse(text: &str) -> Result<Vec<Sample>> {
    let mut reader = csv::Reader::from_reader(whole_rows(text).as_bytes());
    let header = reader.headers()?.clone();
    let mut samples = Vec::new();
    for (row, record) in reader.records().enumerate() {
        if row == sanity::MOST_SAMPLES {
            bail!("it has more than {} rows", sanity::MOST_SAMPLES);
        }
        let record = record?;
        let failed = |why| anyhow!("row {}: {why}", row + 1);
        plain_numbers(&header, &record).map_err(failed)?;
        let mut sample: Sample = record.deserialize(Some(&header))?;
        sample.check().map_err(failed)?;
        sample.make_visible();
        samples.push(sample);
    }
    Ok(samples)
}

/// The columns that are no numbers.
const WORDS: [&str; 5] = ["workload", "contender", "control", "exit", "wrong"];

/// Whether the numbers of a row are written as we write them: the library takes `0x10` and `+5`, too.
fn plain_numbers(header: &StringRecord, row: &StringRecord) -> Result<(), String> {
    let is_plain = |field: &str| field.bytes().all(|byte| byte.is_ascii_digit() || b".e-".contains(&byte));
    match header.iter().zip(row).find(|(column, field)| !WORDS.contains(column) && !is_plain(field)) {
        Some((column, field)) => Err(format!("{column} is {}, which is no plain number", visible(field))),
        None => Ok(()),
    }
}

/// The rows that were written to their ends. A line break between quotes is none.
fn whole_rows(text: &str) -> &str {
    let (mut quoted, mut end) = (false, 0);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => end = at + 1,
            _ => {}
        }
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Sample {
        Sample {
            round: 3,
            workload: "flags-delay".into(),
            contender: "curl, \"parallel\"".into(),
            wall_us: 12_345,
            peak_kib: Some(7),
            wrong: Some("two\nlines, and a comma".into()),
            load: 0.25,
            exit: "SIGKILL".into(),
            ..Sample::default()
        }
    }

    #[test]
    fn samples_come_back_as_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples.csv");
        let mut file = SampleFile::create(&path).unwrap();
        let samples = [sample(), Sample { control: true, pressure: Some(1.5), wrong: None, ..sample() }];
        samples.iter().for_each(|sample| file.append(sample).unwrap());
        let lines = |sample: &Sample| Sample { wrong: sample.wrong.as_deref().map(visible), ..sample.clone() };
        assert_eq!(read(&path).unwrap(), samples.map(|sample| lines(&sample)));
    }

    #[test]
    fn values_that_cannot_be_measured_are_refused_by_name() {
        let mut bytes = Vec::new();
        SampleFile::new(&mut bytes, Path::new("x")).append(&sample()).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(parse(&text).unwrap().len(), 1);
        for (from, to, why) in [
            ("12345", "18446744073709551615", "row 1: wall_us is 1.8"),
            ("0.25", "NaN", "row 1: load is NaN"),
            ("12345,,", "12345,inf,", "row 1: inside_us is inf"),
            ("12345", "0x3039", "row 1: wall_us is 0x3039, which is no plain number"),
            ("12345", "+12345", "row 1: wall_us is +12345, which is no plain number"),
            ("12345", "\u{1b}1", r"row 1: wall_us is \u{1b}1, which"),
            ("3,0,0", "1001,0,0", "row 1: it is of round 1001"),
        ] {
            let error = parse(&text.replace(from, to)).unwrap_err().to_string();
            assert!(error.starts_with(why), "{error}");
        }
        let right = text.replace("12345", "0").replace("\"two\nlines, and a comma\"", "");
        assert_eq!(parse(&right).unwrap_err().to_string(), "row 1: a right answer that took no time");
    }

    #[test]
    fn every_text_of_a_sample_is_visible() {
        let mut bytes = Vec::new();
        let stranger = Sample { contender: "a\x1b[2J".into(), exit: "\u{202e}".into(), ..sample() };
        SampleFile::new(&mut bytes, Path::new("x")).append(&stranger).unwrap();
        let read = parse(&String::from_utf8(bytes).unwrap()).unwrap().remove(0);
        assert_eq!((read.contender.as_str(), read.exit.as_str()), (r"a\u{1b}[2J", r"\u{202e}"));
        assert_eq!(read.wrong.unwrap(), r"two\nlines, and a comma");
    }

    #[test]
    fn each_row_is_on_disk_before_the_next_run_begins() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples.csv");
        let mut file = SampleFile::create(&path).unwrap();
        for rows in 1..4 {
            file.append(&sample()).unwrap();
            assert_eq!(read(&path).unwrap().len(), rows);
        }
    }

    #[test]
    fn a_row_that_a_crash_cut_off_costs_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples.csv");
        let mut file = SampleFile::create(&path).unwrap();
        let sample = sample();
        file.append(&sample).unwrap();
        let whole = read(&path).unwrap();
        let row = std::fs::metadata(&path).unwrap().len() as usize;
        file.append(&sample).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        // Wherever it was cut, behind the line break in what is wrong with it, too.
        for end in row..bytes.len() {
            std::fs::write(&path, &bytes[..end]).unwrap();
            assert_eq!(read(&path).unwrap(), whole, "cut at {end}");
        }
    }

    #[test]
    fn a_full_disk_is_an_error_that_names_the_file() {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut file = SampleFile::new(full, Path::new("results/x/samples.csv"));
        let error = format!("{:#}", file.append(&sample()).unwrap_err());
        assert!(error.contains("results/x/samples.csv") && error.contains("No space left"), "{error}");
    }
}
