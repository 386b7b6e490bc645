//! Tasks that can be serialised, so that a process pool can run them too.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use executor::{RemoteTask, Task, worker};
use serde::{Deserialize, Serialize};

/// What a [`Probe`] gives back: a number, or its own error.
pub type Answer = Result<i64, String>;

/// A task of the behaviour tests.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Probe {
    /// Gives the number back.
    Echo(i64),
    /// Gives the number of bytes back.
    Len(Vec<u8>),
    /// Gives this error back.
    Fail(String),
    /// Panics with this message.
    Panic(String),
    /// Gives the index of its worker back.
    Worker,
    /// Shows up at the [`Gate`](super::Gate) with this path and number, waits until the gate lets it go, and gives
    /// the number back. If the gate is gone, it does not wait.
    Hold(PathBuf, i64),
}

impl Task for Probe {
    type Output = Answer;

    fn run(self) -> Answer {
        match self {
            Self::Echo(number) => Ok(number),
            Self::Len(bytes) => Ok(i64::try_from(bytes.len()).expect("no vector is that long")),
            Self::Fail(error) => Err(error),
            Self::Panic(message) => panic!("{message}"),
            Self::Worker => worker().map(|index| index as i64).ok_or_else(|| "there is no worker here".to_owned()),
            Self::Hold(gate, number) => {
                if let Ok(mut stream) = UnixStream::connect(gate) {
                    // Any error means that the gate has let this task go.
                    let _ = stream.write_all(&number.to_le_bytes());
                    let _ = stream.read(&mut [0]);
                }
                Ok(number)
            }
        }
    }
}

impl RemoteTask for Probe {
    const NAME: &'static str = "probe";
}
