//! The contenders, which are data: programs in any language, described in `bench.toml`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use serde::{Deserialize, Serialize};

use crate::base::files;
use crate::base::sanity;
use crate::base::untrusted::visible;
use crate::plan::python;
use crate::plan::strategies::{self, Strategy};
use crate::plan::workload::{CHAPTER, Workload};

/// The contenders that come with `bench`: our strategies and their peers. Its head documents the format.
pub const DEFAULT: &str = include_str!("../../bench.toml");

/// Stands for the name of each strategy, in a contender's name and command.
const STRATEGY: &str = "{strategy}";

/// One program that can do a workload.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contender {
    /// What the table calls it. The same name may stand again for another workload.
    pub name: String,
    /// The workloads that this command does, by name or by kind.
    pub workloads: Vec<String>,
    /// Program and arguments, with placeholders.
    pub command: Vec<String>,
    /// The arguments that follow, unless it does one task at a time.
    #[serde(default)]
    pub concurrent: Vec<String>,
    /// How its answer is checked.
    pub check: Check,
    /// What it says about itself.
    #[serde(default)]
    pub report: Report,
    /// The most tasks that it ever does at once, if it has a limit of its own; it is never asked for more.
    pub concurrency: Option<usize>,
    /// The most tasks that it is measured with.
    pub most: Option<usize>,
    /// The exit status with which it says that some flags do not exist.
    pub exit_if_missing: Option<i32>,
    /// Whether it is only started and waited for, to see what the benchmark itself adds.
    #[serde(default)]
    pub bare: bool,
    /// Whether it keeps the environment of the benchmark: a function of one's own may ask for anything that is in it.
    #[serde(skip)]
    pub own_environment: bool,
    /// Whether it takes part only with `--peers`, and where it is installed.
    #[serde(default)]
    pub peer: bool,
    /// Whether a peer is one of the chapter's programs, which stand beside ours in a table of their own without `--peers`.
    #[serde(default)]
    pub chapter: bool,
    /// The Python module that it needs.
    pub module: Option<String>,
    /// The Python module in whose place it is: it takes part only where that is missing.
    pub unless_module: Option<String>,
    /// Why this command is a fair one for a peer.
    pub why: Option<String>,
    /// Whether it is only the least that a client can do, which takes part only with `--floors`.
    #[serde(default)]
    pub floor: bool,
    /// What installs it.
    pub install: Option<String>,
    /// The folder of the file that describes it: `{here}`.
    #[serde(skip)]
    pub here: PathBuf,
}

/// How an answer is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Check {
    /// The folder holds exactly the flags of the manifest, under our names.
    Files,
    /// The folder holds exactly the contents of the manifest, under any names.
    Contents,
    /// Standard output has the right answer for each of the numbers.
    Primes,
    /// The JSON report counts every task as ok.
    Counts,
    /// There is something on standard output.
    Prints,
    /// The report of `wrk` has requests and no errors.
    Load,
    /// The JSON report has for each task the answer that the first right run gave: of a function of one's own alone.
    #[serde(skip)]
    Answers,
}

/// What a contender prints about its own run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Report {
    /// Nothing that we read: all is measured from outside.
    #[default]
    None,
    /// The JSON report of our own programs.
    Json,
    /// The report of `wrk`; its time is that of a thousand requests.
    Wrk,
}

impl Contender {
    /// One that runs the function of a program of one's own, by this strategy.
    pub fn own(name: &str, command: Vec<String>) -> Self {
        Self {
            name: name.into(),
            workloads: vec!["own".into()],
            command,
            concurrent: Vec::new(),
            check: Check::Answers,
            report: Report::Json,
            concurrency: strategies::all().iter().find(|one| one.name == name).and_then(|one| one.at_most),
            most: None,
            exit_if_missing: None,
            bare: false,
            own_environment: true,
            peer: false,
            chapter: false,
            module: None,
            unless_module: None,
            why: None,
            floor: false,
            install: None,
            here: PathBuf::new(),
        }
    }

    /// One for each strategy if `{strategy}` stands in its name, else itself.
    fn for_each_strategy(mut self) -> Vec<Self> {
        if !self.name.contains(STRATEGY) {
            if self.concurrency != Some(1) {
                self.command.append(&mut self.concurrent);
            }
            return vec![self];
        }
        let of = |strategy: &Strategy| {
            let named = |text: &String| text.replace(STRATEGY, &strategy.name);
            let concurrency = self.concurrency.or(strategy.at_most);
            let more = if concurrency == Some(1) { [].iter() } else { self.concurrent.iter() };
            let command = self.command.iter().chain(more).map(named).collect();
            Self { name: named(&self.name), command, concurrency, ..self.clone() }
        };
        strategies::all().iter().map(of).collect()
    }

    /// Whether this command is described as one for `workload`.
    pub fn does(&self, workload: &Workload) -> bool {
        let is_of_chapter = self.chapter || strategies::place(&self.name).is_some();
        if workload.name == CHAPTER && !is_of_chapter {
            return false;
        }
        let names = [workload.name.as_str(), workload.work.name(), workload.work.kind()];
        self.workloads.iter().any(|name| names.contains(&name.as_str()))
    }

    /// Whether `workload` has more tasks than it is measured with.
    pub fn is_too_slow_for(&self, workload: &Workload) -> bool {
        self.most.is_some_and(|most| workload.work.count() > most)
    }

    /// Its program: one of ours, in `bin`, or any other.
    pub fn program(&self, bin: &Path) -> PathBuf {
        let inside = |folder: &str| self.command[0].strip_prefix(folder)?.strip_prefix('/');
        if self.command[0] == "{python}" {
            return python::interpreter(bin);
        }
        match (inside("{bin}"), inside("{here}")) {
            (Some(name), _) => bin.join(name),
            (_, Some(name)) => self.here.join(name),
            _ => self.command[0].clone().into(),
        }
    }

    /// What installs its program.
    pub fn installation(&self, bin: &Path) -> Option<String> {
        let path = |path: &Path| path.display().to_string();
        Some(self.install.as_ref()?.replace("{bin}", &path(bin)).replace("{here}", &path(&self.here)))
    }

    /// The workers that it has for `workload`.
    pub fn workers(&self, workload: &Workload) -> usize {
        workload.work.workers().min(self.concurrency.unwrap_or(usize::MAX))
    }
}

/// The contenders of [`DEFAULT`], whose folder is that of this crate in the source at `top`, and after them those of `file`.
///
/// # Errors
/// A file that cannot be read or is not of the form that `bench.toml` describes.
pub fn load(file: Option<&Path>, top: &Path) -> Result<Vec<Contender>> {
    let mut contenders = parse(DEFAULT, &top.join("crates/bench")).context("failed to read the built-in bench.toml")?;
    if let Some(file) = file {
        let text = files::read_text(file, sanity::LARGEST_RECORD)?;
        let file_absolute = std::path::absolute(file)?;
        let here = file_absolute.parent().unwrap_or(Path::new("/"));
        contenders.extend(parse(&text, here).with_context(|| format!("failed to read {}", file.display()))?);
    }
    Ok(contenders)
}

/// The contenders that `text` describes, a file in the folder `here`.
///
/// # Errors
/// Text that is not TOML, an unknown field, a contender without a time limit, a contender without a program, one that is checked by a report that it does not print.
pub fn parse(text: &str, here: &Path) -> Result<Vec<Contender>> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        contender: Vec<Contender>,
    }
    let File { contender } = toml::from_str(text)?;
    if let Some(bare) = contender.iter().find(|one| one.bare) {
        bail!(
            "the contender {:?} is bare: it would have no time limit, and is for the goals of bench itself",
            bare.name
        );
    }
    checked(contender, here)
}

/// The same contenders, of a file in the folder `here`.
///
/// # Errors
/// A contender without a program, or whose check has nothing to go by.
pub fn checked(contenders: Vec<Contender>, here: &Path) -> Result<Vec<Contender>> {
    let mut contenders: Vec<Contender> = contenders.into_iter().flat_map(Contender::for_each_strategy).collect();
    for contender in &mut contenders {
        contender.name = visible(&contender.name);
        contender.install = contender.install.as_deref().map(visible);
        sanity::name(&contender.name).map_err(|why| anyhow!("the contender {:?}: {why}", contender.name))?;
        if contender.command.is_empty() {
            bail!("the contender {:?} has an empty command", contender.name);
        }
        if contender.check == Check::Counts && contender.report != Report::Json {
            bail!(
                "the contender {:?} is checked by the counts of its report: it needs report = \"json\"",
                contender.name
            );
        }
        contender.here = here.to_path_buf();
    }
    Ok(contenders)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::workload::{Time, Work, every_code};

    #[test]
    fn the_built_in_contenders_are_the_strategies_of_the_list_and_the_peers() {
        let contenders = load(None, Path::new("/top")).unwrap();
        for workload in Workload::defaults() {
            let ours: Vec<_> = contenders
                .iter()
                .filter(|one| one.does(&workload) && !one.peer && !one.floor)
                .map(|one| &one.name)
                .collect();
            let listed: Vec<_> = strategies::all().iter().map(|strategy| &strategy.name).collect();
            assert_eq!(ours, listed, "{}", workload.name);
        }
        let peers: Vec<_> = contenders.iter().filter(|one| one.peer).map(|one| one.command[0].as_str()).collect();
        let (python, others): (Vec<_>, Vec<_>) = peers.into_iter().partition(|program| *program == "{python}");
        assert_eq!(others, ["curl", "curl", "aria2c", "wget2", "xargs", "parallel", "{bin}/peers/flags-go", "node"]);
        assert_eq!(python.len(), 11);
        let chapter = Workload::defaults().into_iter().find(|workload| workload.name == CHAPTER).unwrap();
        let peers = contenders.iter().filter(|one| one.does(&chapter) && one.peer).map(|one| one.name.as_str());
        let ways = ["sequential", "threads", "asyncio"].map(|way| format!("Fluent Python {way}"));
        assert_eq!(
            peers.collect::<Vec<_>>(),
            [&ways[..], &["urllib sequential", "urllib threads"].map(String::from)].concat()
        );
    }

    #[test]
    fn a_command_for_each_strategy_has_its_name_and_its_limit() {
        let text = "[[contender]]\nname = '{strategy}, x'\nworkloads = ['flags']\ncommand = ['{bin}/{strategy}']\n\
                    concurrent = ['-m', '{concurrency}']\ncheck = 'files'\n";
        let contenders = parse(text, Path::new(".")).unwrap();
        let of = |name: &str| contenders.iter().find(|one| one.name == name).unwrap();
        let one_by_one = of("sequential, x");
        assert_eq!((one_by_one.command.join(" ").as_str(), one_by_one.concurrency), ("{bin}/sequential", Some(1)));
        let threads = of("thread-pool, x");
        assert_eq!(
            (threads.command.join(" ").as_str(), threads.concurrency),
            ("{bin}/thread-pool -m {concurrency}", None)
        );
        assert_eq!(contenders.len(), strategies::all().len());
    }

    #[test]
    fn a_dear_contender_is_spared_what_would_take_minutes() {
        let text = "[[contender]]\nname = 'x'\nworkloads = ['flags']\ncommand = ['x']\ncheck = 'files'\nmost = 676\n";
        let contender = &parse(text, Path::new(".")).unwrap()[0];
        let flags = |count| Workload::new(Work::flags(count, &every_code(), 30, None, 20), Time::Wall);
        assert!(!contender.is_too_slow_for(&flags(194)) && contender.is_too_slow_for(&flags(1_940)));
    }

    #[test]
    fn every_peer_says_why_its_command_is_fair_and_how_to_install_it() {
        let peers = load(None, Path::new("/top")).unwrap().into_iter().filter(|one| one.peer);
        peers.for_each(|peer| assert!(peer.why.is_some() && peer.install.is_some(), "{}", peer.name));
    }

    #[test]
    fn an_installation_names_the_folders_that_are_there() {
        let text = "[[contender]]\nname = 'x'\nworkloads = ['flags']\ncommand = ['x']\ncheck = 'files'\n\
                    install = 'make -C {here} to={bin}/x'\n";
        let contender = &parse(text, Path::new("/here")).unwrap()[0];
        assert_eq!(contender.installation(Path::new("/bin")).as_deref(), Some("make -C /here to=/bin/x"));
    }

    #[test]
    fn the_five_lines_in_the_head_of_the_file_are_a_contender() {
        let example: String = DEFAULT
            .lines()
            .filter_map(|line| line.strip_prefix("#   "))
            .take(5)
            .map(|line| format!("{line}\n"))
            .collect();
        let contenders = parse(&example, Path::new("/somewhere")).unwrap();
        assert_eq!(contenders[0].name, "my-downloader");
        assert_eq!(contenders[0].check, Check::Contents);
    }

    #[test]
    fn a_misspelt_field_is_an_error_that_names_it() {
        let text = "[[contender]]\nname = 'x'\nworkloads = ['flags']\ncomand = ['x']\ncheck = 'files'\n";
        assert!(format!("{:#}", parse(text, Path::new(".")).unwrap_err()).contains("comand"));
    }

    #[test]
    fn a_contender_without_a_time_limit_is_refused() {
        let text = "[[contender]]\nname = 'x'\nworkloads = ['sqrt']\ncommand = ['x']\ncheck = 'prints'\nbare = true\n";
        assert!(parse(text, Path::new(".")).unwrap_err().to_string().contains("no time limit"));
    }

    #[test]
    fn counts_without_a_report_are_refused() {
        let text = "[[contender]]\nname = 'x'\nworkloads = ['sqrt']\ncommand = ['x']\ncheck = 'counts'\n";
        assert!(parse(text, Path::new(".")).unwrap_err().to_string().contains("report = \"json\""));
    }
}
