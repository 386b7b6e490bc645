//! The table of all faults, for `docs/faults.md`.

use std::fmt::Write;

use faults::Fault;

use super::{endings, endings::Ending, groups};

const BEGINNING: &str = "\
# Faults

What a server, or the network, can do to one download, and how every strategy's program answers. Each row is a case that is played
to all four programs by `cargo test --test conformance faults`, to two flags of four, so that it shows as well that the other two
arrive whole. What the server does is in the crate `faults` (for TLS, in `src/faults/tls.rs`), how it must end in
`src/faults/endings.rs`, and this table is made from both: `tests/table.rs` says how.

The exit status is that of a run in which this fault is the worst: 0 where all flags are there or not found, 1 where there was an
error, and 3 where *no* request of the run found a server, which the cases of `src/cases/unreachable.rs` show for `refused`, `DNS`
and `timeout (connect)`.

Rows that end with `ok` show what is unusual, and no fault: it must not be taken for one.

Beyond these rows, the fuzz target `answers` gives the same bytes to both HTTP clients, in whatever pieces, over TLS or not, on a new connection or on a used
one, and they must come to the same. RFC 9112 decides what is right. Where it would have more than both clients can do, they do the same less:

* `HTTP/1.2` should be taken as 1.1 (RFC 9112, section 2.3): both clients refuse it, and only one has a place where that could be changed.
* A wrong head that does not end is refused where it comes in one piece, and may be waited for, up to its time limit, where it comes in two:
  one client looks at the beginning, and then not before it sees the end.
* 1xx answers are passed over, however many there are, within the time limit of the head: one client does not tell of them.
";

/// The page.
pub fn markdown() -> String {
    let mut page = BEGINNING.to_owned();
    for (title, faults) in groups() {
        // Writing to a String cannot fail.
        _ = write!(page, "\n## {title}\n\n| the server | that is, it … | class | exit status |\n|---|---|---|---|\n");
        for fault @ Fault { name, about, .. } in faults {
            let ending @ Ending { ending: class, .. } = endings::of(fault);
            let name = name.replace('_', " ");
            _ = writeln!(page, "| {name} | {about} | {class} | {} |", ending.status());
        }
    }
    page
}
