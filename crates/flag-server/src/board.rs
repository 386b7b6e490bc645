//! What each flag meets at this moment: what `/live.json` tells, for the page that people watch.

use crate::Code;
use serde::Serialize;
use std::collections::BTreeMap;
use std::iter;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The counts of every code, there or not, since the server started or was last reset. They are kept whether somebody watches or not:
/// five additions a request are less than it would cost to find that out, and who looks later sees what was before.
pub struct Board(Vec<Tile>);

/// The counts of one code.
#[derive(Default)]
struct Tile {
    under_way: AtomicU64,
    good: AtomicU64,
    errors: AtomicU64,
    left: AtomicU64,
    status: AtomicU64,
}

/// The same at one moment.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Live {
    /// Requests that are being answered now.
    under_way: u64,
    /// Answers with the flag, or a part of it, or that the client has it already.
    good: u64,
    /// Other answers.
    errors: u64,
    /// Clients that left before the answer.
    left: u64,
    /// The status of the last answer; 0 before the first.
    status: u64,
}

/// A request that is being answered. One that is dropped without an answer was left by its client.
pub struct Asked<'a> {
    tile: &'a Tile,
    answered: bool,
}

impl Board {
    pub fn new() -> Board {
        Board(iter::repeat_with(Tile::default).take(Code::COUNT).collect())
    }

    /// Counts a request, which is under way until what this returns is dropped.
    pub fn ask(&self, code: Code) -> Asked<'_> {
        let tile = &self.0[code.index()];
        tile.under_way.fetch_add(1, Relaxed);
        Asked { tile, answered: false }
    }

    /// Forgets everything but what is under way.
    pub fn reset(&self) {
        for Tile { under_way: _, good, errors, left, status } in &self.0 {
            [good, errors, left, status].into_iter().for_each(|count| count.store(0, Relaxed));
        }
    }

    /// The codes that were asked for, with their counts.
    pub fn live(&self) -> BTreeMap<String, Live> {
        let tiles = iter::zip(Code::all(), &self.0).map(|(code, tile)| (code, tile.live()));
        tiles.filter(|(_, live)| *live != Live::default()).map(|(code, live)| (code.to_string(), live)).collect()
    }
}

impl Tile {
    fn live(&self) -> Live {
        let [under_way, good, errors, left, status] =
            [&self.under_way, &self.good, &self.errors, &self.left, &self.status].map(|count| count.load(Relaxed));
        Live { under_way, good, errors, left, status }
    }
}

impl Asked<'_> {
    /// Counts the answer.
    pub fn answered(mut self, status: u16) {
        let count = if matches!(status, 200 | 206 | 304) { &self.tile.good } else { &self.tile.errors };
        count.fetch_add(1, Relaxed);
        self.tile.status.store(status.into(), Relaxed);
        self.answered = true;
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.tile.under_way.fetch_sub(1, Relaxed);
        if !self.answered {
            self.tile.left.fetch_add(1, Relaxed);
        }
    }
}
