//! The work for the processor that a run may ask for with each flag: rounds of SHA-256, whose digest is a part of the answer.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The most rounds: some seconds of a processor, which a run that is cut off still waits for.
pub const MOST_ROUNDS: u32 = 50_000_000;

/// Where an event loop has such work done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum CpuOn {
    /// In the threads that the runtime has for what blocks.
    #[default]
    Pool,
    /// On the loop itself, which does nothing else meanwhile.
    Loop,
}

/// Rounds that are to be done over a flag.
#[derive(Debug)]
pub struct Rounds {
    body: Vec<u8>,
    count: u32,
}

/// Rounds that were done.
#[derive(Debug)]
pub struct Computed {
    /// The flag again, which is not saved yet.
    pub(super) body: Vec<u8>,
    /// What the last round gave.
    pub(super) digest: [u8; 32],
}

impl Rounds {
    /// So many over this flag: at least one.
    pub(super) fn new(body: Vec<u8>, count: u32) -> Self {
        Self { body, count }
    }

    /// Does them, in this thread.
    ///
    /// The first is over the flag, each other one over the digest before it: so a round takes as long whatever the flag's size is, and
    /// none can be left out.
    pub fn compute(self) -> Computed {
        let first = Sha256::digest(&self.body);
        let digest = (1..self.count).fold(first, |digest, _| Sha256::digest(digest));
        Computed { body: self.body, digest: digest.into() }
    }
}

/// A digest in hexadecimal.
pub(super) fn hexadecimal(digest: &[u8; 32]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(count: u32) -> String {
        hexadecimal(&Rounds::new(b"abc".into(), count).compute().digest)
    }

    #[test]
    fn one_round_is_sha_256_and_two_are_that_of_its_digest() {
        // FIPS 180-2, appendix B.1; and `printf abc | sha256sum | xxd -r -p | sha256sum`.
        assert_eq!(digest(1), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(digest(2), "4f8b42c22dd3729b519ba6f68d2da7cc5b2d606d05daed5ad5128cc03e6c6358");
    }
}
