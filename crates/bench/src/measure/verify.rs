//! Verifies the answer of a run: a time without a checked answer is no result.

use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::{fs, io};

use sha2::{Digest, Sha256};

use crate::base::files::{self, digest, hexadecimal};
use crate::measure::server::Manifest;
use crate::plan::placeholders::file_name;
use crate::plan::primes::PRIMES;
use crate::record::program_report::ProgramReport;
use crate::record::wrong::Wrong;

/// How many files beside the right ones are looked at.
const MOST_STRAYS: usize = 1_000;

/// Bytes, and their SHA-256 in hexadecimal.
type SizeAndDigest = (u64, String);

/// The flags that a run has to save: name, size and digest.
#[derive(Debug, Default)]
pub struct Expected {
    by_name: BTreeMap<String, SizeAndDigest>,
}

impl Expected {
    /// What a server's manifest demands.
    pub fn new(manifest: &Manifest) -> Self {
        let rows = manifest.flags.iter().filter_map(|row| {
            let good = row.attempts.first().is_none_or(|attempt| attempt.status == 200);
            let name = file_name(&row.code, row.copy);
            good.then_some((name, (row.size?, row.sha256.clone()?)))
        });
        Self { by_name: rows.collect() }
    }

    /// How many files there have to be.
    pub fn len(&self) -> usize {
        self.by_name.len()
    }

    /// Whether no file at all has to be there.
    pub fn is_empty(&self) -> bool {
        self.by_name.is_empty()
    }

    /// Checks that `folder` has this: the same names, each with the same size and digest, and nothing else.
    ///
    /// # Errors
    /// The first file that is missing, cut, other than it should be, or too many.
    pub fn check_files(&self, folder: &Path) -> Result<(), Wrong> {
        let mut found: BTreeMap<OsString, _> = self.read(folder)?.into_iter().collect();
        for (name, (size, digest)) in &self.by_name {
            let Some((found_size, found_digest)) = found.remove(OsStr::new(name)) else {
                let others =
                    self.by_name.keys().filter(|other| *other > name && !found.contains_key(OsStr::new(other))).count();
                let others = if others > 0 { format!(", and {others} more") } else { String::new() };
                return Err(Wrong(format!("{name} is missing{others}")));
            };
            if found_size != *size {
                return Err(Wrong(format!("{name} has {found_size} bytes instead of {size}")));
            }
            if found_digest != *digest {
                return Err(Wrong(format!("{name} has other contents than the server's")));
            }
        }
        match found.keys().next() {
            Some(name) => Err(Wrong(format!("{} was not asked for", name.display()))),
            None => Ok(()),
        }
    }

    /// The files in `folder`, each with its size and digest. Only what may be right is read to its end: regular files, as large as
    /// the largest that was asked for; and no more of them than there may be for a complaint to name the right one.
    fn read(&self, folder: &Path) -> Result<Vec<(OsString, SizeAndDigest)>, Wrong> {
        let failed = |error: io::Error| Wrong(format!("its files cannot be read: {error}"));
        if !folder.symlink_metadata().map_err(failed)?.is_dir() {
            return Err(Wrong("it put something else in the place of its folder".into()));
        }
        let largest = self.by_name.values().map(|(size, _)| *size).max().unwrap_or(0);
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            if files.len() == self.len() + MOST_STRAYS {
                return Err(Wrong(format!(
                    "it saved more than {} files, where {} were asked for",
                    files.len(),
                    self.len()
                )));
            }
            let metadata = entry.metadata().map_err(failed)?;
            if !metadata.is_file() {
                return Err(Wrong(format!("{} is no regular file", name.display())));
            }
            let digest = if metadata.len() > largest {
                String::new()
            } else {
                digest(&files::read(&entry.path(), largest).map_err(failed)?)
            };
            files.push((name, (metadata.len(), digest)));
        }
        Ok(files)
    }

    /// Checks that `folder` has these contents, whatever the files are called.
    ///
    /// # Errors
    /// Contents that are there too seldom or too often.
    pub fn check_contents(&self, folder: &Path) -> Result<(), Wrong> {
        let found = self.read(folder)?;
        let mut balance: HashMap<&str, i64> = HashMap::new();
        self.by_name.values().for_each(|(_, digest)| *balance.entry(digest).or_default() += 1);
        found.iter().for_each(|(_, (_, digest))| *balance.entry(digest).or_default() -= 1);
        let missing: i64 = balance.values().filter(|&&count| count > 0).sum();
        let unknown = -balance.values().filter(|&&count| count < 0).sum::<i64>();
        match (missing, unknown) {
            (0, 0) => Ok(()),
            _ => Err(Wrong(format!(
                "of {} flags {missing} are missing, and {unknown} files are none of them",
                self.len()
            ))),
        }
    }
}

/// The digests that the rounds over each flag have to give. They are worked out here anew: nothing of the programs is asked for them.
#[derive(Debug, Default)]
pub struct Digests {
    by_task: HashMap<(String, usize), String>,
}

impl Digests {
    /// Those of so many rounds, the first over the flag of the manifest, each other one over the digest before it.
    pub fn new(manifest: &Manifest, rounds: u32) -> Self {
        let last = |first: &str| (1..rounds).fold(bytes(first), |digest, _| Sha256::digest(digest).to_vec());
        // Many rows have the same flag.
        let mut known: HashMap<&str, String> = HashMap::new();
        let mut by_task = HashMap::new();
        for row in &manifest.flags {
            if let Some(first) = row.sha256.as_deref() {
                let digest = known.entry(first).or_insert_with(|| hexadecimal(&last(first))).clone();
                by_task.insert((row.code.clone(), row.copy), digest);
            }
        }
        Self { by_task }
    }

    /// Checks that a report has each of them, and no other.
    ///
    /// # Errors
    /// The first that is missing or another one.
    pub fn check(&self, report: &ProgramReport) -> Result<(), Wrong> {
        let told = report.samples.iter().filter_map(|sample| {
            Some(((sample.task.clone(), usize::try_from(sample.copy).ok()?), sample.digest.as_ref()?))
        });
        let told: HashMap<(String, usize), &String> = told.collect();
        for (task, right) in &self.by_task {
            let name = file_name(&task.0, task.1);
            match told.get(task) {
                None => return Err(Wrong(format!("there is no digest for {name}"))),
                Some(digest) if *digest != right => return Err(Wrong(format!("the digest of {name} is another one"))),
                Some(_) => {}
            }
        }
        Ok(())
    }
}

/// The bytes of a number in hexadecimal.
fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or_default() as u8;
    hexadecimal.as_bytes().chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

/// Whether a report counts `asked` tasks, `ok` of them as ok and none as an error.
///
/// # Errors
/// Counts that are any other, or none.
pub fn check_counts(report: &ProgramReport, asked: usize, ok: usize) -> Result<(), Wrong> {
    let counts = &report.counts;
    if (counts.asked, counts.ok, counts.errors) != (asked as u64, ok as u64, 0) {
        return Err(Wrong(format!(
            "it reports {} asked, {} ok and {} errors instead of {asked} asked and {ok} ok",
            counts.asked, counts.ok, counts.errors
        )));
    }
    Ok(())
}

/// Whether the answers, number by number, are those of [`PRIMES`].
///
/// # Errors
/// The first number whose answer is wrong, missing, or given twice.
pub fn check_primes(answers: &[(u64, bool)]) -> Result<(), Wrong> {
    for (number, is_prime) in PRIMES {
        let mut given = answers.iter().filter(|answer| answer.0 == number);
        match (given.next(), given.next()) {
            (None, _) => return Err(Wrong(format!("there is no answer for {number}"))),
            (Some(_), Some(_)) => return Err(Wrong(format!("there are two answers for {number}"))),
            (Some((_, answer)), None) if *answer != is_prime => {
                let (is, called) = if is_prime { ("prime", "composite") } else { ("composite", "prime") };
                return Err(Wrong(format!("{number} is {is}, and it says {called}")));
            }
            _ => {}
        }
    }
    if answers.len() > PRIMES.len() {
        return Err(Wrong(format!("there are {} answers for {} numbers", answers.len(), PRIMES.len())));
    }
    Ok(())
}

/// What each task gave, by its name.
pub type Answers = BTreeMap<String, String>;

/// The answers of a report by `name` of `count` tasks, if each task has one, and it is that of `first`: a strategy, and what the tasks gave
/// there.
///
/// # Errors
/// The first task that failed, has no answer, or another one.
pub fn check_answers(
    name: &str,
    report: &ProgramReport,
    count: usize,
    first: Option<&(String, Answers)>,
) -> Result<Answers, Wrong> {
    let failed: Vec<_> =
        report.samples.iter().filter_map(|sample| Some((&sample.task, sample.cause.as_ref()?))).collect();
    if let [(task, cause), others @ ..] = failed.as_slice() {
        let others = if others.is_empty() { String::new() } else { format!(", and {} more failed", others.len()) };
        return Err(Wrong(format!("task {task} failed: {cause}{others}")));
    }
    check_counts(report, count, count)?;
    let mut answers = Answers::new();
    for sample in &report.samples {
        let answer = sample.answer.clone();
        let answer = answer.ok_or_else(|| Wrong(format!("the output of task {} cannot be compared", sample.task)))?;
        answers.insert(sample.task.clone(), answer);
    }
    if answers.len() != count {
        return Err(Wrong(format!("there are answers for {} of {count} tasks", answers.len())));
    }
    let Some((whose, theirs)) = first else { return Ok(answers) };
    match answers.iter().find(|(task, answer)| theirs.get(*task) != Some(answer)) {
        Some((task, answer)) => {
            let (there, others) = (theirs.get(task).map_or("nothing", String::as_str), answers.len() - 1);
            let alike = answers.iter().filter(|(task, answer)| theirs.get(*task) == Some(answer)).count();
            let more = if alike == others { String::new() } else { format!(", and {} more differ", others - alike) };
            let fickle = if whose == name { ": what answers otherwise each time cannot be checked" } else { "" };
            Err(Wrong(format!("task {task} gave {answer}, where {whose} first gave {there}{more}{fickle}")))
        }
        None => Ok(answers),
    }
}

/// The answers in the chapter's own form, a line a number: `3333333333333301  P  0.123s`. Other lines do not count.
pub fn prime_lines(output: &str) -> Vec<(u64, bool)> {
    let answer = |line: &str| {
        let mut words = line.split_whitespace();
        let number: u64 = words.next()?.parse().ok()?;
        // "20 checks in 9.65s" begins with a number too.
        (number == 2 || number > 1_000_000).then(|| (number, words.next() == Some("P")))
    };
    output.lines().filter_map(answer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::server::{Attempt, ManifestRow};

    fn expected() -> Expected {
        let row = |code: &str, copy, bytes: &[u8]| ManifestRow {
            code: code.into(),
            copy,
            size: Some(bytes.len() as u64),
            sha256: Some(digest(bytes)),
            attempts: vec![Attempt { delay_us: 0, status: 200 }],
        };
        let flags =
            vec![row("BR", 1, b"GIF89a brazil;"), row("BR", 2, b"GIF89a brazil;"), row("CN", 1, b"GIF89a china;")];
        Expected::new(&Manifest { flags })
    }

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        files.iter().for_each(|(name, contents)| fs::write(folder.path().join(name), contents).unwrap());
        folder
    }

    #[test]
    fn only_regular_files_of_the_right_size_are_read_and_not_endlessly_many() {
        let complaints = |place: &Path| [expected().check_files(place), expected().check_contents(place)];
        type Make = fn(&Path);
        let make: [(&str, Make); 6] = [
            ("pipe is no regular file", |path| {
                nix::unistd::mkfifo(&path.join("pipe"), nix::sys::stat::Mode::S_IRWXU).unwrap();
            }),
            ("zero is no regular file", |path| std::os::unix::fs::symlink("/dev/zero", path.join("zero")).unwrap()),
            ("loop is no regular file", |path| std::os::unix::fs::symlink("loop", path.join("loop")).unwrap()),
            ("folder is no regular file", |path| fs::create_dir(path.join("folder")).unwrap()),
            ("socket is no regular file", |path| {
                std::os::unix::net::UnixListener::bind(path.join("socket")).unwrap();
            }),
            ("it saved more than 1003 files, where 3 were asked for", |path| {
                (0..1_100).for_each(|number| fs::write(path.join(number.to_string()), "").unwrap());
            }),
        ];
        for (complaint, make) in make {
            let place = tempfile::tempdir().unwrap();
            make(place.path());
            assert_eq!(complaints(place.path()), [(); 2].map(|()| Err(Wrong(complaint.into()))));
        }
        let place = tempfile::tempdir().unwrap();
        fs::File::create(place.path().join("BR-2.gif")).unwrap().set_len(1 << 40).unwrap();
        let [files, contents] = complaints(place.path());
        assert_eq!(files.unwrap_err().0, "BR-2.gif has 1099511627776 bytes instead of 14");
        assert_eq!(contents.unwrap_err().0, "of 3 flags 3 are missing, and 1 files are none of them");
    }

    #[test]
    fn a_folder_that_was_replaced_is_wrong_and_odd_names_are_shown_as_escapes() {
        use std::os::unix::ffi::OsStrExt;
        let place = tempfile::tempdir().unwrap();
        let link = place.path().join("link");
        std::os::unix::fs::symlink("/etc", &link).unwrap();
        let wrong = expected().check_files(&link).unwrap_err();
        assert_eq!(wrong.0, "it put something else in the place of its folder");

        let right =
            folder(&[("BR.gif", "GIF89a brazil;"), ("BR-2.gif", "GIF89a brazil;"), ("CN.gif", "GIF89a china;")]);
        fs::write(right.path().join(OsStr::from_bytes(b"\x1b[2J\n|\xff")), "").unwrap();
        let wrong = expected().check_files(right.path()).unwrap_err();
        assert_eq!(wrong.shown(), "\\u{1b}[2J\\n|\u{fffd} was not asked for");
        assert!(Wrong("x".repeat(1 << 20)).shown().len() < 500);
    }

    #[test]
    fn the_right_files_are_right_and_anything_else_is_named() {
        let right = [("BR.gif", "GIF89a brazil;"), ("BR-2.gif", "GIF89a brazil;"), ("CN.gif", "GIF89a china;")];
        let check = |files: &[(&str, &str)]| expected().check_files(folder(files).path()).map_err(|wrong| wrong.0);
        assert_eq!(check(&right), Ok(()));
        assert_eq!(check(&right[..2]).unwrap_err(), "CN.gif is missing");
        assert_eq!(check(&right[1..2]).unwrap_err(), "BR.gif is missing, and 1 more");
        assert_eq!(
            check(&[right[0], right[1], ("CN.gif", "GIF89a ch")]).unwrap_err(),
            "CN.gif has 9 bytes instead of 13"
        );
        assert_eq!(
            check(&[right[0], right[1], ("CN.gif", "GIF89a chinb;")]).unwrap_err(),
            "CN.gif has other contents than the server's"
        );
        assert_eq!(check(&[right[0], right[1], right[2], ("X.tmp", "")]).unwrap_err(), "X.tmp was not asked for");
    }

    #[test]
    fn contents_may_have_any_names_but_must_be_there_as_often_as_asked() {
        let check = |files: &[(&str, &str)]| expected().check_contents(folder(files).path());
        assert_eq!(check(&[("a", "GIF89a brazil;"), ("b", "GIF89a china;"), ("c", "GIF89a brazil;")]), Ok(()));
        assert!(check(&[("a", "GIF89a brazil;"), ("b", "GIF89a china;")]).is_err());
        assert!(check(&[("a", "GIF89a brazil;"), ("b", "GIF89a china;"), ("c", "GIF89a china;")]).is_err());
    }

    #[test]
    fn a_folder_that_is_gone_is_a_wrong_answer() {
        assert!(expected().check_files(Path::new("/no/such/folder")).unwrap_err().0.contains("cannot be read"));
    }

    #[test]
    fn each_flag_needs_the_digest_of_its_rounds() {
        let row = |copy| ManifestRow {
            code: "BR".into(),
            copy,
            size: Some(3),
            sha256: Some(digest(b"abc")),
            attempts: vec![],
        };
        let digests = Digests::new(&Manifest { flags: vec![row(1), row(2)] }, 2);
        let check = |second: &str| {
            let right = "4f8b42c22dd3729b519ba6f68d2da7cc5b2d606d05daed5ad5128cc03e6c6358";
            let sample = |copy, digest: &str| {
                format!(r#"{{"task":"BR","copy":{copy},"outcome":"ok","start_us":0,"end_us":1{digest}}}"#)
            };
            let digest =
                |digest: &str| if digest.is_empty() { String::new() } else { format!(r#","digest":"{digest}""#) };
            let samples = [sample(1, &digest(right)), sample(2, &digest(second.replace("right", right).as_str()))];
            let text = format!(r#"{{"counts":{{"asked":2,"ok":2}},"elapsed_us":7,"samples":[{}]}}"#, samples.join(","));
            digests.check(&ProgramReport::parse(text.as_bytes()).unwrap()).map_err(|wrong| wrong.0)
        };
        assert_eq!(check("right"), Ok(()));
        assert_eq!(check("ab"), Err("the digest of BR-2.gif is another one".into()));
        assert_eq!(check(""), Err("there is no digest for BR-2.gif".into()));
    }

    #[test]
    fn each_number_needs_one_right_answer() {
        assert_eq!(check_primes(&PRIMES), Ok(()));
        assert!(check_primes(&PRIMES[1..]).unwrap_err().0.contains("no answer for 2"));
        let mut lie = PRIMES;
        lie[4].1 = true;
        assert_eq!(check_primes(&lie).unwrap_err().0, "3333333333333333 is composite, and it says prime");
        let twice = [PRIMES.as_slice(), &PRIMES[..1]].concat();
        assert!(check_primes(&twice).unwrap_err().0.contains("two answers for 2"));
    }

    #[test]
    fn the_chapters_own_lines_are_understood() {
        let output = "Checking 20 numbers with 12 processes:\n               2  P  0.000002s\n3333333333333333     0.000021s\n20 checks in 9.65s\n";
        assert_eq!(prime_lines(output), [(2, true), (3_333_333_333_333_333, false)]);
    }
}
