//! Copies this process so that the copy is a child of the same parent: `fork` with the flag `CLONE_PARENT`.
//!
//! So the process that started this one can watch, stop and reap the copy like this one. A process pool
//! starts its workers this way, in a quarter of the time that another `exec` would take.
//!
//! It is the only crate of the workspace that may have `unsafe` code, and deliberately has nothing else. It runs on Linux only.

// `common` and `bench` say the same. Whatever needs worker processes waits for this crate, so elsewhere it is the first to stop the build.
#[cfg(not(target_os = "linux"))]
compile_error!(
    "Side by Side measures processes through Linux's /proc, and starts them by Linux's system calls: build and run it on Linux, in WSL2, or in a container (.devcontainer)"
);

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::ptr;

/// Which of the two processes this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Process {
    /// The new one.
    New,
    /// The old one, which is told the new one's number.
    Old(i32),
}

/// What `/proc/self/task` has links for if there is one thread: itself, its parent folder, and that of the thread.
const LINKS_OF_ONE_THREAD: u64 = 3;

/// Copies this process. It returns twice, in each of the two.
///
/// The copy has all that this process has: memory, open files, handlers of signals. It has no signal that tells of its parent's death
/// (`PR_SET_PDEATHSIG`), and handlers of `pthread_atfork` do not run.
///
/// # Errors
/// This process has more than one thread: what the others were doing would stay half done in the copy for ever. Or the kernel refuses,
/// e.g. because there are too many processes.
pub fn start() -> io::Result<Process> {
    if fs::metadata("/proc/self/task")?.nlink() != LINKS_OF_ONE_THREAD {
        return Err(io::Error::other("only a process with a single thread can be copied"));
    }
    // Where the C library keeps the thread's number, which the copy needs anew: as the library's own `fork` does it.
    let mut number: *mut libc::c_int = ptr::null_mut();
    #[expect(unsafe_code, reason = "no safe wrapper has it")]
    // SAFETY: the kernel writes a pointer to the place that it is given, which is one for a pointer.
    let asked = unsafe { libc::prctl(libc::PR_GET_TID_ADDRESS, &raw mut number) };
    if asked == -1 {
        return Err(io::Error::last_os_error());
    }
    let flags = libc::CLONE_PARENT | libc::CLONE_CHILD_SETTID | libc::CLONE_CHILD_CLEARTID;
    let none = ptr::null_mut::<libc::c_void>();
    #[expect(unsafe_code, reason = "no safe wrapper has it")]
    // SAFETY: without CLONE_VM the copy has memory of its own, and goes on with a copy of this stack. No other thread holds a lock or is
    // in the middle of anything, for there is none. The number is where the C library told the kernel that it is, and the kernel keeps it
    // right there for the copy. It is given twice since some machines have it as the fourth argument and others as the fifth; the other one
    // is for CLONE_SETTLS, which is not asked for.
    let process = unsafe { libc::syscall(libc::SYS_clone, flags as libc::c_long, none, none, number, number) };
    match i32::try_from(process) {
        Ok(0) => Ok(Process::New),
        Ok(number) if number > 0 => Ok(Process::Old(number)),
        _ => Err(io::Error::last_os_error()),
    }
}
