//! What the harness itself was started with.

use std::sync::{Arc, atomic::AtomicBool};

use signal_hook::{consts::TERM_SIGNALS, flag::register_conditional_shutdown};

/// Lets the programs under test hear the signals that are sent to them, even if this process was started with them ignored, as a shell
/// without job control starts a job in the background: what is ignored is inherited, and the programs leave it so; a signal that has a
/// handler has its default action again in what is started. The handlers end this process, as the default would.
pub(crate) fn heed_signals() {
    for &signal in TERM_SIGNALS {
        let always = Arc::new(AtomicBool::new(true));
        register_conditional_shutdown(signal, 128 + signal, always).expect("a signal that may have a handler");
    }
}
