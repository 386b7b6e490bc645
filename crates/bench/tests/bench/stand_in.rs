//! Stand-ins for the programs that `bench` starts: shell scripts with the command line of ours, and a flag server whose
//! answers come from a thread of the test. So these tests need nothing but `bench`, and any of the programs can be
//! made to lie.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Once, atomic::AtomicBool};
use std::thread;

use bench::plan::strategies;
use nix::sys::signal::Signal;
use sha2::{Digest, Sha256};

/// A program that does its work and says so; of all codes only ZZ has no flag. `LIE` is where a liar departs from it.
const HONEST: &str = r#"#!/bin/sh
workload=$1; shift
codes=; dest=; count=20; repeat=1
while [ $# -gt 0 ]; do
    case $1 in
        --dest) dest=$2; shift ;;
        -n) count=$2; shift ;;
        --repeat) repeat=$2; shift ;;
        --json) ;;
        -*) shift ;;
        *) codes="$codes $1" ;;
    esac
    shift
done
asked=0; errors=0; missing=0; answers=
case $workload in
    flags) copy=1; name=
    while [ $copy -le $repeat ]; do
        for code in $codes; do
            asked=$((asked + 1))
            if [ $code = ZZ ]; then missing=1; else printf 'GIF89a %s;' "$code" > "$dest/$code$name.gif"; fi
        done
        copy=$((copy + 1)); name=-$copy
    done ;;
    primes) asked=20; answers='PRIMES' ;;
    sqrt) asked=$count ;;
esac
LIE
ok=$((asked - errors - missing))
printf '{"counts":{"asked":%s,"ok":%s,"errors":%s},"elapsed_us":900,"peak_memory_kib":1024,"processes":1,"samples":[%s]}\n' \
    "$asked" "$ok" "$errors" "$answers"
"#;

/// Twenty right answers, as the programs report them.
pub fn primes() -> String {
    let row = |(number, is_prime): (u64, bool)| {
        let outcome = if is_prime { "prime" } else { "composite" };
        format!(r#"{{"task":"{number}","outcome":"{outcome}","start_us":0,"end_us":10}}"#)
    };
    bench::plan::primes::PRIMES.map(row).join(",")
}

/// Has the programs started from here on hear of signals, even where the tests were started with these ignored, as by `nohup`: what is
/// ignored is inherited, what has a handler has not.
fn heed_signals() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for signal in [Signal::SIGHUP, Signal::SIGINT, Signal::SIGQUIT, Signal::SIGTERM].map(|signal| signal as i32) {
            let always = Arc::new(AtomicBool::new(true));
            signal_hook::flag::register_conditional_shutdown(signal, 128 + signal, always).unwrap();
        }
    });
}

/// A folder with the programs of the strategies and a flag server.
pub struct StandIns {
    folder: tempfile::TempDir,
}

impl StandIns {
    /// Honest programs.
    pub fn honest() -> Self {
        let stand_ins = Self { folder: tempfile::tempdir().unwrap() };
        strategies::all().iter().for_each(|strategy| stand_ins.put(&strategy.name, ""));
        let port = serve();
        let server = format!("#!/bin/sh\necho 'LOCAL site: http://127.0.0.1:{port}/flags'\nexec cat > /dev/null\n");
        stand_ins.write("flag-server", &server);
        stand_ins
    }

    /// The same, but in `thread-pool` these lines of shell come between the work and the report.
    pub fn with_liar(lie: &str) -> Self {
        let stand_ins = Self::honest();
        stand_ins.put("thread-pool", lie);
        stand_ins
    }

    /// Makes the program `name`, with a lie or without.
    pub fn put(&self, name: &str, lie: &str) {
        self.write(name, &HONEST.replace("PRIMES", &primes()).replace("LIE", lie));
    }

    /// Makes a program of any other kind.
    pub fn write(&self, name: &str, script: &str) {
        // Not by this process: one that another thread starts just then has the file open for a moment too, and what is open for
        // writing cannot be run.
        let mut install = Command::new("install");
        install.args(["-m", "755", "/dev/stdin"]).arg(self.path(name)).stdin(Stdio::piped());
        let mut install = install.spawn().unwrap();
        install.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
        assert!(install.wait().unwrap().success());
    }

    /// A file in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The folder of all results.
    pub fn results(&self) -> PathBuf {
        self.path("results")
    }

    /// The folder of the only run.
    pub fn run_folder(&self) -> PathBuf {
        let mut entries: Vec<_> = fs::read_dir(self.results()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(entries.len(), 1, "{entries:?}");
        entries.remove(0)
    }

    /// The command `bench`, told to use these programs, with more arguments of one line.
    pub fn bench(&self, arguments: &str) -> Command {
        heed_signals();
        let mut command = Command::new(env!("CARGO_BIN_EXE_bench"));
        command.args(arguments.split_whitespace()).arg("--bin").arg(self.folder.path());
        command.arg("--results").arg(self.results()).stdin(Stdio::null());
        command
    }

    /// Runs `bench` to its end.
    pub fn run(&self, arguments: &str) -> Ran {
        Ran::new(self.bench(arguments).output().unwrap())
    }
}

/// How a run of `bench` ended, and what it said.
#[derive(Debug)]
pub struct Ran {
    pub status: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub fn new(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { status: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Its only standard output and error, if it ended with `status`.
    #[track_caller]
    pub fn ended_with(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "{self:#?}");
        self
    }
}

/// Runs `bench` with these arguments and nothing else.
pub fn bare(arguments: &[&Path]) -> Ran {
    Ran::new(Command::new(env!("CARGO_BIN_EXE_bench")).args(arguments).output().unwrap())
}

/// The answers of a flag server, from a thread that ends with the test; returns its port.
fn serve() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || listener.incoming().flatten().for_each(|stream| drop(answer(stream))));
    port
}

fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    let mut line = String::new();
    let mut reader = BufReader::new(stream.try_clone()?);
    reader.read_line(&mut line)?;
    let path = line.split(' ').nth(1).unwrap_or_default();
    let body = match path.split_once("codes=") {
        Some((_, rest)) => manifest(rest),
        // For programs that are no stand-ins.
        None if path.ends_with(".gif") => {
            let name = path.rsplit('/').next().unwrap_or_default();
            format!("GIF89a {};", name.trim_end_matches(".gif").to_ascii_uppercase())
        }
        None => r#"{"requests":3,"connections":1,"peak_in_flight":1,"cpu_user_us":10,"cpu_system_us":10}"#.into(),
    };
    write!(stream, "HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())?;
    // Until the client closes, so that it reads everything.
    stream.shutdown(std::net::Shutdown::Write)?;
    reader.read_to_end(&mut Vec::new()).map(drop)
}

fn manifest(query: &str) -> String {
    let codes = query.split('&').next().unwrap_or_default();
    let copies = query.split_once("copies=").and_then(|(_, copies)| copies.parse().ok()).unwrap_or(1);
    let row = |copy: usize, (place, code): (usize, &str)| {
        let gif = format!("GIF89a {code};");
        let digest: String = Sha256::digest(&gif).iter().map(|byte| format!("{byte:02x}")).collect();
        let delay_us = 1_000 * (place + 1);
        if code == "ZZ" {
            return format!(
                r#"{{"code":"ZZ","copy":{copy},"size":null,"sha256":null,"attempts":[{{"delay_us":{delay_us},"status":404}}]}}"#
            );
        }
        let attempts = format!(r#"[{{"delay_us":{delay_us},"status":200}}]"#);
        format!(r#"{{"code":"{code}","copy":{copy},"size":{},"sha256":"{digest}","attempts":{attempts}}}"#, gif.len())
    };
    let of_copy = |copy| codes.split(',').enumerate().map(move |place| row(copy, place));
    format!(r#"{{"flags":[{}]}}"#, (1..=copies).flat_map(of_copy).collect::<Vec<_>>().join(","))
}
