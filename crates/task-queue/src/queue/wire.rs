//! What goes over the queue's server: `"SbSq" | version: u8 | head | row`. The head is one of the structures here, encoded by postcard; the
//! row is that of a process pool's requests and replies.
//!
//! Whoever may publish can send anything: length, mark and version are checked before a byte is decoded, and only registered tasks run.

use bytes::Bytes;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Both sides must speak the same version of this. It is part of a worker's kind, too, so that they rarely meet.
pub const VERSION: u8 = 1;

const MARK: &[u8; 4] = b"SbSq";

/// Larger messages are not looked into: a server carries 64 MiB at most.
const LARGEST: usize = 64 << 20;

/// A worker's process.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Who {
    /// The host's name.
    pub host: String,
    /// The process there.
    pub pid: u32,
}

/// A task, whose row follows.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskHead {
    /// The kind of worker that it is for.
    pub kind: u64,
    /// Whose it is.
    pub run: String,
    /// Which process of the run's has submitted it: a run that goes on later has another.
    pub caller: u64,
    /// Which of the run's.
    pub number: u64,
    /// The name of the task.
    pub name: u64,
}

/// That a worker begins a task.
#[derive(Debug, Serialize, Deserialize)]
pub struct Started {
    /// Which of the run's.
    pub number: u64,
}

/// The end of a task, whose row of results follows.
#[derive(Debug, Serialize, Deserialize)]
pub struct ResultHead {
    /// Which of the run's.
    pub number: u64,
    /// Who ran it.
    pub worker: Who,
    /// What kept it from being run, and why: then there is no row.
    pub failure: Option<(String, String)>,
}

/// What is not to be run any more.
#[derive(Debug, Serialize, Deserialize)]
pub struct Cancelled {
    /// Who submitted it.
    pub caller: u64,
    /// Which of the run's; `None`, if it is over, and even what runs is to end.
    pub number: Option<u64>,
}

/// That a worker is there.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Hello {
    /// Who.
    pub worker: Who,
    /// What it can run: see [`kind`](super::kind).
    pub kind: u64,
    /// How many tasks at a time.
    pub slots: usize,
    /// It takes no more.
    pub leaves: bool,
}

/// A message with this head and this row.
pub fn seal(head: &impl Serialize, row: &[u8]) -> Bytes {
    let mut message = [&MARK[..], &[VERSION]].concat();
    message = postcard::to_extend(head, message).expect("names and numbers can be encoded");
    message.extend_from_slice(row);
    message.into()
}

/// The head and the row of a message.
///
/// # Errors
/// It is none of ours, or of another version.
pub fn open<H: DeserializeOwned>(message: &[u8]) -> Result<(H, &[u8]), String> {
    if message.len() > LARGEST {
        return Err(format!("a message of {} bytes is too long", message.len()));
    }
    let rest = message.strip_prefix(MARK).ok_or("it is no message of a task queue")?;
    let (version, rest) = rest.split_first().ok_or("it ends before its version")?;
    if *version != VERSION {
        return Err(format!("it is of version {version} of the protocol, and this program speaks {VERSION}"));
    }
    postcard::take_from_bytes(rest).map_err(|error| format!("its head cannot be decoded: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> TaskHead {
        TaskHead { kind: u64::MAX, run: "r".to_owned(), caller: 1, number: 300, name: 7 }
    }

    #[test]
    fn a_message_is_opened_as_it_was_sealed() {
        let message = seal(&head(), b"row");
        assert_eq!(open::<TaskHead>(&message), Ok((head(), &b"row"[..])));
    }

    #[test]
    fn what_is_cut_or_of_another_version_or_no_message_is_refused() {
        let message = seal(&head(), b"");
        for end in 0..message.len() {
            open::<TaskHead>(&message[..end]).unwrap_err();
        }
        let mut other = message.to_vec();
        other[4] += 1;
        assert!(open::<TaskHead>(&other).unwrap_err().contains("of version 2"));
        assert!(open::<TaskHead>(b"GIF89a").unwrap_err().contains("no message"));
        // The length of a name is announced, and what it announces is not there.
        let huge = [MARK, &[VERSION][..], &[1], &[0xff; 9], &[1]].concat();
        open::<TaskHead>(&huge).unwrap_err();
    }
}
