//! The machine and the build that a run was measured on.

use serde::{Deserialize, Serialize};

use crate::base::numbers::{date, moment, thousands};

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
    /// A machine of which nothing is known but that it has a core.
    pub fn unknown() -> Self {
        let [host, cpu, system, rustc, profile, commit] = [(); 6].map(|()| "unknown".to_owned());
        let (started, cores, memory_mib, governor, load, pressure) = (0, 1, 0, None, [0.0; 3], None);
        Self { started, host, cpu, cores, memory_mib, system, rustc, profile, commit, governor, load, pressure }
    }

    /// The name of the folder of a run that begins now: `2026-11-21-host`, and `suffix`.
    pub fn folder_name(&self, suffix: &str) -> String {
        format!("{}-{}{suffix}", date(self.started), self.host)
    }

    /// The environment as a list of names and values, for people.
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let load = self.load.map(|load| format!("{load:.2}")).join(" ");
        let pressure = self.pressure.map_or_else(|| "not told by this kernel".into(), |share| format!("{share} %"));
        let mut lines = vec![
            ("machine", format!("{}, {} cores, {} MiB", self.cpu, self.cores, thousands(self.memory_mib))),
            ("system", self.system.clone()),
            ("build", format!("{}, {}, commit {}", self.rustc, self.profile, self.commit)),
            ("before", format!("load {load}, waiting for a core {pressure}")),
            ("when", format!("{} on {}", moment(self.started), self.host)),
        ];
        if let Some(governor) = &self.governor {
            lines.insert(1, ("governor", governor.clone()));
        }
        lines
    }
}
