//! What a hostile server, or the network, does to one download, by name; and a server on the bare connection that does it.
//!
//! `flag-server --faults` offers them to people and programs; `conformance` plays them to every strategy's program, and holds
//! what each of them must come to.
//!
//! What it deliberately does *not* do: it judges nothing. How a download has to end is no matter of the server's.

mod bodies;
mod connections;
mod heads;
mod lengths;
mod limits;
mod redirects;
mod server;
mod statuses;
mod visit;

use std::io;

pub use limits::Limits;
pub use server::RawServer;
pub use visit::{After, Stream, Visit};

/// Something that a server does.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// Its name, in words that follow "the server": `never_answers`.
    pub name: &'static str,
    /// What it does, in a few more words.
    pub about: &'static str,
    /// Does it to one request.
    pub play: fn(&mut Visit) -> io::Result<After>,
}

impl Fault {
    /// A fault of this name, which is `about` this.
    pub const fn new(name: &'static str, about: &'static str, play: fn(&mut Visit) -> io::Result<After>) -> Self {
        Self { name, about, play }
    }
}

/// All of them that need no TLS, by what they are about.
pub const GROUPS: &[(&str, &[Fault])] = &[
    ("Silent, slow, or gone", connections::FAULTS),
    ("Heads", heads::FAULTS),
    ("Statuses", statuses::FAULTS),
    ("Lengths and encodings", lengths::FAULTS),
    ("Bodies", bodies::FAULTS),
    ("Redirects", redirects::FAULTS),
];

/// The same, one after another.
pub fn all() -> impl Iterator<Item = &'static Fault> {
    GROUPS.iter().flat_map(|(_, faults)| *faults)
}

/// Begins what some faults need besides: another server, for redirects to lead to. Without it, that begins when it is first needed.
pub fn prepare() {
    redirects::prepare();
}

/// The fault of this name.
pub fn find(name: &str) -> Option<&'static Fault> {
    all().find(|fault| fault.name == name)
}
