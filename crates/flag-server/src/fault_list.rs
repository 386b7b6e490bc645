//! The page that lists the faults.

use faults::{Fault, GROUPS};
use std::fmt::Write;
use std::net::SocketAddr;

/// A line on each fault of the server that is at this address.
pub fn fault_list(server: SocketAddr) -> String {
    let mut page = format!(
        "Each of these names stands for what this server does to a client that downloads from\n\
         http://{server}/faults/<name>/flags, for instance:\n\n    \
         thread-pool flags --timeout 2 --server http://{server}/faults/drips_its_body/flags\n\n{:42} {}\n",
        "random", "now one of the others, now a good answer: always the same for a seed, flag and attempt"
    );
    for (title, faults) in GROUPS {
        // Writing to a String cannot fail.
        _ = writeln!(page, "\n{title}\n");
        for Fault { name, about, .. } in *faults {
            _ = writeln!(page, "{name:42} {about}");
        }
    }
    page
}
