//! How many requests at a time the system's limit of open files is enough for.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// What a program has open beside its requests: its standard streams, its folder, what its runtime waits on.
const BESIDES: u64 = 16;

/// What a request may have open: its connection and its file; a worker in another process, the channel to it and its handle.
const PER_REQUEST: u64 = 3;

/// Raises the limit of this process, and of those that it starts, to the most that it is allowed. Gives that, and how many requests
/// at a time it is enough for.
pub fn raise() -> (u64, usize) {
    let (now, most) = getrlimit(Resource::RLIMIT_NOFILE).expect("a process may ask for its own limits");
    // Where it cannot be raised, the lower one holds.
    let limit = if setrlimit(Resource::RLIMIT_NOFILE, most, most).is_ok() { most } else { now };
    (limit, enough_for(limit))
}

fn enough_for(limit: u64) -> usize {
    usize::try_from(limit.saturating_sub(BESIDES) / PER_REQUEST).unwrap_or(usize::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_low_limit_is_enough_for_few_and_there_is_always_one() {
        assert_eq!([0, 16, 64, 4096].map(enough_for), [1, 1, 16, 1360]);
        assert!(enough_for(u64::MAX) > 1_000_000);
    }
}
