//! Why a task failed: one enum for both HTTP clients, so that the same fault has the same name in every strategy.

use std::{fmt, io};

use rustix::io::Errno;
use serde::{Deserialize, Serialize};

/// Why a download failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{cause}")]
pub struct Failure {
    /// What kind of failure, the same for every strategy.
    pub class: Class,
    /// What happened, in the words of the client, the system or the pool.
    pub cause: String,
}

/// The kinds of failure. Their [`Display`](fmt::Display) is the name that reports group them by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Class {
    /// A status that is neither success, nor 404, nor a redirect that can be followed.
    Http(u16),
    /// A phase took longer than its time limit.
    Timeout(Phase),
    /// Nothing listens there: the connection was refused.
    Refused,
    /// The host's name has no address.
    Dns,
    /// The server could not prove who it is, or does not speak TLS.
    Tls,
    /// The server reset the connection.
    Reset,
    /// The server closed the connection before its answer's head was complete.
    Closed,
    /// The body ended before its announced end.
    Truncated,
    /// Not HTTP, or HTTP that we did not agree to: an encoding or a part that was not asked for.
    Protocol,
    /// Too many redirects, or one to where we do not go.
    Redirect,
    /// The body, or the head, is larger than the limit.
    TooLarge,
    /// A success, but what came is no whole GIF image.
    NotAGif,
    /// It arrived and could not be written.
    SaveFailed,
    /// This machine has no more of something that the request needs: open files, memory.
    Exhausted,
    /// It was under way when the run was interrupted.
    Interrupted,
    /// The worker that ran it ended, or panicked.
    WorkerLost,
}

/// The phases of a request that have a time limit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Phase {
    /// Until the connection stands.
    Connect,
    /// From there until the answer's head is complete.
    FirstByte,
    /// From there until the last byte of the body.
    Body,
}

impl Failure {
    /// A failure of this class, with what happened.
    pub fn new(class: Class, cause: impl Into<String>) -> Self {
        Self { class, cause: cause.into() }
    }

    /// A task that was under way when the run was cut off.
    pub fn interrupted() -> Self {
        Self::new(Class::Interrupted, "interrupted")
    }

    /// A status that ends the download, in the server's own words, or else in those of the registry.
    pub fn http(status: u16, reason: Option<&str>) -> Self {
        let known = || http::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
        let reason = reason.or_else(known).unwrap_or("unknown status");
        Self::new(Class::Http(status), format!("HTTP error {status} - {reason}"))
    }

    /// A phase that took longer than its limit.
    pub fn timeout(phase: Phase) -> Self {
        let what = match phase {
            Phase::Connect => "no connection",
            Phase::FirstByte => "no complete answer head",
            Phase::Body => "no complete body",
        };
        Self::new(Class::Timeout(phase), format!("timeout: {what} within the time limit"))
    }

    /// The class of an I/O error, seen in this phase.
    pub fn io(phase: Phase, error: &io::Error) -> Self {
        use io::ErrorKind as Kind;
        const LOST: [Kind; 3] = [Kind::ConnectionReset, Kind::BrokenPipe, Kind::ConnectionAborted];
        let class = match (error.kind(), phase) {
            (Kind::TimedOut | Kind::WouldBlock, _) => return Self::timeout(phase),
            (Kind::ConnectionRefused, _) => Class::Refused,
            (kind, Phase::Body) if LOST.contains(&kind) || kind == Kind::UnexpectedEof => Class::Truncated,
            (kind, _) if LOST.contains(&kind) => Class::Reset,
            // Before there is a request, only TLS waits for the server to say something.
            (Kind::UnexpectedEof, Phase::Connect) => Class::Tls,
            (Kind::UnexpectedEof, _) => Class::Closed,
            // An address that leads nowhere is a refusal by the way, not by the host.
            (Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::NetworkDown | Kind::AddrNotAvailable, _) => {
                Class::Refused
            }
            _ if let Some(words) = exhausted(error) => return Self::new(Class::Exhausted, format!("{words}: {error}")),
            _ => Class::Protocol,
        };
        Self::new(class, error.to_string())
    }

    /// Whether trying again may help: it may after a time-out, a connection that was lost or refused (the server may be starting again), a
    /// name that was not found (so may be its server), and the statuses that say so.
    pub fn worth_a_retry(&self) -> bool {
        match self.class {
            Class::Http(status) => matches!(status, 408 | 429 | 500..=599),
            Class::Timeout(_)
            | Class::Reset
            | Class::Closed
            | Class::Truncated
            | Class::Refused
            | Class::Dns
            | Class::Exhausted => true,
            _ => false,
        }
    }

    /// Whether the cause is to be sought on this machine, and not at the server.
    pub fn local(&self) -> bool {
        matches!(self.class, Class::SaveFailed | Class::Exhausted | Class::WorkerLost)
    }

    /// Whether there was no server at all, as far as this download could see.
    pub fn unreachable(&self) -> bool {
        matches!(self.class, Class::Refused | Class::Dns | Class::Timeout(Phase::Connect))
    }
}

/// What this machine has no more of, if that is what the error says.
fn exhausted(error: &io::Error) -> Option<&'static str> {
    Some(match Errno::from_io_error(error)? {
        Errno::MFILE => "this process may open no more files (ulimit -n)",
        Errno::NFILE => "this machine may open no more files",
        Errno::NOMEM | Errno::NOBUFS => "this machine has no memory for it",
        _ => return None,
    })
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http(status) => return write!(f, "HTTP {status}"),
            Self::Timeout(Phase::Connect) => "timeout (connect)",
            Self::Timeout(Phase::FirstByte) => "timeout (first byte)",
            Self::Timeout(Phase::Body) => "timeout (body)",
            Self::Refused => "refused",
            Self::Dns => "DNS",
            Self::Tls => "TLS",
            Self::Reset => "reset",
            Self::Closed => "closed",
            Self::Truncated => "truncated",
            Self::Protocol => "protocol",
            Self::Redirect => "redirect",
            Self::TooLarge => "too large",
            Self::NotAGif => "not a GIF",
            Self::SaveFailed => "save failed",
            Self::Exhausted => "exhausted",
            Self::Interrupted => "interrupted",
            Self::WorkerLost => "worker lost",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_named_as_the_book_names_it() {
        assert_eq!(Failure::http(418, None).to_string(), "HTTP error 418 - I'm a teapot");
        assert_eq!(Failure::http(503, Some("Busy")).to_string(), "HTTP error 503 - Busy");
        assert_eq!(Failure::http(799, None).to_string(), "HTTP error 799 - unknown status");
    }

    #[test]
    fn the_phase_decides_what_a_lost_connection_means() {
        let class = |phase, kind: io::ErrorKind| Failure::io(phase, &kind.into()).class;
        assert_eq!(class(Phase::FirstByte, io::ErrorKind::UnexpectedEof), Class::Closed);
        assert_eq!(class(Phase::Body, io::ErrorKind::UnexpectedEof), Class::Truncated);
        assert_eq!(class(Phase::Body, io::ErrorKind::ConnectionReset), Class::Truncated);
        assert_eq!(class(Phase::Body, io::ErrorKind::InvalidInput), Class::Protocol);
        assert_eq!(class(Phase::FirstByte, io::ErrorKind::ConnectionReset), Class::Reset);
        assert_eq!(class(Phase::Body, io::ErrorKind::TimedOut), Class::Timeout(Phase::Body));
        assert_eq!(class(Phase::Connect, io::ErrorKind::ConnectionRefused), Class::Refused);
        assert_eq!(class(Phase::Connect, io::ErrorKind::NetworkUnreachable), Class::Refused);
        assert_eq!(class(Phase::Connect, io::ErrorKind::UnexpectedEof), Class::Tls);
    }

    #[test]
    fn what_this_machine_has_no_more_of_is_not_the_servers_fault() {
        for errno in [Errno::MFILE, Errno::NFILE, Errno::NOMEM, Errno::NOBUFS] {
            let failure = Failure::io(Phase::Connect, &errno.into());
            assert!(failure.class == Class::Exhausted && failure.local(), "{failure}");
        }
    }

    #[test]
    fn only_what_may_pass_is_worth_a_retry() {
        let worth = |failure: Failure| failure.worth_a_retry();
        assert!(
            worth(Failure::http(503, None)) && worth(Failure::http(429, None)) && worth(Failure::timeout(Phase::Body))
        );
        assert!(!worth(Failure::http(418, None)) && !worth(Failure::new(Class::NotAGif, "")));
    }
}
