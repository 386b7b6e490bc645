//! `bench` as its users see it: from the command line, with stand-ins for the programs that it starts.

mod choose;
mod guard;
mod hostile;
mod peers;
mod readme;
mod run;
mod stand_in;
mod tidy;
