//! What must hold when something goes wrong.
use libtest_mimic::Trial;
pub fn trials() -> Vec<Trial> {
    vec![]
}
