//! What streams, consumers and subjects are called.

/// The names of one queue. Its streams serve all runs; each run has a subject of its own in either, and each kind of worker a consumer.
#[derive(Clone, Debug)]
pub struct Names(String);

impl Names {
    /// Of the queue with this name.
    ///
    /// # Errors
    /// It is no name that a subject can be made of.
    pub fn new(queue: &str) -> Result<Self, String> {
        check(queue).map(|()| Self(queue.to_owned()))
    }

    /// The stream of tasks that wait.
    pub fn tasks_stream(&self) -> String {
        format!("{}-tasks", self.0)
    }

    /// The stream of results that wait for their caller.
    pub fn results_stream(&self) -> String {
        format!("{}-results", self.0)
    }

    /// All tasks.
    pub fn all_tasks(&self) -> String {
        format!("{}.tasks.>", self.0)
    }

    /// All results.
    pub fn all_results(&self) -> String {
        format!("{}.results.>", self.0)
    }

    /// The consumer that all workers of a kind share.
    pub fn consumer(kind: u64) -> String {
        format!("workers-{kind:016x}")
    }

    /// The tasks for workers of this kind.
    pub fn tasks_for(&self, kind: u64) -> String {
        format!("{}.tasks.{kind:016x}.*", self.0)
    }

    /// The tasks of a run.
    pub fn tasks_of(&self, kind: u64, run: &str) -> String {
        format!("{}.tasks.{kind:016x}.{run}", self.0)
    }

    /// The results of a run.
    pub fn results_of(&self, run: &str) -> String {
        format!("{}.results.{run}", self.0)
    }

    /// Where workers say which task of a run they begin. Not stored.
    pub fn started(&self, run: &str) -> String {
        format!("{}.started.{run}", self.0)
    }

    /// Where callers say what is not to be run any more. Not stored.
    pub fn cancelled(&self) -> String {
        format!("{}.cancelled", self.0)
    }

    /// Where workers say that they are there. Not stored.
    pub fn workers(&self) -> String {
        format!("{}.workers", self.0)
    }

    /// Where they are asked to say so. Not stored.
    pub fn who(&self) -> String {
        format!("{}.who", self.0)
    }

    /// Where callers are asked which runs live. Not stored.
    pub fn runs(&self) -> String {
        format!("{}.runs", self.0)
    }

    /// Where the server says that a task was handed out as often as it may be.
    pub fn given_up(&self, kind: u64) -> String {
        let (stream, consumer) = (self.tasks_stream(), Self::consumer(kind));
        format!("$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.{stream}.{consumer}")
    }
}

/// Whether a name can be part of a subject.
///
/// # Errors
/// It cannot.
pub fn check(name: &str) -> Result<(), String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !name.is_empty() && name.len() <= 64 && name.bytes().all(is_plain) {
        return Ok(());
    }
    Err(format!("{name:?} is no name for a queue or a run: take up to 64 letters, digits, '-' and '_'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_reach_another_subject() {
        for bad in ["", "a.b", "a b", "*", ">", "ä", &"x".repeat(65)] {
            check(bad).unwrap_err();
        }
        assert_eq!(Names::new("side-by-side").unwrap().tasks_of(7, "r1"), "side-by-side.tasks.0000000000000007.r1");
    }
}
