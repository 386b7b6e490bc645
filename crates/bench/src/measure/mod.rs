//! The measuring core: it starts programs, takes their times and checks their answers. It knows no command line.

pub mod calibrate;
pub mod child;
pub mod guard;
mod http;
pub mod machine;
mod memory;
pub mod nginx;
pub mod run;
pub mod runner;
pub mod scratch;
pub mod server;
pub mod session;
pub mod verify;
pub mod wrk;
