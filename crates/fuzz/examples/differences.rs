//! Every file of a target's corpus that it answers wrongly: `cargo run -p fuzz --example differences answers [FILE...]`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

fn main() {
    let mut args = std::env::args().skip(1);
    let name = args.next().expect("the name of a target");
    let target = fuzz::target(&name);
    let mut files: Vec<PathBuf> = args.map(PathBuf::from).collect();
    if files.is_empty() {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(&name);
        files = std::fs::read_dir(folder).expect("its corpus").map(|entry| entry.expect("an entry").path()).collect();
    }
    files.sort();
    for file in files {
        let bytes = std::fs::read(&file).expect("a file");
        if catch_unwind(AssertUnwindSafe(|| target(&bytes))).is_err() {
            println!("WRONG {}", file.display());
        }
    }
}
