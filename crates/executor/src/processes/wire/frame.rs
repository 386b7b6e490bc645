//! What goes over the channel between the pool and a worker.
//!
//! The pool sends *requests*: `name: u64 | length of the body: u64 | body`, filled up to a fixed size if they are
//! shorter, so that the worker gets a small one with a single read. A body is a row of items, each
//! `length: u32 | bytes`; a chunk of tasks is one request with an item for each.
//!
//! The worker answers with *replies*, in the order of the requests: `kind: u8 | process: u32 | length of the body: u64 | body`. Each says
//! whose it is, since what a task writes into the channel by mistake is not to be taken for one.
//! The body of [`Kind::Done`] is again a row of items, each with a byte before it that says if it is a value.

use std::cell::Cell;
use std::io::{self, ErrorKind, Read};
use std::slice;

use crate::Error;
use crate::guard::{self, Panic};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::processes::RemoteTask;
use crate::processes::task::digest;

/// Both sides must speak the same version of this.
pub(crate) const PROTOCOL: u32 = 1;

/// The size of a small request, and of the first part of any.
pub const SMALL_REQUEST: usize = 64;

const REQUEST_HEADER: usize = 16;
const REPLY_HEADER: usize = 13;

/// No request and no reply is that long: what says so is junk that somebody has written into the channel.
const TOO_LONG: usize = 1 << 40;

/// The most memory that is set aside for what is announced and has not come.
pub(crate) const SET_ASIDE: usize = 1 << 20;

/// The first thing a worker is told.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Handshake {
    pub protocol: u32,
    /// The release of this crate.
    pub release: String,
    /// The digest of the list of tasks, if the pool's program has such a list.
    pub tasks: Option<u64>,
    /// The process that the worker must not outlive.
    pub parent: u32,
    /// Which worker of its pool it is.
    pub index: usize,
    /// How many pools are around it.
    pub depth: u32,
    /// The initializer: its name's digest, and a row with one item.
    pub initializer: Option<(u64, Vec<u8>)>,
}

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

/// What befell a task in the worker, other than the worker's end.
#[derive(Debug, Serialize, Deserialize)]
pub enum Failure {
    /// It panicked.
    Panicked {
        /// With these words.
        message: String,
        /// And there.
        location: Option<String>,
    },
    /// It could not be run, or its result not be written down.
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

/// A request that is being written.
pub struct RequestBuilder(Vec<u8>);

/// A request. A small one needs no memory of its own: there may be 100,000 of them in a queue.
pub struct Request {
    small: [u8; SMALL_REQUEST],
    large: Vec<u8>,
}

/// The largest buffer that is kept for another request.
const LARGEST_SPARE: usize = 64 * 1024;

thread_local! {
    /// The buffer for the thread's next request.
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

impl RequestBuilder {
    /// A request to the task of this type.
    pub fn of<T: RemoteTask>() -> Self {
        Self::new(const { digest(0, T::NAME) })
    }

    pub(crate) fn new(name: u64) -> Self {
        // A thread that ends, and submits in a destructor, may have no spare buffer any more.
        let mut bytes = SPARE.try_with(Cell::take).unwrap_or_default();
        bytes.extend_from_slice(&name.to_le_bytes());
        bytes.extend_from_slice(&[0; REQUEST_HEADER - 8]);
        Self(bytes)
    }

    /// Adds an item.
    ///
    /// # Errors
    /// It cannot be encoded; the request is as it was.
    pub fn item<T: Serialize>(&mut self, value: &T) -> Result<(), Error> {
        self.items(slice::from_ref(value)).pop().map_or(Ok(()), |(_, error)| Err(error))
    }

    /// Adds items; returns which ones could not be encoded, and why.
    pub fn items<T: Serialize>(&mut self, values: &[T]) -> Vec<(usize, Error)> {
        let mut failed = Vec::new();
        let mut next = 0;
        while next < values.len() {
            let mut start = self.0.len();
            // The value's own `Serialize` may panic, too. It is caught once for many: that keeps the loop a tight one.
            let caught = guard::caught(|| {
                while let Some(value) = values.get(next) {
                    start = self.0.len();
                    next += 1;
                    put(&mut self.0, value)?;
                }
                Ok(())
            });
            let error = match caught {
                Ok(Ok(())) => break,
                Ok(Err(reason)) => failed_to("encode the task", reason),
                Err(panic) => panic.into(),
            };
            self.0.truncate(start);
            failed.push((next - 1, error));
        }
        failed
    }

    /// Ends the request.
    pub fn build(mut self) -> Request {
        let len = (self.0.len() - REQUEST_HEADER) as u64;
        self.0[8..REQUEST_HEADER].copy_from_slice(&len.to_le_bytes());
        let mut small = [0; SMALL_REQUEST];
        let large = match small.get_mut(..self.0.len()) {
            Some(start) => {
                start.copy_from_slice(&self.0);
                Vec::new()
            }
            // To copy a few pages costs less than to grow the next request to the same size, step by step.
            None if self.0.len() < LARGEST_SPARE => self.0.as_slice().to_vec(),
            None => return Request { small, large: self.0 },
        };
        self.0.clear();
        _ = SPARE.try_with(|spare| spare.set(self.0));
        Request { small, large }
    }
}

impl Request {
    /// What goes over the channel.
    pub fn bytes(&self) -> &[u8] {
        if self.large.is_empty() { &self.small } else { &self.large }
    }
}

/// The name on a request, and the length of its body, from its first part.
fn request_header(first: &[u8; SMALL_REQUEST]) -> (u64, usize) {
    let (name, rest) = first.split_at(8);
    (number(name), number(&rest[..8]) as usize)
}

/// That part of the body that is in the first part of a request.
fn inline_body(first: &[u8; SMALL_REQUEST], len: usize) -> &[u8] {
    &first[REQUEST_HEADER..SMALL_REQUEST.min(REQUEST_HEADER + len)]
}

/// Reads a request: its body into `body`, its name is returned; `None` at the end.
///
/// # Errors
/// The reader's. A length that no request has.
pub fn read_request(from: &mut impl Read, body: &mut Vec<u8>) -> io::Result<Option<u64>> {
    let mut first = [0; SMALL_REQUEST];
    match from.read_exact(&mut first) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let (name, len) = request_header(&first);
    if len >= TOO_LONG {
        return Err(io::Error::new(ErrorKind::InvalidData, format!("a request of {len} bytes is too long")));
    }
    body.clear();
    body.extend_from_slice(inline_body(&first, len));
    let rest = len - body.len();
    if rest > 0 {
        body.reserve_exact(rest.min(SET_ASIDE));
        if from.take(rest as u64).read_to_end(body)? < rest {
            return Ok(None);
        }
    }
    Ok(Some(name))
}

/// Cuts the first item off a row.
#[inline]
pub fn next_item<'a>(row: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (len, rest) = row.split_first_chunk()?;
    let (item, rest) = rest.split_at_checked(u32::from_le_bytes(*len) as usize)?;
    *row = rest;
    Some(item)
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

/// Cuts the first result off a row: the bytes of a value, or what befell the task.
#[inline]
pub fn next_result<'a>(row: &mut &'a [u8]) -> Option<Result<&'a [u8], Box<Error>>> {
    let (&kind, mut rest) = row.split_first()?;
    let item = next_item(&mut rest)?;
    *row = rest;
    Some(match kind {
        0 => Ok(item),
        _ => Err(befell(item)),
    })
}

#[cold]
fn befell(item: &[u8]) -> Box<Error> {
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

/// Appends `length: u32 | value`, or nothing: an item of 4 GiB is too long.
///
/// # Errors
/// Why it cannot be encoded.
pub(crate) fn put<T: Serialize>(out: &mut Vec<u8>, value: &T) -> Result<(), String> {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    let written = postcard::to_io(value, &mut *out).map(|_| ()).map_err(|error| why_not_written(value, error));
    let len = u32::try_from(out.len() - start - 4).map_err(|_| "it has 4 GiB or more".to_owned());
    match written.and(len) {
        Ok(len) => {
            out[start..start + 4].copy_from_slice(&len.to_le_bytes());
            Ok(())
        }
        Err(reason) => {
            out.truncate(start);
            Err(reason)
        }
    }
}

/// Reads a value.
///
/// # Errors
/// Why it cannot be decoded.
#[inline]
pub(crate) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    postcard::from_bytes(bytes).map_err(|error| why_not_read::<T>(bytes, error))
}

/// The words of the type's own error. The format's errors have no room for them, so it is tried once more through some that have.
#[cold]
fn why_not_written<T: Serialize>(value: &T, error: postcard::Error) -> String {
    let mut serializer = postcard::Serializer { output: postcard::ser_flavors::StdVec::new() };
    let mut erased = <dyn erased_serde::Serializer>::erase(&mut serializer);
    let tried = erased_serde::Serialize::erased_serialize(value, &mut erased);
    let own = tried.err().filter(|_| error == postcard::Error::SerdeSerCustom);
    own.map_or_else(|| error.to_string(), |own| own.to_string())
}

/// As [`why_not_written`].
#[cold]
fn why_not_read<T: DeserializeOwned>(bytes: &[u8], error: postcard::Error) -> String {
    let mut deserializer = postcard::Deserializer::from_bytes(bytes);
    let mut erased = <dyn erased_serde::Deserializer>::erase(&mut deserializer);
    let tried = T::deserialize(&mut erased as &mut dyn erased_serde::Deserializer);
    let own = tried.err().filter(|_| error == postcard::Error::SerdeDeCustom);
    own.map_or_else(|| error.to_string(), |own| own.to_string())
}

/// The number in up to eight bytes, the least significant first.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_request_has_the_fixed_size_and_a_long_one_its_own() {
        for len in [0, 1, 50, SMALL_REQUEST, 10_000] {
            let mut request = RequestBuilder::new(7);
            request.item(&vec![1_u8; len]).unwrap();
            let request = request.build();
            let request = request.bytes();
            assert!(request.len() >= SMALL_REQUEST);
            let first: &[u8; SMALL_REQUEST] = request[..SMALL_REQUEST].try_into().unwrap();
            let (name, body) = request_header(first);
            assert_eq!(name, 7);
            assert_eq!(request.len(), SMALL_REQUEST.max(REQUEST_HEADER + body));
            assert_eq!(inline_body(first, body).len(), body.min(SMALL_REQUEST - REQUEST_HEADER));
        }
    }

    #[test]
    fn a_request_is_read_as_it_was_written_and_junk_is_refused() {
        let mut body = Vec::new();
        for len in [0, 1, 50, SMALL_REQUEST, 2 * SET_ASIDE] {
            let mut request = RequestBuilder::new(7);
            request.item(&vec![1_u8; len]).unwrap();
            let request = request.build();
            assert_eq!(read_request(&mut request.bytes(), &mut body).unwrap(), Some(7));
            assert_eq!(postcard::from_bytes(next_item(&mut &body[..]).unwrap()), Ok(vec![1_u8; len]));
            assert_eq!(read_request(&mut &request.bytes()[..SMALL_REQUEST - 1], &mut body).unwrap(), None, "it is cut");
        }
        for len in [1_u64 << 39, 1 << 40, u64::MAX] {
            body = Vec::new();
            let junk = [&[0; 8], &len.to_le_bytes()[..], &[0; SMALL_REQUEST]].concat();
            assert_eq!(read_request(&mut &junk[..], &mut body).is_err(), len >= 1 << 40);
            assert!(body.capacity() <= 2 * SET_ASIDE);
        }
    }

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
