//! What happens when a file is to become larger than the system allows (`ulimit -f`): an error to report, and not the signal to die of
//! that it would be.

use std::{
    io,
    sync::{Arc, LazyLock},
};

use signal_hook::{SigId, consts::SIGXFSZ, flag};

/// Has writes to such files fail, in the whole process from now on.
///
/// # Errors
/// The signal's handler could not be installed.
pub(crate) fn report_too_large() -> Result<(), &'static io::Error> {
    static REPORT: LazyLock<io::Result<SigId>> = LazyLock::new(|| flag::register(SIGXFSZ, Arc::default()));
    REPORT.as_ref().map(|_| ())
}
