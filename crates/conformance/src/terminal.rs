//! A terminal for a program to draw on.

use std::{
    fs::File,
    io::Read,
    os::{fd::AsFd, unix::ffi::OsStrExt},
    thread,
};

use rustix::{
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
    termios::{Winsize, tcsetwinsize},
};

use crate::program::Run;

impl Run {
    /// Runs it to its end, with a terminal of this many columns as its stderr. Gives what appeared there.
    pub fn end_on_a_terminal(self, columns: u16) -> String {
        let stdout = File::create(self.home.path().join("stdout")).expect("a file in a fresh folder");
        self.end_with(columns, Some(stdout))
    }

    /// The same with the terminal as its stdout, too.
    pub fn end_on_one_terminal(self, columns: u16) -> String {
        self.end_with(columns, None)
    }

    fn end_with(mut self, columns: u16, stdout: Option<File>) -> String {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a terminal");
        grantpt(&ours).and_then(|()| unlockpt(&ours)).expect("our own terminal");
        let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(ours.as_fd(), size).expect("our own terminal");
        let name = ptsname(&ours, Vec::new()).expect("it has a name");
        let theirs = File::options()
            .read(true)
            .write(true)
            .open(std::ffi::OsStr::from_bytes(name.as_bytes()))
            .expect("our own terminal");
        let stdout = stdout.unwrap_or_else(|| theirs.try_clone().expect("our own terminal"));
        self.command.stdin(std::process::Stdio::null()).stdout(stdout).stderr(theirs);
        let running = self.start_as_it_is();
        let reader = thread::spawn(move || {
            let (mut shown, mut ours) = (Vec::new(), File::from(ours));
            // When the last copy of their side is closed, reading ends with an error.
            _ = ours.read_to_end(&mut shown);
            String::from_utf8_lossy(&shown).into_owned()
        });
        running.wait();
        reader.join().expect("it only reads")
    }
}
