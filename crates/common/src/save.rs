//! Saving a flag so that its file is whole or not there at all.

use std::{
    fs::File,
    io::{self, Write},
    path::Path,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU32, Ordering},
    },
};

use rustix::{
    fd::OwnedFd,
    fs::{self, AtFlags, Mode, OFlags},
};
use signal_hook::{SigId, consts::SIGXFSZ, flag};

/// The folder that the flags of a run are saved in. It is opened once and every file is made relative to it, so that a link put in
/// the way of its path later leads nobody elsewhere.
#[derive(Debug)]
pub struct Folder(OwnedFd);

impl Folder {
    /// Opens the folder, which is made first where it does not exist.
    ///
    /// # Errors
    /// It could be neither made nor opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        // To write more than the system allows (`ulimit -f`) is an error to report, and not the signal to die of that it would be.
        static REPORT: LazyLock<io::Result<SigId>> = LazyLock::new(|| flag::register(SIGXFSZ, Arc::default()));
        if let Err(error) = &*REPORT {
            return Err(error.kind().into());
        }
        std::fs::create_dir_all(path)?;
        Ok(Self(fs::open(path, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?))
    }

    /// Saves `bytes` under `name`: a temporary file in the same folder, then a rename, so that no moment shows a partial flag and
    /// an older one stays until the new one is whole. A symbolic link of that name is replaced, not followed.
    ///
    /// # Errors
    /// The file could not be written or renamed (full disk, folder removed, a directory of that name). Nothing is left behind.
    pub fn save(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let temporary = format!(".{name}.{}-{count}.part", std::process::id());
        self.write_new(&temporary, bytes)
            .and_then(|()| Ok(fs::renameat(&self.0, &temporary, &self.0, name)?))
            .inspect_err(|_| _ = fs::unlinkat(&self.0, &temporary, AtFlags::empty()))
    }

    fn write_new(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = fs::openat(&self.0, name, flags, Mode::from_raw_mode(0o666))?;
        File::from(file).write_all(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix};

    use super::*;

    fn names(path: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_saved_file_replaces_the_older_one_and_leaves_no_other() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::open(&home.path().join("a/b")).unwrap();
        folder.save("BR.gif", b"old").unwrap();
        folder.save("BR.gif", b"new").unwrap();
        assert_eq!(fs::read(home.path().join("a/b/BR.gif")).unwrap(), b"new");
        assert_eq!(names(&home.path().join("a/b")), ["BR.gif"]);
    }

    #[test]
    fn a_link_in_its_place_is_replaced_and_what_it_led_to_is_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::open(&home.path().join("flags")).unwrap();
        fs::write(home.path().join("precious"), "kept").unwrap();
        unix::fs::symlink(home.path().join("precious"), home.path().join("flags/BR.gif")).unwrap();
        folder.save("BR.gif", b"flag").unwrap();
        assert_eq!(fs::read(home.path().join("precious")).unwrap(), b"kept");
        assert_eq!(fs::read(home.path().join("flags/BR.gif")).unwrap(), b"flag");
    }

    #[test]
    fn what_cannot_be_saved_leaves_nothing_behind() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::open(home.path()).unwrap();
        fs::create_dir(home.path().join("BR.gif")).unwrap();
        folder.save("BR.gif", b"flag").unwrap_err();
        assert_eq!(names(home.path()), ["BR.gif"]);
        fs::remove_dir(home.path().join("BR.gif")).unwrap();
        fs::remove_dir(home.path()).unwrap();
        folder.save("BR.gif", b"flag").unwrap_err();
    }
}
