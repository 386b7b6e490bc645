//! The server's own words for an error. The client drops them; but it reads in the thread that asked, so the framing under it can leave a note
//! there.

use std::cell::RefCell;

use common::Answer;

use super::head::STATUS_END;

thread_local! {
    static REASON: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Notes what the status line of this head says.
pub fn note(head: &[u8]) {
    let line = head.split(|&byte| byte == b'\n').next().unwrap_or_default();
    REASON.set(line.get(STATUS_END..).and_then(Answer::reason));
}

/// What was noted last in this thread.
pub fn take() -> Option<String> {
    REASON.take()
}
