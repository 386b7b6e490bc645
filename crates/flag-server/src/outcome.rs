//! What a request meets: a pure function, so that every strategy meets the same.

use crate::{Code, Config};
use faults::Fault;
use std::time::Duration;

/// The copy number under which requests for `metadata.json` go, apart from all requests for the
/// flag itself (whose copies count from 1).
pub const METADATA: u32 = 0;

/// What the server does with one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The wait before the answer, whatever the answer is.
    pub delay: Duration,
    /// Whether the answer is `418 I'm a teapot`, be there such a flag or not. If it is not, the
    /// answer is 200 or 404.
    pub error: bool,
}

/// What a server of these settings does with one request: the `attempt`th (from 0) for this copy of
/// this code in its run.
///
/// `copy` is that of the request's query, `?copy=2`, and 1 without one: a client that wants a flag
/// several times numbers its requests, so that each has a delay of its own in whatever order they
/// arrive. The settings' seed is part of the hash; their delay and error rate only scale it, so that
/// the DELAY and the ERROR server of one seed have the same delays.
pub fn outcome(config: &Config, code: Code, copy: u32, attempt: u32) -> Outcome {
    let hash = |purpose| hash(config, code, copy, attempt, purpose);
    let delay = config.delay.map_or(Duration::ZERO, |(min, max)| {
        let width = (max - min).as_micros() as u64;
        min + Duration::from_micros(below(width + 1, hash(1)))
    });
    // 53 bits are what an `f64` in 0..1 can hold; a rate of 1 is above all of them, of 0 above none.
    let error = ((hash(2) >> 11) as f64) < config.error_rate * (1u64 << 53) as f64;
    Outcome { delay, error }
}

/// What the FAULT server's `/faults/random` does with one request: a fault, in the place of the error of an [`outcome`] of the same
/// settings, or a good answer.
pub fn random_fault(config: &Config, code: Code, copy: u32, attempt: u32) -> Option<&'static Fault> {
    let count = faults::all().count() as u64;
    let place = below(count, hash(config, code, copy, attempt, 3)) as usize;
    outcome(config, code, copy, attempt).error.then(|| faults::all().nth(place)).flatten()
}

/// A hash of all that a request is told from others by, another one for each purpose.
fn hash(config: &Config, code: Code, copy: u32, attempt: u32, purpose: u64) -> u64 {
    let words = [code.index() as u64, copy.into(), attempt.into(), purpose];
    words.into_iter().fold(mix(config.seed), |hash, word| mix(hash ^ word))
}

/// Maps a hash evenly to the numbers below `end`: the high half of their product, without a division.
fn below(end: u64, hash: u64) -> u64 {
    ((u128::from(hash) * u128::from(end)) >> 64) as u64
}

/// One step of SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators",
/// 2014): every bit of the input changes half of the output.
fn mix(x: u64) -> u64 {
    let mut z = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(config: &Config) -> Vec<Outcome> {
        Code::all().map(|code| outcome(config, code, 1, 0)).collect()
    }

    #[test]
    fn a_request_meets_the_same_again_and_another_seed_copy_or_attempt_something_else() {
        let config = Config::error();
        let br: Code = "BR".parse().unwrap();
        let first = outcome(&config, br, 1, 0);
        assert_eq!(first, outcome(&config, br, 1, 0));
        let others = [
            outcome(&config, br, 2, 0),
            outcome(&config, br, 1, 1),
            outcome(&config, br, METADATA, 0),
            outcome(&config, "CN".parse().unwrap(), 1, 0),
            outcome(&Config { seed: 21, ..config }, br, 1, 0),
        ];
        assert!(others.iter().all(|other| other.delay != first.delay), "{first:?} {others:?}");
    }

    #[test]
    fn delays_fill_their_range_and_never_leave_it() {
        let delays: Vec<_> = outcomes(&Config::delay()).iter().map(|o| o.delay).collect();
        let (min, max) = (delays.iter().min().unwrap(), delays.iter().max().unwrap());
        assert!((500..600).contains(&min.as_millis()), "{min:?}");
        assert!((4_900..=5_000).contains(&max.as_millis()), "{max:?}");
        let mean = delays.iter().sum::<Duration>() / Code::COUNT as u32;
        assert!((2_550..2_950).contains(&mean.as_millis()), "{mean:?}");

        let fixed = Some((Duration::from_secs(1), Duration::from_secs(1)));
        let fixed = outcomes(&Config { delay: fixed, ..Config::local() });
        assert!(fixed.iter().all(|o| o.delay == Duration::from_secs(1)));
    }

    #[test]
    fn about_a_quarter_of_676_requests_are_errors() {
        let errors = outcomes(&Config::error()).iter().filter(|o| o.error).count();
        assert!((135..=203).contains(&errors), "{errors} of 676"); // three standard deviations
    }

    #[test]
    fn an_error_rate_of_0_is_never_and_of_1_always() {
        assert!(outcomes(&Config::delay()).iter().all(|o| !o.error));
        assert!(outcomes(&Config { error_rate: 1.0, ..Config::local() }).iter().all(|o| o.error));
    }

    #[test]
    fn the_error_server_waits_exactly_as_the_delay_server_does() {
        let delays = |config| outcomes(&config).into_iter().map(|o| o.delay).collect::<Vec<_>>();
        assert_eq!(delays(Config::error()), delays(Config::delay()));
    }

    #[test]
    fn at_random_every_fault_comes_and_a_quarter_of_the_requests_meet_one() {
        let random = |attempt| Code::all().map(move |code| random_fault(&Config::fault(), code, 1, attempt));
        let met: Vec<_> = (0..10).flat_map(random).flatten().map(|fault| fault.name).collect();
        assert!((1_578..=1_802).contains(&met.len()), "{} of 6,760", met.len()); // three standard deviations
        assert!(faults::all().all(|fault| met.contains(&fault.name)));
    }

    #[test]
    fn the_hash_never_changes() {
        // Recorded results depend on it: what was measured with seed 20 must stay repeatable.
        let found = outcome(&Config::error(), "BR".parse().unwrap(), 1, 0);
        assert_eq!(found, Outcome { delay: Duration::from_micros(3_277_785), error: false });
    }
}
