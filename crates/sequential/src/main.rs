//! The `sequential` program: one task after another.

use std::process::ExitCode;

use common::Strategy;

fn main() -> ExitCode {
    common::main(Strategy {
        name: "sequential",
        about: "Tasks one by one",
        default_max_req: 1,
        largest_max_req: 1,
        download_many: sequential::flags::download_many,
    })
}
