//! The folder that programs save in, in memory where the system has such a place. However hostile its contents are, it goes away,
//! and that of a benchmark that was killed goes when the next one starts.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use nix::fcntl::OFlag;

/// How the names of these folders begin.
const PREFIX: &str = "bench-";
/// The file that is locked as long as a folder is in use.
const LOCK: &str = "lock";

/// A folder of our own; dropping it removes it.
#[derive(Debug)]
pub struct Scratch {
    /// Where it is.
    pub path: PathBuf,
    _lock: File,
}

impl Scratch {
    /// Makes a folder, and removes those that are no longer in use.
    ///
    /// # Errors
    /// A place where no folder can be made.
    pub fn new() -> Result<Self> {
        sweep();
        Self::new_in(&place())
    }

    fn new_in(place: &Path) -> Result<Self> {
        let failed = || format!("failed to create a folder in {}", place.display());
        let path = tempfile::Builder::new().prefix(PREFIX).tempdir_in(place).with_context(failed)?.keep();
        let lock = File::create(path.join(LOCK)).with_context(failed)?;
        lock.lock().with_context(failed)?;
        Ok(Self { path, _lock: lock })
    }

    /// Whether it is in memory, not on a disk.
    pub fn is_in_memory(&self) -> bool {
        self.path.starts_with(MEMORY)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed now is tried again by the next benchmark.
        let _ = remove_all(&self.path);
    }
}

const MEMORY: &str = "/dev/shm";

fn place() -> PathBuf {
    let memory = Path::new(MEMORY);
    if memory.is_dir() { memory.into() } else { std::env::temp_dir() }
}

/// Removes the folders of benchmarks that are no more.
pub fn sweep() {
    sweep_in(&place());
}

fn sweep_in(place: &Path) {
    for entry in fs::read_dir(place).into_iter().flatten().flatten() {
        let is_ours = entry.metadata().is_ok_and(|meta| meta.is_dir() && meta.uid() == nix::unistd::getuid().as_raw());
        if !is_ours || !entry.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        let flags = (OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits();
        let lock = OpenOptions::new().write(true).custom_flags(flags).open(entry.path().join(LOCK));
        // One without a lock file is just being made, or not ours.
        if lock.is_ok_and(|lock| lock.try_lock().is_ok()) {
            let _ = remove_all(&entry.path());
        }
    }
}

/// Removes a folder, its lock last, so that whatever interrupts this can be made good.
fn remove_all(folder: &Path) -> io::Result<()> {
    let names: Vec<_> = fs::read_dir(folder)?.flatten().map(|entry| entry.file_name()).collect();
    for name in names.iter().filter(|name| *name != LOCK) {
        clear(&set_aside(&folder.join(name))?)?;
    }
    fs::remove_file(folder.join(LOCK))?;
    fs::remove_dir(folder)
}

/// Makes `folder` anew, without anything in it, whatever stands in its place. What stood there is removed as far as can be.
///
/// # Errors
/// Something that cannot be moved away.
pub fn renew(folder: &Path) -> io::Result<()> {
    if folder.symlink_metadata().is_ok() {
        let heap = set_aside(folder)?;
        let _ = clear(&heap);
    }
    fs::create_dir_all(folder)
}

/// Moves `tree` into a new folder beside it, as `0`.
fn set_aside(tree: &Path) -> io::Result<PathBuf> {
    if tree.symlink_metadata()?.is_dir() {
        fs::set_permissions(tree, Permissions::from_mode(0o700))?;
    }
    let heap = tempfile::tempdir_in(tree.parent().unwrap_or(Path::new("/")))?.keep();
    fs::rename(tree, heap.join("0")).inspect_err(|_| _ = fs::remove_dir(&heap))?;
    Ok(heap)
}

/// Removes a folder whose entries are called 0, 1, 2 …: each folder in one of them becomes an entry itself before it is emptied,
/// so that no depth costs a path, a descriptor or a frame.
fn clear(heap: &Path) -> io::Result<()> {
    let (mut next, mut last) = (0_u64, 0_u64);
    while next <= last {
        let tree = heap.join(next.to_string());
        next += 1;
        if !tree.symlink_metadata()?.is_dir() {
            fs::remove_file(tree)?;
            continue;
        }
        // An entry that was not seen because others went meanwhile is seen the next time.
        loop {
            for entry in fs::read_dir(&tree)? {
                let entry = entry?;
                if entry.file_type()?.is_dir() {
                    fs::set_permissions(entry.path(), Permissions::from_mode(0o700))?;
                    last += 1;
                    fs::rename(entry.path(), heap.join(last.to_string()))?;
                } else {
                    fs::remove_file(entry.path())?;
                }
            }
            match fs::remove_dir(&tree) {
                Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => {}
                removed => break removed?,
            }
        }
    }
    fs::remove_dir(heap)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_any_depth_and_rights_goes_away() {
        let place = tempfile::tempdir().unwrap();
        let scratch = Scratch::new_in(place.path()).unwrap();
        let dest = scratch.path.join("dest");
        renew(&dest).unwrap();
        // Deeper than there are descriptors, and than a path is long: each new top takes the older tree in.
        let top = scratch.path.join("top");
        for _ in 0..3_000 {
            let next = scratch.path.join("next");
            fs::create_dir_all(next.join("with a name of some length")).unwrap();
            fs::write(next.join("file"), "").unwrap();
            if top.exists() {
                fs::rename(&top, next.join("with a name of some length/deeper")).unwrap();
            }
            fs::rename(&next, &top).unwrap();
        }
        fs::rename(&top, dest.join("deep")).unwrap();
        fs::set_permissions(&dest, Permissions::from_mode(0o000)).unwrap();
        renew(&dest).unwrap();
        assert_eq!(fs::read_dir(&dest).unwrap().count(), 0);
        drop(scratch);
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
    }

    #[test]
    fn whatever_stands_in_the_place_of_a_folder_makes_way() {
        let place = tempfile::tempdir().unwrap();
        let dest = place.path().join("dest");
        let pointed_at = place.path().join("other");
        fs::create_dir(&pointed_at).unwrap();
        fs::write(pointed_at.join("kept"), "").unwrap();
        let stand: [&dyn Fn(); 4] = [
            &|| fs::write(&dest, "").unwrap(),
            &|| std::os::unix::fs::symlink(&pointed_at, &dest).unwrap(),
            &|| std::os::unix::fs::symlink("dest", &dest).unwrap(),
            &|| nix::unistd::mkfifo(&dest, nix::sys::stat::Mode::S_IRWXU).unwrap(),
        ];
        for make in stand {
            make();
            renew(&dest).unwrap();
            assert!(dest.symlink_metadata().unwrap().is_dir());
            fs::remove_dir(&dest).unwrap();
        }
        assert!(pointed_at.join("kept").exists(), "the target of a link is not removed");
    }

    #[test]
    fn only_folders_that_are_not_in_use_are_swept() {
        let place = tempfile::tempdir().unwrap();
        let used = Scratch::new_in(place.path()).unwrap();
        let left = Scratch::new_in(place.path()).unwrap();
        let killed = left.path.clone();
        fs::create_dir(killed.join("downloaded")).unwrap();
        // As a SIGKILL does it: the lock goes, and nothing is removed.
        let Scratch { _lock: lock, .. } = &left;
        lock.unlock().unwrap();
        let other = place.path().join("bench-of-another-user");
        fs::create_dir(&other).unwrap();
        sweep_in(place.path());
        assert!(used.path.exists() && other.exists() && !killed.exists());
    }
}
