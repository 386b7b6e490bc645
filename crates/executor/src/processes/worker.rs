//! The pool's side of a worker: how it is started, what it is given, how it ended.

pub(crate) mod exit;
pub(crate) mod fork_server;
pub(crate) mod handle;
pub(crate) mod spawn;
