//! One flag, from its URL to its file: every decision about it that is the same whichever client carries it out. It sends no request.

mod answer;
mod authorization;
mod code;
mod download;
mod flag;
pub mod gif;
pub(crate) mod password;
pub mod redirect;
mod rounds;
mod sample;
mod save;
mod settings;
pub mod site;
pub mod tls;

pub use answer::{Answer, LONGEST_BODY, MOST_HEADERS};
pub use authorization::authorization;
pub use code::{BadCode, Code};
pub use download::{Download, LONGEST_WAIT, Step, not_saved, parse_retry_after};
pub use flag::Flag;
pub use rounds::{Computed, CpuOn, MOST_ROUNDS, Rounds};
pub use sample::{FlagSample, Outcome, Times};
pub use save::Folder;
pub use settings::{Settings, Timeouts};
