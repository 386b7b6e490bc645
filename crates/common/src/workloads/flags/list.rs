//! The flags of a run.

use crate::{
    http::{Code, Flag},
    run::Cancel,
};

/// The flags of a run, in the order in which they are asked for: all codes, then all their second copies, and so on.
///
/// It is lazy, so that 100,000 of them take no memory; and it ends early when the run is cancelled, so that no strategy starts
/// new work after Ctrl-C and none has to look.
#[derive(Clone, Debug)]
pub struct Flags {
    codes: Vec<Code>,
    repeat: u32,
    next: usize,
    cancel: Cancel,
}

impl Flags {
    /// Each of `codes`, `repeat` times, until `cancel` is requested.
    pub fn new(codes: Vec<Code>, repeat: u32, cancel: Cancel) -> Self {
        Self { codes, repeat, next: 0, cancel }
    }

    /// How many flags there are in all, whatever was taken already.
    pub fn total(&self) -> usize {
        self.codes.len() * self.repeat as usize
    }
}

impl Iterator for Flags {
    type Item = Flag;

    fn next(&mut self) -> Option<Flag> {
        if self.next == self.total() || self.cancel.requested().is_some() {
            return None;
        }
        let (copy, code) = (self.next / self.codes.len(), self.next % self.codes.len());
        self.next += 1;
        Some(Flag { code: self.codes[code], copy: copy as u32 + 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(codes: &[&str], repeat: u32, cancel: &Cancel) -> Flags {
        Flags::new(codes.iter().map(|code| code.parse().unwrap()).collect(), repeat, cancel.clone())
    }

    #[test]
    fn copies_come_after_all_the_codes_and_have_names_of_their_own() {
        let names: Vec<_> = flags(&["BR", "CN"], 2, &Cancel::default()).map(Flag::file_name).collect();
        assert_eq!(names, ["BR.gif", "CN.gif", "BR-2.gif", "CN-2.gif"]);
    }

    #[test]
    fn a_cancelled_run_starts_nothing_more() {
        let cancel = Cancel::default();
        let mut flags = flags(&["BR", "CN"], 1, &cancel);
        assert!(flags.next().is_some());
        cancel.request(crate::run::Signal::Interrupt);
        assert_eq!(flags.next(), None);
    }
}
