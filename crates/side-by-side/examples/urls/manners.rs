//! How much is asked of a server that is not our own: six connections at most, and ten requests a second, whoever asks. The askers may be
//! processes that know nothing of each other, and so they agree by locks on files.

use std::{
    env,
    fs::{File, OpenOptions},
    io::{Read, Seek, Write},
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// The most connections to a host.
const CONNECTIONS: usize = 6;
/// The least time between the starts of two requests to a host.
const BETWEEN: Duration = Duration::from_millis(100);
/// When to look again whether a connection is free.
const AGAIN: Duration = Duration::from_millis(10);

/// One of the connections, until it is dropped.
pub struct Turn(#[expect(dead_code, reason = "it is locked as long as it is open")] File);

/// A turn at `host`, or the time after which to ask again.
pub fn turn(host: &str) -> Result<Turn, Duration> {
    let free = (0..CONNECTIONS).map(|place| file(host, &place.to_string())).find(|file| file.try_lock().is_ok());
    let connection = free.ok_or(AGAIN)?;
    let mut last = file(host, "last");
    last.lock().expect("a lock on a file of ours");
    let mut text = String::new();
    last.read_to_string(&mut text).expect("a file of ours");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later than 1970");
    let due = Duration::from_micros(text.trim().parse().unwrap_or_default()) + BETWEEN;
    // A clock that was set back would have us wait for long.
    let wait = due.saturating_sub(now).min(BETWEEN);
    if !wait.is_zero() {
        return Err(wait);
    }
    last.rewind().and_then(|()| write!(last, "{:<20}", now.as_micros())).expect("a file of ours");
    Ok(Turn(connection))
}

fn path(host: &str, name: &str) -> PathBuf {
    let host = host.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    env::temp_dir().join(format!("side-by-side-urls-{host}-{name}"))
}

fn file(host: &str, name: &str) -> File {
    let path = path(host, name);
    let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
    opened.unwrap_or_else(|error| panic!("failed to open {}, by which the askers agree: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::{fs, process, thread, time::Instant};

    use super::*;

    fn wait_for_turn(host: &str) -> Turn {
        loop {
            match turn(host) {
                Ok(turn) => return turn,
                Err(wait) => thread::sleep(wait),
            }
        }
    }

    #[test]
    fn there_are_six_connections_and_ten_requests_a_second() {
        let host = format!("test-{}", process::id());
        let begun = Instant::now();
        let mut turns: Vec<Turn> = (0..CONNECTIONS).map(|_| wait_for_turn(&host)).collect();
        assert!(begun.elapsed() >= 5 * BETWEEN, "{:?}", begun.elapsed());
        thread::sleep(BETWEEN);
        assert_eq!(turn(&host).err(), Some(AGAIN), "all are taken");
        turns.pop();
        wait_for_turn(&host);
        let names = (0..CONNECTIONS).map(|place| place.to_string()).chain(["last".into()]);
        names.for_each(|name| fs::remove_file(path(&host, &name)).unwrap());
    }
}
