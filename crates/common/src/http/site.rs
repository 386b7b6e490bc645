//! Which server the flags come from, and starting our own where none runs.

use std::{
    env,
    ffi::OsStr,
    io::{self, BufRead, BufReader, ErrorKind, Read, Write},
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    os::unix::{ffi::OsStrExt, process::CommandExt},
    path::{self, PathBuf},
    process::{Child, Command, Stdio},
    str::FromStr,
    time::{Duration, Instant},
};

use rustix::param::linux_execfn;
use url::Url;

use crate::http::{password::without_password, redirect};

/// The host of the public site.
const REMOTE: &str = "www.fluentpython.com";

/// The server that a command line names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Server {
    /// `http://localhost:8000/flags`.
    Local,
    /// Port 8001: waits before each response.
    Delay,
    /// Port 8002: waits, and answers a quarter of the requests with an error.
    Error,
    /// A public site.
    Remote,
    /// A base URL of the user's own.
    At(Url),
}

/// A server that is ready, for as long as this lives.
#[derive(Debug)]
pub struct Site {
    /// How the report calls it.
    pub label: &'static str,
    /// Where the flags are.
    pub base_url: Url,
    /// The host's addresses, resolved once. Never empty.
    pub addresses: Vec<SocketAddr>,
    /// The most connections that it is fair to open.
    pub max_connections: usize,
    /// The least time between two requests, at a public site.
    pub pace: Option<Duration>,
    /// The server that we started for this run, if we did.
    started: Option<OwnServer>,
}

/// Why there is no server to ask.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// The host's name leads nowhere.
    #[error("failed to find the host of {}: {why}; check the URL and the network", without_password(url))]
    Unresolved {
        /// The base URL.
        url: Url,
        /// What the resolver said.
        why: io::Error,
    },
    /// Our own server is not beside this program.
    #[error(
        "there is no {}, which serves the flags: install it with `cargo install --path crates/flag-server`, or in the \
         workspace build it with `cargo build --release`, or name a server with --server URL",
        .program.display()
    )]
    Missing {
        /// Where it should be.
        program: PathBuf,
    },
    /// Our own server did not start.
    #[error("failed to start {}: {why}; name a server with --server URL", .program.display())]
    NotStarted {
        /// The program that was started.
        program: PathBuf,
        /// What went wrong.
        why: io::Error,
    },
}

impl FromStr for Server {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_uppercase().as_str() {
            "LOCAL" => return Ok(Self::Local),
            "DELAY" => return Ok(Self::Delay),
            "ERROR" => return Ok(Self::Error),
            "REMOTE" => return Ok(Self::Remote),
            _ => {}
        }
        match Url::parse(text) {
            Ok(url) if url.as_str().len() > LONGEST_BASE => {
                Err(format!("must be at most {LONGEST_BASE} bytes long, not {}", url.as_str().len()))
            }
            Ok(url) if matches!(url.scheme(), "http" | "https") && url.host().is_some() => Ok(Self::At(url)),
            _ => Err("must be one of DELAY, ERROR, LOCAL, REMOTE, or an http:// or https:// URL".into()),
        }
    }
}

/// The longest URL of a server, in bytes: a flag's is that and a path of its own.
const LONGEST_BASE: usize = redirect::LONGEST_URL - 100;

impl Server {
    /// Makes the server ready: resolves it and, for LOCAL, DELAY and ERROR, starts our own where none listens.
    ///
    /// # Errors
    /// See [`SiteError`].
    pub fn ready(&self) -> Result<Site, SiteError> {
        match self {
            Self::Local => ours("LOCAL", 8000),
            Self::Delay => ours("DELAY", 8001),
            Self::Error => ours("ERROR", 8002),
            Self::Remote => {
                let url = format!("https://{REMOTE}/data/flags").parse().expect("a URL of ours");
                Ok(fair(resolved("REMOTE", url)?))
            }
            Self::At(url) if self.is_public() => Ok(fair(resolved("Custom", url.clone())?)),
            Self::At(url) => resolved("Custom", url.clone()),
        }
    }

    /// Whether it is the chapter's own site, which others use too: it is asked at a fair pace.
    pub fn is_public(&self) -> bool {
        match self {
            Self::Remote => true,
            Self::At(url) => url.host_str() == Some(REMOTE),
            _ => false,
        }
    }
}

impl Site {
    /// Tells the user if the server was started for this run alone.
    pub fn announce(&self) {
        if self.started.is_some() {
            eprintln!(
                "Nothing on the port of {} serves flags: started a flag-server at {} for this run.",
                self.label, self.base_url
            );
        }
    }
}

/// A public site never gets many requests at once, however many were asked for.
fn fair(site: Site) -> Site {
    Site { max_connections: 20, pace: Some(Duration::from_millis(100)), ..site }
}

fn resolved(label: &'static str, base_url: Url) -> Result<Site, SiteError> {
    let addresses = base_url
        .socket_addrs(|| None)
        .and_then(|addresses| match addresses.is_empty() {
            true => Err(io::Error::other("it has no address")),
            false => Ok(addresses),
        })
        .map_err(|why| SiteError::Unresolved { url: base_url.clone(), why })?;
    Ok(Site { label, base_url, addresses, max_connections: usize::MAX, pace: None, started: None })
}

/// The server on `port`, ours or the chapter's, or one of ours started for this run.
fn ours(label: &'static str, port: u16) -> Result<Site, SiteError> {
    for address in [SocketAddr::from((Ipv4Addr::LOCALHOST, port)), (Ipv6Addr::LOCALHOST, port).into()] {
        if serves_flags(address) {
            let base_url = format!("http://localhost:{port}/flags").parse().expect("a URL of ours");
            let site = resolved(label, base_url)?;
            return Ok(Site { addresses: vec![address], ..site });
        }
    }
    let (started, base_url) = OwnServer::start(label)?;
    Ok(Site { started: Some(started), ..resolved(label, base_url)? })
}

/// Whether our own server listens there, or one that has flags where the chapter's servers have them.
fn serves_flags(address: SocketAddr) -> bool {
    // Our own may delay a flag, and counts who asks for one. The chapter's delay no HEAD.
    let is_ours = |head: &str| head.contains("\r\nserver: side-by-side-flag-server");
    let is_flag = |head: &str| head.split(' ').nth(1) == Some("200") && head.contains("\r\ncontent-type: image/gif");
    head(address, "/")
        .is_some_and(|root| is_ours(&root) || head(address, "/flags/br/br.gif").is_some_and(|flag| is_flag(&flag)))
}

/// The head of an answer, in lower case, if it comes whole within a second: what listens may be silent, or drip.
fn head(address: SocketAddr, path: &str) -> Option<String> {
    const MOST_BYTES: usize = 4096;
    let end = Instant::now() + Duration::from_secs(1);
    let left = || Some(end.saturating_duration_since(Instant::now())).filter(|left| !left.is_zero());
    let mut stream = TcpStream::connect_timeout(&address, left()?).ok()?;
    stream.set_write_timeout(left()).ok()?;
    stream
        .write_all(format!("HEAD {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())
        .ok()?;
    let (mut answer, mut chunk) = (Vec::new(), [0; 512]);
    while !answer.windows(4).any(|end| end == b"\r\n\r\n") {
        stream.set_read_timeout(Some(left()?)).ok()?;
        match stream.read(&mut chunk).ok()? {
            0 => return None,
            _ if answer.len() > MOST_BYTES => return None,
            read => answer.extend(&chunk[..read]),
        }
    }
    Some(String::from_utf8_lossy(&answer).to_ascii_lowercase())
}

/// A `flag-server` of our own, for one run. It ends when this is dropped; and, should this process be killed, when the pipe that
/// is its standard input closes.
#[derive(Debug)]
struct OwnServer(Child);

impl OwnServer {
    fn start(label: &str) -> Result<(Self, Url), SiteError> {
        let program = this_program().with_file_name("flag-server");
        let failed = |why: io::Error| match why.kind() {
            ErrorKind::NotFound => SiteError::Missing { program: program.clone() },
            _ => SiteError::NotStarted { program: program.clone(), why },
        };
        let mut child = Command::new(&program)
            .args([&label.to_ascii_lowercase(), "--port", "0", "--exit-with-parent"])
            // A Ctrl-C in the terminal is for us; the server stays until what is under way has ended.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let stdout = child.stdout.take().expect("its stdout is a pipe");
        let server = Self(child);
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).map_err(failed)?;
        let url = line.trim().rsplit_once("site: ").and_then(|(_, url)| url.parse().ok());
        let url = url.ok_or_else(|| failed(io::Error::other(format!("it said {line:?} instead of its address"))))?;
        Ok((server, url))
    }
}

/// Where this program is. Without /proc, where it was started from.
pub fn this_program() -> PathBuf {
    env::current_exe().unwrap_or_else(|_| {
        let path = OsStr::from_bytes(linux_execfn().to_bytes());
        // A name alone would be looked up in PATH.
        path::absolute(path).unwrap_or_else(|_| path.into())
    })
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn labels_are_case_insensitive_and_urls_are_http() {
        assert_eq!("delay".parse(), Ok(Server::Delay));
        assert!(matches!("http://127.0.0.1:9/flags".parse(), Ok(Server::At(_))));
        for bad in ["", "NOWHERE", "ftp://h/flags", "localhost:8000"] {
            bad.parse::<Server>().unwrap_err();
        }
    }

    #[test]
    fn a_public_site_gets_twenty_connections_and_ten_requests_a_second_at_most() {
        let site = fair(resolved("REMOTE", "http://127.0.0.1/flags".parse().unwrap()).unwrap());
        assert_eq!((site.max_connections, site.pace), (20, Some(Duration::from_millis(100))));
    }

    #[test]
    fn a_server_with_flags_is_told_apart_from_what_else_may_listen() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let serves = |answers: &'static [&'static str]| {
            let listener = listener.try_clone().unwrap();
            let server = std::thread::spawn(move || {
                for answer in answers {
                    let (mut stream, _) = listener.accept().unwrap();
                    _ = stream.read(&mut [0; 1024]).unwrap();
                    stream.write_all(answer.as_bytes()).unwrap();
                }
            });
            let serves = serves_flags(address);
            server.join().unwrap();
            serves
        };
        const PYTHON: &str = "HTTP/1.0 200 OK\r\nServer: SimpleHTTP/0.6 Python/3.11.7\r\n\r\n";
        assert!(serves(&["HTTP/1.1 200 OK\r\nserver: side-by-side-flag-server/0.1.0\r\n\r\n"]));
        assert!(serves(&[PYTHON, "HTTP/1.0 200 OK\r\nContent-type: image/gif\r\n\r\n"]));
        assert!(!serves(&[PYTHON, "HTTP/1.0 404 File not found\r\n\r\n"]));
        assert!(!serves(&[PYTHON, "HTTP/1.0 200 OK\r\nContent-type: text/html\r\n\r\n"]));
        assert!(!serves(&["SSH-2.0-OpenSSH_9.2\r\n"]));
    }

    #[test]
    fn a_listener_that_drips_or_says_nothing_is_given_up() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        assert!(!serves_flags(address), "nothing is said: the connection waits in the backlog");
        let dripping = std::thread::spawn(move || {
            let mut streams = listener.incoming().flatten();
            let (_silent, mut stream) = (streams.next().unwrap(), streams.next().unwrap());
            // Until the other side has left.
            while stream.write_all(b"H").is_ok() {
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        assert!(!serves_flags(address));
        dripping.join().unwrap();
        assert!(!serves_flags(address), "nothing listens");
    }
}
