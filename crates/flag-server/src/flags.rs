//! The flags that a server has, all in memory.

use crate::Code;
use crate::representation::Representation;
use crate::sized::sized;
use hyper::body::Bytes;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::SystemTime;
use std::{env, fmt, iter};

/// The most bytes of a file of a folder: a thousand times those of a flag.
const MOST_FILE_BYTES: u64 = 16 << 20;

/// The flags of a server, or of several.
pub struct Flags(Vec<Option<Flag>>);

/// One flag.
pub(crate) struct Flag {
    pub(crate) country: String,
    pub(crate) gif: Representation,
    pub(crate) metadata: Representation,
}

impl Flags {
    /// The 194 that are built in.
    pub fn built_in() -> Arc<Flags> {
        static BUILT_IN: LazyLock<Arc<Flags>> = LazyLock::new(|| drawn(|_, gif| Bytes::from_static(gif)));
        BUILT_IN.clone()
    }

    /// The 194 that are built in, each of this many [bytes](crate::SIZES): filled up by comments, or one pixel where that is too few for it.
    pub fn sized(size: usize) -> Arc<Flags> {
        drawn(|code, gif| sized(gif, code, size).into())
    }

    /// Reads a folder that has a `{cc}/{cc}.gif` for every flag, and perhaps a `{cc}/metadata.json`,
    /// in lower case. All is read now: later changes are not seen, and no request opens a file.
    ///
    /// # Errors
    /// A folder or a file that cannot be read; a file of more than 16 MiB; a symbolic link that
    /// leads out of the folder; a folder without any flag, which most likely is another one than was meant.
    pub fn from_folder(folder: &Path) -> io::Result<Arc<Flags>> {
        let root = folder.canonicalize().map_err(|e| explain(folder, &e))?;
        let flags: Vec<_> = Code::all().map(|code| flag_in(&root, code)).collect::<Result<_, _>>()?;
        if flags.iter().all(Option::is_none) {
            let what = format!("{} has no flags: they would be named br/br.gif", folder.display());
            return Err(io::Error::new(ErrorKind::InvalidInput, what));
        }
        Ok(Arc::new(Flags(flags)))
    }

    /// The flag of a code, if there is one.
    pub(crate) fn get(&self, code: Code) -> Option<&Flag> {
        self.0[code.index()].as_ref()
    }

    /// The codes that have a flag, in alphabetical order.
    pub(crate) fn codes(&self) -> impl Iterator<Item = Code> {
        iter::zip(Code::all(), &self.0).filter_map(|(code, flag)| flag.as_ref().map(|_| code))
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} flags", self.codes().count())
    }
}

impl Flag {
    fn new(code: Code, country: &str, gif: impl Into<Bytes>, modified: SystemTime) -> Flag {
        let metadata = serde_json::json!({ "country": country, "code": code.to_string() });
        Flag {
            country: country.to_owned(),
            gif: Representation::new("image/gif", gif, modified),
            metadata: Representation::new("application/json", metadata.to_string(), modified),
        }
    }
}

/// The flags that were drawn when this program was built, each as `body` makes it.
fn drawn(body: impl Fn(Code, &'static [u8]) -> Bytes) -> Arc<Flags> {
    let modified = build_time();
    let flag = |code: Code| {
        let image = flag_images::find(&code.to_string())?;
        Some(Flag::new(code, image.country, body(code, image.gif), modified))
    };
    Arc::new(Flags(Code::all().map(flag).collect()))
}

/// When this program was built, so that a client meets the same flags after a restart; now, if the system does not say.
fn build_time() -> SystemTime {
    let program = env::current_exe().and_then(|path| path.metadata()?.modified());
    program.unwrap_or_else(|_| SystemTime::now())
}

fn flag_in(root: &Path, code: Code) -> io::Result<Option<Flag>> {
    let folder = root.join(code.to_lower());
    let Some((gif, modified)) = read_inside(root, folder.join(code.to_lower() + ".gif"))? else {
        return Ok(None);
    };
    let name = code.to_string();
    let country = flag_images::find(&name).map_or(name.as_str(), |image| image.country);
    let mut flag = Flag::new(code, country, gif, modified);
    if let Some((metadata, modified)) = read_inside(root, folder.join("metadata.json"))? {
        flag.metadata = Representation::new("application/json", metadata, modified);
    }
    Ok(Some(flag))
}

/// Reads a file and when it was changed, if it is there, and if it really is in the folder when all links are followed.
fn read_inside(root: &Path, path: PathBuf) -> io::Result<Option<(Vec<u8>, SystemTime)>> {
    let real = match path.canonicalize() {
        Ok(real) => real,
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(e) => return Err(explain(&path, &e)),
    };
    if !real.starts_with(root) {
        let what = format!("{} leads out of the folder, to {}", path.display(), real.display());
        return Err(io::Error::new(ErrorKind::InvalidInput, what));
    }
    // Opening a named pipe would wait for ever for a writer.
    if !real.is_file() {
        let what = format!("{} is no regular file", path.display());
        return Err(io::Error::new(ErrorKind::InvalidInput, what));
    }
    let mut bytes = Vec::new();
    // The length that a file says it has may change while it is read.
    let read = File::open(&real).and_then(|file| {
        let modified = file.metadata()?.modified()?;
        Ok((file.take(MOST_FILE_BYTES + 1).read_to_end(&mut bytes)? as u64, modified))
    });
    match read.map_err(|e| explain(&path, &e))? {
        (0..=MOST_FILE_BYTES, modified) => Ok(Some((bytes, modified))),
        _ => {
            let what = format!(
                "{} is larger than {} MiB: all flags are kept in memory",
                path.display(),
                MOST_FILE_BYTES >> 20
            );
            Err(io::Error::new(ErrorKind::InvalidInput, what))
        }
    }
}

fn explain(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot read {}: {error}", path.display()))
}
