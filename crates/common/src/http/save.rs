//! Saving a flag so that its file is whole or not there at all.

use std::{
    fs::File,
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use rustix::{
    fd::{AsRawFd, OwnedFd},
    fs::{self, AtFlags, Mode, OFlags},
    io::Errno,
};

use crate::run::{UsageError, file_size};

/// The folder that the flags of a run are saved in. It is opened once and every file is made relative to it, so that a link put in
/// the way of its path later leads nowhere else.
#[derive(Debug)]
pub struct Folder(Result<OwnedFd, Errno>);

impl Folder {
    /// Opens the folder, which is made first where it does not exist.
    ///
    /// # Errors
    /// It could be neither made nor opened.
    pub fn create(path: &Path) -> io::Result<Self> {
        make(path)?;
        Ok(Self(Ok(open(path)?)))
    }

    /// Makes the folder where it does not exist: a run whose flags cannot be saved ends before it asks for any.
    ///
    /// # Errors
    /// It could be neither made nor opened.
    pub(crate) fn check(path: &Path) -> Result<(), UsageError> {
        let failed = |error| UsageError::new(format!("failed to open the folder {}: {error}", path.display()));
        Self::create(path).map(drop).map_err(failed)
    }

    /// Opens the folder of a run that is under way. If it is gone, or taken away, each flag that is to be saved in it says so.
    pub fn open(path: &Path) -> Self {
        Self(open(path))
    }

    /// Saves `bytes` under `name`: no moment shows a partial flag, and an older one stays until the new one is whole. A symbolic
    /// link of that name is replaced, not followed.
    ///
    /// The file has no name at all until it is whole (`O_TMPFILE`, see open(2)), so that not even SIGKILL leaves a part of it.
    ///
    /// # Errors
    /// The file could not be written or named (full disk, folder removed, a directory of that name). Nothing is left behind.
    pub fn save(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let folder = self.0.as_ref().map_err(|&error| error)?;
        let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
        match fs::openat(folder, ".", flags, MODE) {
            Ok(file) => save_unnamed(folder, file, name, bytes),
            // Some file systems have no unnamed files, and some kernels not of every file system.
            Err(_) => save_renamed(folder, name, bytes),
        }
    }
}

/// Makes a folder, and those above it, where they do not exist. The user's umask says what others may do in it, and nothing about us.
fn make(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent().filter(|above| !above.as_os_str().is_empty()) {
        make(above)?;
    }
    match std::fs::create_dir(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => return Ok(()),
        Err(error) => return Err(error),
    }
    let mut permissions = std::fs::metadata(path)?.permissions();
    if permissions.mode() & OURS != OURS {
        permissions.set_mode(permissions.mode() | OURS);
        std::fs::set_permissions(path, permissions)?;
    }
    Ok(())
}

/// What the owner of a folder needs to be able to save in it.
const OURS: u32 = 0o700;

/// What a new file may be used for, before the user's umask.
const MODE: Mode = Mode::from_raw_mode(0o666);

fn open(path: &Path) -> Result<OwnedFd, Errno> {
    // In a worker of another process this is the first of its files.
    file_size::report_too_large().map_err(|error| Errno::from_io_error(error).unwrap_or(Errno::IO))?;
    fs::open(path, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
}

/// Writes a file that has no name yet, and gives it one.
fn save_unnamed(folder: &OwnedFd, file: OwnedFd, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::from(file);
    file.write_all(bytes)?;
    match link(&file, folder, name) {
        // A link takes no other's place; a rename does.
        Err(Errno::EXIST) => {
            let temporary = temporary_name(name);
            link(&file, folder, &temporary)?;
            rename(folder, &temporary, name)
        }
        // There may be no `/proc`.
        Err(Errno::NOENT) => save_renamed(folder, name, bytes),
        linked => Ok(linked?),
    }
}

/// Gives a file without a name this one.
fn link(file: &File, folder: &OwnedFd, name: &str) -> Result<(), Errno> {
    match fs::linkat(file, "", folder, name, AtFlags::EMPTY_PATH) {
        // Before Linux 6.10 only a privileged process may; everybody may by a path, which takes longer (linkat(2)).
        Err(Errno::NOENT) => {
            let path = format!("/proc/self/fd/{}", file.as_raw_fd());
            fs::linkat(fs::CWD, path, folder, name, AtFlags::SYMLINK_FOLLOW)
        }
        linked => linked,
    }
}

/// Writes a file under a temporary name, and renames it.
fn save_renamed(folder: &OwnedFd, name: &str, bytes: &[u8]) -> io::Result<()> {
    let temporary = temporary_name(name);
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = fs::openat(folder, &temporary, flags, MODE)?;
    File::from(file).write_all(bytes).inspect_err(|_| remove(folder, &temporary))?;
    rename(folder, &temporary, name)
}

fn rename(folder: &OwnedFd, temporary: &str, name: &str) -> io::Result<()> {
    Ok(fs::renameat(folder, temporary, folder, name).inspect_err(|_| remove(folder, temporary))?)
}

fn remove(folder: &OwnedFd, temporary: &str) {
    _ = fs::unlinkat(folder, temporary, AtFlags::empty());
}

/// A hidden name that no other file of this run has.
fn temporary_name(name: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!(".{name}.{}-{count}.part", process::id())
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix};

    use super::*;

    type Way = fn(&Folder, &str, &[u8]) -> io::Result<()>;

    /// Both ways to save, for the file systems that know unnamed files and for those that do not.
    const WAYS: [Way; 2] = [Folder::save, |folder, name, bytes| save_renamed(folder.0.as_ref().unwrap(), name, bytes)];

    fn names(path: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_saved_file_replaces_the_older_one_and_leaves_no_other() {
        for save in WAYS {
            let home = tempfile::tempdir().unwrap();
            let folder = Folder::create(&home.path().join("a/b")).unwrap();
            save(&folder, "BR.gif", b"old").unwrap();
            assert_eq!(fs::read(home.path().join("a/b/BR.gif")).unwrap(), b"old");
            save(&folder, "BR.gif", b"new").unwrap();
            assert_eq!(fs::read(home.path().join("a/b/BR.gif")).unwrap(), b"new");
            assert_eq!(names(&home.path().join("a/b")), ["BR.gif"]);
        }
    }

    #[test]
    fn a_link_in_its_place_is_replaced_and_what_it_led_to_is_left_alone() {
        for save in WAYS {
            let home = tempfile::tempdir().unwrap();
            let folder = Folder::create(&home.path().join("flags")).unwrap();
            fs::write(home.path().join("precious"), "kept").unwrap();
            unix::fs::symlink(home.path().join("precious"), home.path().join("flags/BR.gif")).unwrap();
            save(&folder, "BR.gif", b"flag").unwrap();
            assert_eq!(fs::read(home.path().join("precious")).unwrap(), b"kept");
            assert_eq!(fs::read(home.path().join("flags/BR.gif")).unwrap(), b"flag");
        }
    }

    #[test]
    fn what_cannot_be_saved_leaves_nothing_behind() {
        for save in WAYS {
            let home = tempfile::tempdir().unwrap();
            let folder = Folder::create(home.path()).unwrap();
            fs::create_dir(home.path().join("BR.gif")).unwrap();
            save(&folder, "BR.gif", b"flag").unwrap_err();
            assert_eq!(names(home.path()), ["BR.gif"]);
            fs::remove_dir(home.path().join("BR.gif")).unwrap();
            fs::remove_dir(home.path()).unwrap();
            save(&folder, "BR.gif", b"flag").unwrap_err();
        }
    }

    #[test]
    fn a_folder_that_is_gone_when_it_is_opened_is_not_made_again() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::open(&home.path().join("gone"));
        assert_eq!(folder.save("BR.gif", b"flag").unwrap_err().kind(), io::ErrorKind::NotFound);
        assert!(names(home.path()).is_empty());
    }
}
