//! The servers of the soak, as processes of their own: what they take can be seen.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::{flag_server::ask, program::wait_until};

/// A `flag-server` that runs. It ends with this process, whatever becomes of it.
#[derive(Debug)]
pub struct Server {
    pub address: SocketAddr,
    kind: String,
    child: Child,
    at_start: Usage,
}

/// What a process takes.
#[derive(Clone, Copy, Debug)]
struct Usage {
    memory_kib: u64,
    descriptors: usize,
}

impl Server {
    pub fn start(program: &Path, args: &str) -> Self {
        let mut command = Command::new(program);
        command.args(args.split(' ')).args(["--port", "0", "--exit-with-parent"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("flag-server starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("it was piped");
        BufReader::new(stdout).read_line(&mut line).expect("flag-server says where it is");
        let address = line.split('/').nth(2).and_then(|address| address.parse().ok());
        let address = address.unwrap_or_else(|| panic!("no address in {line:?}"));
        // What answers has begun all that it does only once; then it closes the connection on its own side, too.
        ask(address, "GET /");
        thread::sleep(Duration::from_millis(100));
        let at_start = Usage::of(child.id());
        Self { address, kind: line.split(' ').next().unwrap_or_default().to_owned(), child, at_start }
    }

    /// What it takes now.
    pub fn usage(&self) -> String {
        let Usage { memory_kib, descriptors } = Usage::of(self.child.id());
        format!("{} {memory_kib} KiB, {descriptors} descriptors", self.kind)
    }

    /// Stops it, and says what it took at its start and at its end, when all requests had ended.
    pub fn stop(mut self) -> String {
        // Connections that the other side has just closed are still being closed on this one.
        let at_rest = || Usage::of(self.child.id()).descriptors <= self.at_start.descriptors;
        for _ in 0..200 {
            if at_rest() {
                break;
            }
            thread::sleep(Duration::from_millis(50));
        }
        let (start, end) = (self.at_start, Usage::of(self.child.id()));
        assert!(end.descriptors <= start.descriptors, "{}: {start:?}, and at the end {end:?}", self.kind);
        kill(Pid::from_raw(self.child.id().cast_signed()), Signal::SIGTERM).expect("a process that was not waited for");
        let mut status = None;
        wait_until("the server ends", || {
            status = self.child.try_wait().expect("our own child");
            status.is_some()
        });
        assert!(status.is_some_and(|status| status.success()), "{}: {status:?}", self.kind);
        format!(
            "{}: memory {} KiB at the start, {} KiB at the end; descriptors {} and {}",
            self.kind, start.memory_kib, end.memory_kib, start.descriptors, end.descriptors
        )
    }
}

impl Usage {
    fn of(pid: u32) -> Self {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("a process that runs");
        let memory =
            status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse().ok());
        let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).expect("a process of ours").count();
        Self { memory_kib: memory.expect("it takes some memory"), descriptors }
    }
}
