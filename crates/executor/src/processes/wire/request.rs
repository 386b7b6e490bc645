//! What the pool sends to a worker: `name: u64 | length of the body: u64 | body`, filled up to a fixed size if it is shorter, so that
//! the worker gets a small one with a single read. The body is a row of items; a chunk of tasks is one request with an item for each.

use std::cell::Cell;
use std::io::{self, ErrorKind, Read};
use std::slice;

use serde::Serialize;

use crate::processes::RemoteTask;
use crate::processes::task::digest;
use crate::processes::wire::items::{SET_ASIDE, TOO_LONG, number, put};
use crate::{Error, guard};

/// The size of a small request, and of the first part of any.
pub const SMALL_REQUEST: usize = 64;

const REQUEST_HEADER: usize = 16;

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
                Ok(Err(reason)) => Error::Failed { doing: "encode the task".to_owned(), reason },
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

    /// Its name, and its body.
    pub(crate) fn parts(&self) -> (u64, &[u8]) {
        let bytes = self.bytes();
        let (name, len) = request_header(bytes.first_chunk().expect("no request is shorter"));
        (name, &bytes[REQUEST_HEADER..REQUEST_HEADER + len])
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::processes::wire::items::next_item;

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
}
