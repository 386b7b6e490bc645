//! Replies of a worker: a byte that says where they are cut, then what came over the channel.

use executor::processes::wire::reply::{Kind, begin_reply, end_reply, next_result, put_result};
use executor::processes::wire::reply_reader::ReplyReader;

use crate::input::Input;

/// Whose replies they are: as bytes, four zeros.
const PROCESS: u32 = 0;

/// Replies are the same however they are cut; they are written as they were read; nothing is handed on after a malformed reply.
pub fn target(bytes: &[u8]) {
    let mut input = Input(bytes);
    let size = usize::from(input.byte()).max(1);
    let channel = input.0;
    let replies = receive([channel].into_iter());
    assert_eq!(receive(channel.chunks(size)), replies);

    let mut rest = channel;
    for (at, (kind, body)) in replies.iter().enumerate() {
        if *kind == Kind::Malformed {
            assert_eq!(at, replies.len() - 1);
            break;
        }
        let written = write(*kind, body);
        rest = rest.strip_prefix(&written[..]).expect("it is written as it was read");
        results_are_in_the_row(body);
    }
    what_was_put_into_a_row_is_in_it(channel, size);
}

fn receive<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Vec<(Kind, Vec<u8>)> {
    let (mut reader, mut replies) = (ReplyReader::new(PROCESS), Vec::new());
    pieces.for_each(|piece| reader.take(piece, |kind, body| replies.push((kind, body.to_vec()))));
    replies
}

fn write(kind: Kind, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    begin_reply(&mut out, kind, PROCESS);
    out.extend_from_slice(body);
    end_reply(&mut out);
    out
}

fn results_are_in_the_row(body: &[u8]) {
    let mut row = body;
    let mut values = 0;
    while let Some(result) = next_result(&mut row) {
        // A result has a byte that says if it is a value, four of length, and its bytes.
        values += 5 + result.map_or(0, <[u8]>::len);
    }
    assert!(values + row.len() <= body.len());
}

fn what_was_put_into_a_row_is_in_it(bytes: &[u8], size: usize) {
    let values: Vec<Vec<u8>> = bytes.chunks(size).map(<[u8]>::to_vec).collect();
    let mut out = Vec::new();
    values.iter().for_each(|value| put_result(&mut out, Ok(value)));
    let mut row = &out[..];
    for value in values {
        let result = next_result(&mut row).expect("as many as were put in").expect("a value");
        assert_eq!(postcard::from_bytes::<Vec<u8>>(result), Ok(value));
    }
    assert!(row.is_empty());
}
