//! Computes, and waits for nothing. What it teaches: threads and processes gain what there are processors, and an event loop, which has one
//! thread, gains nothing. `tokio::task::spawn_blocking` would give it the threads back.
//!
//! `cargo run --release -p side-by-side --example hashes`

use std::process::ExitCode;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use side_by_side::{AsyncWork, Work};

/// How often each is hashed.
const ROUNDS: usize = 150_000;

#[derive(Clone, Serialize, Deserialize)]
struct Chain(u64);

impl Work for Chain {
    type Output = [u8; 32];

    fn run(self) -> [u8; 32] {
        let first = Sha256::digest(self.0.to_le_bytes()).into();
        (1..ROUNDS).fold(first, |digest: [u8; 32], _| Sha256::digest(digest).into())
    }
}

impl AsyncWork for Chain {
    async fn run(self) -> [u8; 32] {
        Work::run(self)
    }
}

fn main() -> ExitCode {
    side_by_side::compare_with_async(|| (0..40).map(Chain))
}
