//! Looks at the machine and the build.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use procfs::{CpuInfo, Current, Meminfo};

use crate::record::environment::Environment;

/// The machine, and the build of the programs in `bin` from `source`. What the system does not tell is `unknown`, never an error.
pub fn look(bin: &Path, source: &Path) -> Environment {
    let unknown = || "unknown".to_string();
    let is_beside = std::env::current_exe().is_ok_and(|program| program.parent() == Some(bin));
    let os_release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let distribution = os_release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    Environment {
        started: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        host: nix::unistd::gethostname().map_or_else(|_| unknown(), |name| name.to_string_lossy().into()),
        cpu: CpuInfo::current().ok().and_then(|info| Some(info.model_name(0)?.to_owned())).unwrap_or_else(unknown),
        cores: crate::plan::workload::cores(),
        memory_mib: Meminfo::current().map_or(0, |memory| memory.mem_total >> 20),
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

// `procfs` has these two as 32-bit numbers, which are other numbers when they are written down.

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
        let environment = look(here.parent().unwrap(), Path::new("/"));
        let ours = if cfg!(debug_assertions) { "debug" } else { "release" };
        assert_eq!(environment.profile, ours, "whatever the folder is called");
        assert_eq!(look(Path::new("/x/target/release"), Path::new("/")).profile, "unknown");
        assert_eq!(environment.commit, "unknown", "the root is no repository");
        assert!(environment.cores >= 1 && environment.memory_mib > 0);
        assert!(environment.system.starts_with("Linux ") && environment.rustc.starts_with("rustc "));
    }
}
