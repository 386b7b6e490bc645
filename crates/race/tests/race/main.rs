//! `race` as its users see it: from the command line, over HTTP, and in a browser, with stand-ins for the programs that it starts.

mod browser;
mod stand_in;
mod terminal;
mod web;
mod webdriver;
