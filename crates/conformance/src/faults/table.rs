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
