//! The placeholders of a contender's command: `{url_list}` becomes the path of a file with the URLs.

use std::ffi::{OsStr, OsString};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};

use crate::plan::contenders::Contender;
use crate::plan::loopback::loopback;
use crate::plan::python;
use crate::plan::workload::{Work, Workload};

/// What the placeholders stand for, in one workload.
#[derive(Clone, Debug)]
pub struct Values {
    bin: PathBuf,
    dest: PathBuf,
    lists: PathBuf,
    base_url: String,
    codes: Vec<String>,
    copies: usize,
    count: usize,
    workers: usize,
}

impl Values {
    /// The values for `workload`, with the input files that its contenders may ask for written into `lists`.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn new(workload: &Workload, base_url: &str, bin: &Path, dest: &Path, lists: &Path) -> Result<Self> {
        let (codes, copies) = match &workload.work {
            Work::Flags { codes, copies, .. } => (codes.clone(), *copies),
            _ => (Vec::new(), 0),
        };
        let values = Self {
            bin: bin.into(),
            dest: dest.into(),
            lists: lists.into(),
            base_url: base_url.into(),
            codes,
            copies,
            count: workload.work.count(),
            workers: workload.work.workers(),
        };
        values.write_lists().with_context(|| format!("failed to write input files to {}", lists.display()))?;
        Ok(values)
    }

    /// Has the files saved in another folder from now on.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save_in(&mut self, dest: &Path) -> Result<()> {
        self.dest = dest.into();
        self.write_lists().with_context(|| format!("failed to write input files to {}", self.lists.display()))
    }

    fn write_lists(&self) -> Result<()> {
        let [mut urls, mut config, mut lines, mut aria2] = [const { String::new() }; 4];
        for copy in 1..=self.copies {
            for code in &self.codes {
                let lower = code.to_ascii_lowercase();
                // Each copy is a request of its own, with a delay of its own.
                let query = if copy == 1 { String::new() } else { format!("?copy={copy}") };
                let url = format!("{}/{lower}/{lower}.gif{query}", self.base_url);
                let name = file_name(code, copy);
                let path = self.dest.join(&name);
                let path = path.display();
                writeln!(urls, "{url}")?;
                writeln!(config, "url = \"{url}\"\noutput = \"{path}\"")?;
                writeln!(lines, "-o {path} {url}")?;
                writeln!(aria2, "{url}\n  out={name}")?;
            }
        }
        fs::create_dir_all(&self.lists)?;
        for (name, text) in [("urls", urls), ("curl-config", config), ("curl-lines", lines), ("aria2-list", aria2)] {
            fs::write(self.lists.join(name), text)?;
        }
        Ok(())
    }

    /// The command of `contender`, ready to be run: the program, and its arguments.
    ///
    /// # Errors
    /// A placeholder that does not exist; a URL that is not on the loopback.
    pub fn command(&self, contender: &Contender) -> Result<Vec<OsString>> {
        let mut command: Vec<OsString> = Vec::new();
        for word in &contender.command {
            if word == "{codes}" {
                command.extend(self.codes.iter().map(OsString::from));
            } else {
                command.push(self.word(word, contender)?);
            }
        }
        for word in &command {
            urls(&word.to_string_lossy()).try_for_each(|url| loopback(url).map(drop))?;
        }
        Ok(command)
    }

    /// `word` with its placeholders filled in; two braces stand for one.
    fn word(&self, word: &str, contender: &Contender) -> Result<OsString> {
        let mut result = OsString::new();
        let mut rest = word;
        while let Some(at) = rest.find(['{', '}']) {
            result.push(&rest[..at]);
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                result.push(brace);
                rest = after;
                continue;
            }
            let (name, after) = Some(rest).filter(|_| brace == "{").and_then(|rest| rest.split_once('}')).ok_or_else(|| {
                let name = &contender.name;
                anyhow!("the command of {name:?} has a brace without its partner in {word:?}: {{{{ and }}}} stand for one")
            })?;
            result.push(self.value(name, contender).ok_or_else(|| {
                anyhow!(
                    "the command of {:?} has {{{name}}}, which is no placeholder: the head of bench.toml lists them, and {{{{ \
                     and }}}} stand for one brace",
                    contender.name
                )
            })?);
            rest = after;
        }
        result.push(rest);
        Ok(result)
    }

    fn value(&self, name: &str, contender: &Contender) -> Option<OsString> {
        let list = |name: &str| self.lists.join(name).into();
        Some(match name {
            "bin" => self.bin.clone().into(),
            "python" => python::interpreter(&self.bin).into(),
            "here" => contender.here.clone().into(),
            "dest" => self.dest.clone().into(),
            "base_url" => self.base_url.clone().into(),
            "codes" => self.codes.join(",").into(),
            "copies" => self.copies.to_string().into(),
            "count" => self.count.to_string().into(),
            "concurrency" | "workers" => {
                contender.concurrency.unwrap_or(usize::MAX).min(self.workers).to_string().into()
            }
            "url_list" => list("urls"),
            "curl_config" => list("curl-config"),
            "curl_lines" => list("curl-lines"),
            "aria2_list" => list("aria2-list"),
            _ => return None,
        })
    }
}

/// The name under which our programs save a copy of a flag.
pub fn file_name(code: &str, copy: usize) -> String {
    if copy == 1 { format!("{code}.gif") } else { format!("{code}-{copy}.gif") }
}

/// The web addresses in a word.
fn urls(word: &str) -> impl Iterator<Item = &str> {
    let lower = word.to_ascii_lowercase();
    let starts: Vec<usize> = ["http://", "https://"]
        .iter()
        .flat_map(|scheme| lower.match_indices(scheme).map(|(at, _)| at).collect::<Vec<_>>())
        .collect();
    starts.into_iter().filter_map(|at| word.get(at..)?.split([' ', ',', '"', '\'']).next())
}

/// Where `program` is: the path itself if it has a slash, otherwise the first of PATH that has it.
pub fn find(program: impl AsRef<OsStr>) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    let executable =
        |path: &Path| path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0);
    let program = Path::new(program.as_ref());
    // A name alone has a parent, which is empty.
    if program.parent().is_none_or(|parent| !parent.as_os_str().is_empty()) {
        return Some(program.into()).filter(|path: &PathBuf| executable(path));
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|path| executable(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::contenders::{DEFAULT, parse};
    use crate::plan::workload::every_code;

    fn values(folder: &Path) -> Values {
        let workload = Workload::new(Work::flags(388, &every_code(), 30, None, 20), crate::plan::workload::Time::Wall);
        Values::new(&workload, "http://127.0.0.1:1/flags", Path::new("/bin"), Path::new("/dest"), folder).unwrap()
    }

    fn contender(command: &str) -> Contender {
        let text = format!("[[contender]]\nname = 'x'\nworkloads = ['flags']\ncheck = 'files'\ncommand = {command}");
        parse(&text, Path::new("/here")).unwrap().remove(0)
    }

    #[test]
    fn placeholders_are_filled_in_within_words_and_codes_become_words_each() {
        let folder = tempfile::tempdir().unwrap();
        let command = values(folder.path())
            .command(&contender("['{here}/x', '--to={dest}/', '{codes}', '{copies}', '{concurrency}']"))
            .unwrap();
        assert_eq!(command[..3], ["/here/x", "--to=/dest/", "AD"]);
        assert_eq!(command[command.len() - 3..], ["ZW", "2", "30"]);
        assert_eq!(command.len(), 2 + 194 + 2);
    }

    #[test]
    fn no_contender_is_asked_for_more_at_once_than_it_can_do() {
        let folder = tempfile::tempdir().unwrap();
        for (most, asked) in [(8, "8"), (300, "30")] {
            let contender = Contender { concurrency: Some(most), ..contender("['{concurrency}', '{workers}']") };
            assert_eq!(values(folder.path()).command(&contender).unwrap(), [asked; 2]);
        }
    }

    #[test]
    fn every_built_in_command_can_be_filled_in() {
        let folder = tempfile::tempdir().unwrap();
        for contender in parse(DEFAULT, Path::new(".")).unwrap() {
            values(folder.path()).command(&contender).unwrap();
        }
    }

    #[test]
    fn the_input_files_have_an_entry_for_each_flag_and_copy() {
        let folder = tempfile::tempdir().unwrap();
        values(folder.path());
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(read("urls").lines().count(), 388);
        assert!(read("urls").contains("http://127.0.0.1:1/flags/br/br.gif?copy=2\n"));
        assert!(read("curl-lines").contains("-o /dest/BR-2.gif http://127.0.0.1:1/flags/br/br.gif?copy=2\n"));
        assert!(read("aria2-list").contains("br.gif\n  out=BR.gif\n"));
    }

    #[test]
    fn two_braces_stand_for_one() {
        let folder = tempfile::tempdir().unwrap();
        let command =
            values(folder.path()).command(&contender("['sh', '-c', 'f() {{ echo ${{1}} {dest}; }}; f']")).unwrap();
        assert_eq!(command[2], "f() { echo ${1} /dest; }; f");
    }

    #[test]
    fn paths_are_bytes() {
        use std::os::unix::ffi::OsStrExt;
        let folder = tempfile::tempdir().unwrap();
        let bin = Path::new(OsStr::from_bytes(b"/b\xff"));
        let workload = Workload::new(Work::Primes { workers: 2 }, crate::plan::workload::Time::Wall);
        let values = Values::new(&workload, "", bin, Path::new("/dest"), folder.path()).unwrap();
        assert_eq!(values.command(&contender("['{bin}/x']")).unwrap()[0].as_bytes(), b"/b\xff/x");
    }

    #[test]
    fn an_unknown_placeholder_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        for (command, complaint) in
            [("['x', '{destination}']", "{destination}"), ("['x', '{dest']", "brace"), ("['x', 'dest}']", "brace")]
        {
            let error = values(folder.path()).command(&contender(command)).unwrap_err().to_string();
            assert!(error.contains(complaint), "{error}");
        }
    }

    #[test]
    fn a_command_for_any_other_machine_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for word in ["https://www.fluentpython.com/data/flags", "--url=HTTP://10.0.0.1/"] {
            let error = values(folder.path()).command(&contender(&format!("['x', '{word}']"))).unwrap_err().to_string();
            assert!(error.contains("loopback"), "{error}");
        }
    }

    #[test]
    fn programs_are_found_in_path_or_where_the_path_says() {
        assert!(find("sh").is_some_and(|path| path.is_absolute()));
        assert_eq!(find("no-such-program"), None);
        let file = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(find(file.path()), None, "it is no program");
    }
}
