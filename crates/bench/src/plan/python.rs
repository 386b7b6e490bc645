//! The Python that the peers of that language run in: that of the venv beside our programs, if there is one, else that of PATH.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

/// The interpreter for the programs in `bin`; `python3` if there is none.
pub fn interpreter(bin: &Path) -> PathBuf {
    let own = bin.join("peers/venv/bin/python");
    if own.is_file() { own } else { FROM_PATH.clone() }
}

/// Whether that interpreter is there, and has the module of this name.
pub fn has(bin: &Path, module: &str) -> bool {
    let look = "import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)";
    // No contender has a home: what is installed for one user only is not there for it.
    run(Command::new(interpreter(bin)).args(["-c", look, module]).env("HOME", "/nonexistent")).is_some()
}

/// What `python3` says that it is: what stands in PATH may be a script that looks for it each time.
static FROM_PATH: LazyLock<PathBuf> = LazyLock::new(|| {
    let itself = run(Command::new("python3").args(["-c", "import sys; print(sys.executable)"]));
    let path = itself.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    path.filter(|path| path.is_file()).unwrap_or_else(|| "python3".into())
});

/// What it prints, if it ends well.
fn run(command: &mut Command) -> Option<Output> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output.status.success().then_some(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_venv_beside_the_programs_comes_before_the_python_of_path() {
        let bin = tempfile::tempdir().unwrap();
        assert!(!interpreter(bin.path()).starts_with(bin.path()));
        let own = bin.path().join("peers/venv/bin/python");
        std::fs::create_dir_all(own.parent().unwrap()).unwrap();
        std::fs::write(&own, "#!/bin/sh\n").unwrap();
        assert_eq!(interpreter(bin.path()), own);
    }

    #[test]
    fn a_module_is_there_only_where_it_is_found() {
        let bin = Path::new("/none");
        let runs = run(Command::new("python3").args(["-c", ""])).is_some();
        assert_eq!(has(bin, "json"), runs, "the standard library has it");
        assert!(!has(bin, "no_such_module"));
    }
}
