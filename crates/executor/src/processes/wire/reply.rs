//! What a worker answers, in the order of the requests: `kind: u8 | process: u32 | length of the body: u64 | body`. Each says whose it is,
//! since what a task writes into the channel by mistake is not to be taken for one. The body of [`Kind::Done`] is a row of items, each with a
//! byte before it that says if it is a value.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::guard::Panic;
use crate::processes::wire::items::{TOO_LONG, next_item, number, put, read};

const REPLY_HEADER: usize = 13;

/// What a reply is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The worker is ready for tasks.
    Ready,
    /// The worker is not of the pool's making, and says why: `body` is text.
    Refused,
    /// The initializer failed: `body` is text.
    NotInitialized,
    /// A request's tasks were run: `body` is a row of results.
    Done,
    /// What the worker used up; its last word.
    Usage,
    /// None of these: a task has written into the channel.
    Malformed,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Ready, Self::Refused, Self::NotInitialized, Self::Done, Self::Usage];
}

/// Why a task has no result, other than the end of its worker.
#[derive(Debug, Serialize, Deserialize)]
pub enum Failure {
    /// It panicked.
    Panicked {
        /// With these words.
        message: String,
        /// And there.
        location: Option<String>,
    },
    /// It could not be run, or its result not be encoded.
    Failed {
        /// What could not be done.
        doing: String,
        /// Why not.
        reason: String,
    },
}

impl From<Panic> for Failure {
    fn from(Panic { message, location }: Panic) -> Self {
        Self::Panicked { message, location }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Panicked { message, location } => Self::Panicked { message, location },
            Failure::Failed { doing, reason } => Self::Failed { doing, reason },
        }
    }
}

/// Begins a reply of this process in `out`, whose body is then appended.
pub fn begin_reply(out: &mut Vec<u8>, kind: Kind, process: u32) {
    out.clear();
    out.push(kind as u8);
    out.extend_from_slice(&process.to_le_bytes());
    out.extend_from_slice(&[0; REPLY_HEADER - 5]);
}

/// Ends a reply.
pub fn end_reply(out: &mut [u8]) {
    let len = (out.len() - REPLY_HEADER) as u64;
    out[5..REPLY_HEADER].copy_from_slice(&len.to_le_bytes());
}

/// Appends a result to a row; a value that cannot be encoded becomes a failure.
pub fn put_result<T: Serialize>(out: &mut Vec<u8>, result: Result<T, Failure>) {
    let failure = match result {
        Ok(value) => {
            out.push(0);
            match put(out, &value) {
                Ok(()) => return,
                Err(reason) => {
                    out.pop();
                    Failure::Failed { doing: "encode the result".to_owned(), reason }
                }
            }
        }
        Err(failure) => failure,
    };
    out.push(1);
    put(out, &failure).expect("text can be encoded");
}

/// Cuts the first result off a row: the bytes of a value, or the task's error.
#[inline]
pub fn next_result<'a>(row: &mut &'a [u8]) -> Option<Result<&'a [u8], Box<Error>>> {
    let (&kind, mut rest) = row.split_first()?;
    let item = next_item(&mut rest)?;
    *row = rest;
    Some(match kind {
        0 => Ok(item),
        _ => Err(failure(item)),
    })
}

#[cold]
fn failure(item: &[u8]) -> Box<Error> {
    Box::new(match read::<Failure>(item) {
        Ok(failure) => failure.into(),
        Err(reason) => failed_to("decode the result", reason),
    })
}

/// Reads the first result of a row.
#[inline]
pub(crate) fn read_result<T: DeserializeOwned>(row: &mut &[u8]) -> Result<T, Box<Error>> {
    let missing = || Err(Box::new(failed_to("decode the result", "the worker's reply ends before it".to_owned())));
    let value = next_result(row).unwrap_or_else(missing)?;
    read(value).map_err(|reason| Box::new(failed_to("decode the result", reason)))
}

fn failed_to(doing: &str, reason: String) -> Error {
    Error::Failed { doing: doing.to_owned(), reason }
}

/// Cuts the first reply off the bytes that came from this process.
///
/// # Errors
/// It is not complete: how many bytes it will have, if that is known.
pub fn next_reply<'a>(bytes: &mut &'a [u8], process: u32) -> Result<(Kind, &'a [u8]), Option<usize>> {
    let (head, rest) = bytes.split_at_checked(REPLY_HEADER).ok_or(None)?;
    let len = number(&head[5..]) as usize;
    let is_a_reply = number(&head[1..5]) == u64::from(process) && len < TOO_LONG;
    let Some(kind) = Kind::ALL.get(usize::from(head[0])).filter(|_| is_a_reply) else {
        // What follows cannot be understood either.
        *bytes = &[];
        return Ok((Kind::Malformed, &[]));
    };
    let (body, rest) = rest.split_at_checked(len).ok_or(Some(REPLY_HEADER + len))?;
    *bytes = rest;
    Ok((*kind, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_cut_off_only_when_it_is_complete() {
        let mut out = Vec::new();
        begin_reply(&mut out, Kind::Done, 7);
        put_result(&mut out, Ok(5_u8));
        put_result::<u8>(&mut out, Err(Failure::Panicked { message: "no".to_owned(), location: None }));
        end_reply(&mut out);
        assert_eq!(next_reply(&mut &out[..3], 7), Err(None));
        assert_eq!(next_reply(&mut &out[..out.len() - 1], 7), Err(Some(out.len())));
        let mut bytes = &out[..];
        let (kind, mut row) = next_reply(&mut bytes, 7).unwrap();
        assert_eq!((kind, bytes.len()), (Kind::Done, 0));
        assert_eq!(next_result(&mut row), Some(Ok(&[5_u8][..])));
        assert!(matches!(next_result(&mut row), Some(Err(error)) if matches!(*error, Error::Panicked { .. })));
        assert_eq!(next_result(&mut row), None);
    }

    #[test]
    fn a_reply_of_no_known_kind_is_malformed_and_so_is_the_rest() {
        let mut bytes = &[9; 20][..];
        assert_eq!(next_reply(&mut bytes, 7), Ok((Kind::Malformed, &[][..])));
        assert!(bytes.is_empty());
    }

    #[test]
    fn a_value_that_cannot_be_encoded_becomes_a_failure() {
        struct Stubborn;
        impl Serialize for Stubborn {
            fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(serde::ser::Error::custom("I will not"))
            }
        }
        let mut out = Vec::new();
        put_result(&mut out, Ok(Stubborn));
        assert!(matches!(next_result(&mut &out[..]), Some(Err(error)) if matches!(*error, Error::Failed { .. })));
    }
}
