//! Who takes no part in the work that they are described for, and the lines that say so: one for each reason, however many they are.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;

use crate::base::numbers::thousands;
use crate::plan::Match;
use crate::plan::placeholders;
use crate::plan::python;

/// The names of those who are left out for the same reason, which stands in brackets behind them.
type Groups = Vec<(String, Vec<String>)>;

/// Takes out of `matches` those that have too many tasks for a contender, and the peers that are not installed. Returns what is to be said
/// about it.
pub fn leave_out<'a>(matches: impl IntoIterator<Item = &'a mut Match>, bin: &Path) -> Vec<String> {
    let modules = Modules { bin, found: RefCell::default() };
    let mut missing = Groups::new();
    let mut lines = Vec::new();
    for Match { workload, contenders } in matches {
        let mut slow = Groups::new();
        contenders.retain(|one| {
            let lacks = |module: &String| !modules.has(module);
            let is_missing = || {
                let is_lame = || one.module.as_ref().is_some_and(lacks);
                one.peer && (placeholders::find(one.program(bin)).is_none() || is_lame())
            };
            if one.unless_module.as_ref().is_some_and(|module| !lacks(module)) {
                return false;
            }
            if one.is_too_slow_for(workload) {
                let most = one.most.unwrap_or_default();
                add(&mut slow, format!("at most {}", thousands(most as u64)), &one.name);
            } else if is_missing() {
                add(&mut missing, one.installation(bin).unwrap_or_default(), &one.name);
            } else {
                return true;
            }
            false
        });
        if !slow.is_empty() {
            let tasks = thousands(workload.work.count() as u64);
            let name = &workload.name;
            lines
                .push(format!("Too slow for the {tasks} tasks of {name}, and so not measured there: {}.", list(&slow)));
        }
    }
    if !missing.is_empty() {
        lines.push(format!("Not installed, and so not measured: {}.", list(&missing)));
    }
    lines
}

/// The Python modules that were looked for, each once.
struct Modules<'a> {
    bin: &'a Path,
    found: RefCell<HashMap<String, bool>>,
}

impl Modules<'_> {
    fn has(&self, module: &str) -> bool {
        *self.found.borrow_mut().entry(module.into()).or_insert_with(|| python::has(self.bin, module))
    }
}

fn add(groups: &mut Groups, reason: String, name: &str) {
    match groups.iter_mut().find(|(other, _)| *other == reason) {
        Some((_, names)) if names.iter().any(|other| other == name) => {}
        Some((_, names)) => names.push(name.into()),
        None => groups.push((reason, vec![name.into()])),
    }
}

/// `curl, curl --parallel (apt-get install curl); go`.
fn list(groups: &Groups) -> String {
    let group = |(reason, names): &(String, Vec<String>)| {
        let reason = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
        names.join(", ") + &reason
    };
    groups.iter().map(group).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::contenders::parse;
    use crate::plan::workload::{Time, Work, Workload, every_code};

    /// Two workloads of 194 and of 1,940 flags, and who is described for both.
    fn matches(contenders: &str) -> Vec<Match> {
        let match_of = |(name, count): (&str, usize)| {
            let work = Work::flags(count, &every_code(), 30, None, 20);
            let workload = Workload { name: name.into(), ..Workload::new(work, Time::Wall) };
            Match { workload, contenders: parse(contenders, Path::new("/here")).unwrap() }
        };
        [("few", 194), ("many", 1_940)].map(match_of).into()
    }

    fn contender(name: &str, more: &str) -> String {
        format!("[[contender]]\nname = '{name}'\nworkloads = ['flags']\ncheck = 'files'\n{more}\n")
    }

    fn names(matches: &[Match]) -> Vec<Vec<&str>> {
        matches.iter().map(|one| one.contenders.iter().map(|one| one.name.as_str()).collect()).collect()
    }

    #[test]
    fn all_that_are_not_installed_are_said_in_one_line_with_what_installs_them() {
        let missing = |name, install| contender(name, &format!("command = ['{{bin}}/{name}']\npeer = true\n{install}"));
        let venv = "install = 'make {bin}/venv'";
        let text = [
            contender("here", "command = ['sh']\npeer = true"),
            missing("a", venv),
            missing("b", venv),
            missing("c", "install = 'get c'"),
            missing("d", ""),
        ];
        let mut matches = matches(&text.concat());
        let lines = leave_out(&mut matches, Path::new("/none"));
        assert_eq!(lines, ["Not installed, and so not measured: a, b (make /none/venv); c (get c); d."]);
        assert_eq!(names(&matches), [["here"], ["here"]]);
    }

    #[test]
    fn one_whose_python_module_is_missing_is_left_out_and_another_takes_its_place() {
        let python = |name: &str, more: &str| contender(name, &format!("command = ['sh']\npeer = true\n{more}"));
        for (module, right) in [("no_such_module", ["b"]), ("json", ["a"])] {
            if module == "json" && placeholders::find("python3").is_none() {
                continue;
            }
            let needs = format!("module = '{module}'\ninstall = 'get it'");
            let text = [python("a", needs.as_str()), python("b", &format!("unless_module = '{module}'"))].concat();
            let mut matches = matches(&text);
            let lines = leave_out(&mut matches, Path::new("/none"));
            assert_eq!(names(&matches), [right, right]);
            let said: &[&str] = if right == ["b"] { &["Not installed, and so not measured: a (get it)."] } else { &[] };
            assert_eq!(lines, said);
        }
    }

    #[test]
    fn all_that_are_too_slow_for_a_workload_are_said_in_one_line_with_what_they_are_measured_with() {
        let most = |name, most| contender(name, &format!("command = ['sh']\nmost = {most}"));
        let text = [most("a", 676), most("b", 10_000), most("c", 194), most("d", 676)];
        let mut matches = matches(&text.concat());
        let lines = leave_out(&mut matches, Path::new("/none"));
        let line =
            "Too slow for the 1,940 tasks of many, and so not measured there: a, d (at most 676); c (at most 194).";
        assert_eq!(lines, [line]);
        assert_eq!(names(&matches), [vec!["a", "b", "c", "d"], vec!["b"]]);
    }

    #[test]
    fn one_of_ones_own_that_is_missing_stays_and_is_an_error_later() {
        let mut matches = matches(&contender("mine", "command = ['{bin}/mine']"));
        assert!(leave_out(&mut matches, Path::new("/none")).is_empty());
        assert_eq!(names(&matches), [["mine"], ["mine"]]);
    }
}
