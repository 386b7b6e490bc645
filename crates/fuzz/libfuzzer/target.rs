//! Each fuzzer, from its name.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::target(env!("CARGO_BIN_NAME"))(bytes));
