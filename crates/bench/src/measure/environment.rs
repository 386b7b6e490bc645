//! The machine and the build that a run was measured on.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// What stands above every table, because a time means nothing without it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// Seconds since 1970 began, in UTC, when the run started.
    pub started: u64,
    /// The machine's name.
    pub host: String,
    /// The processor, as it calls itself.
    pub cpu: String,
    /// The cores that the run could use.
    pub cores: usize,
    /// Memory, in MiB.
    pub memory_mib: u64,
    /// Kernel and distribution.
    pub system: String,
    /// The compiler of `bench`, which is that of the programs beside it.
    pub rustc: String,
    /// `release` or `debug`, as `bench` and the programs beside it were built; `unknown` for programs in another folder.
    pub profile: String,
    /// The commit of the source, with `+` if something was changed since.
    pub commit: String,
    /// How the processor chooses its frequency, where the system says so.
    pub governor: Option<String>,
    /// Processes that wanted to run over the last 1, 5 and 15 minutes, before the run.
    pub load: [f64; 3],
    /// The share of the last 10 s in which something waited for a core, in percent, before the run.
    pub pressure: Option<f64>,
}

impl Environment {
    /// Looks around. What the system does not tell is `unknown`, never an error.
    pub fn read(bin: &Path, source: &Path) -> Self {
        let unknown = || "unknown".to_string();
        let is_beside = std::env::current_exe().is_ok_and(|program| program.parent() == Some(bin));
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let os_release = fs::read_to_string("/etc/os-release").unwrap_or_default();
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let distribution = os_release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
        Self {
            started: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
            host: nix::unistd::gethostname().map_or_else(|_| unknown(), |name| name.to_string_lossy().into()),
            cpu: field(&cpuinfo, "model name").unwrap_or_else(unknown),
            cores: crate::plan::workload::cores(),
            memory_mib: field(&meminfo, "MemTotal")
                .and_then(|text| text.trim_end_matches(" kB").parse::<u64>().ok())
                .map_or(0, |kib| kib / 1024),
            system: format!("Linux {}, {}", kernel.trim(), distribution.unwrap_or("unknown").trim_matches('"')),
            rustc: env!("BENCH_RUSTC").into(),
            profile: if is_beside { env!("BENCH_PROFILE").into() } else { unknown() },
            commit: commit(source).unwrap_or_else(unknown),
            governor: fs::read_to_string("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
                .ok()
                .map(|text| text.trim().into()),
            load: load(),
            pressure: pressure(),
        }
    }

    /// The name of the folder of a run that begins now: `2026-11-21-host`, and `suffix`.
    pub fn folder_name(&self, suffix: &str) -> String {
        let (year, month, day) = crate::base::numbers::date(self.started);
        format!("{year}-{month:02}-{day:02}-{}{suffix}", self.host)
    }

    /// The environment as a list of names and values, for people.
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let load = self.load.map(|load| format!("{load:.2}")).join(" ");
        let pressure = self.pressure.map_or_else(|| "not told by this kernel".into(), |share| format!("{share} %"));
        let mut lines = vec![
            (
                "machine",
                format!("{}, {} cores, {} MiB", self.cpu, self.cores, crate::base::numbers::thousands(self.memory_mib)),
            ),
            ("system", self.system.clone()),
            ("build", format!("{}, {}, commit {}", self.rustc, self.profile, self.commit)),
            ("before", format!("load {load}, waiting for a core {pressure}")),
            ("when", format!("{} on {}", crate::base::numbers::moment(self.started), self.host)),
        ];
        if let Some(governor) = &self.governor {
            lines.insert(1, ("governor", governor.clone()));
        }
        lines
    }
}

/// The load averages over 1, 5 and 15 minutes.
pub fn load() -> [f64; 3] {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let mut numbers = text.split_whitespace().map(|word| word.parse().unwrap_or(0.0));
    [(); 3].map(|()| numbers.next().unwrap_or(0.0))
}

/// The share of the last 10 s in which some process waited for a core, in percent (pressure stall information).
pub fn pressure() -> Option<f64> {
    let text = fs::read_to_string("/proc/pressure/cpu").ok()?;
    let some = text.lines().find(|line| line.starts_with("some"))?;
    some.split_whitespace().find_map(|word| word.strip_prefix("avg10="))?.parse().ok()
}

fn field(text: &str, name: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim().to_string())
    })
}

fn commit(source: &Path) -> Option<String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(source).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_string())
    };
    let hash = git(&["rev-parse", "--short=10", "HEAD"])?;
    // Results and other files that git does not know yet change nothing in what was built.
    let changed = git(&["status", "--porcelain", "--untracked-files=no"])?;
    Some(if changed.is_empty() { hash } else { hash + "+" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_is_looked_at_and_not_guessed() {
        let here = std::env::current_exe().unwrap();
        let environment = Environment::read(here.parent().unwrap(), Path::new("/"));
        let ours = if cfg!(debug_assertions) { "debug" } else { "release" };
        assert_eq!(environment.profile, ours, "whatever the folder is called");
        assert_eq!(Environment::read(Path::new("/x/target/release"), Path::new("/")).profile, "unknown");
        assert_eq!(environment.commit, "unknown", "the root is no repository");
        assert!(environment.cores >= 1 && environment.memory_mib > 0);
        assert!(environment.system.starts_with("Linux ") && environment.rustc.starts_with("rustc "));
    }
}
