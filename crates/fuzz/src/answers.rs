//! The same bytes of a server to both HTTP clients: they must come to the same.
//!
//! The input is a byte of how, a byte of where the answer is cut in two, and the answer. A good flag may come first on the same connection, and one
//! comes last, on that connection or on another.

use std::collections::HashMap;
use std::io;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use async_tasks::client::Clients;
use common::{Flag, FlagSample, Outcome, Settings, Timeouts};
use conformance::tls::{self, Certificate};
use faults::{After, RawServer, Visit};
use tempfile::TempDir;
use tokio::runtime::Builder;

use crate::input::Input;

/// What the servers are to do, by the number of the run, and what they have seen.
static RUNS: Mutex<Option<HashMap<usize, Run>>> = Mutex::new(None);
static SERVER: LazyLock<RawServer> = LazyLock::new(|| RawServer::start(play));
static SECURE: LazyLock<RawServer> = LazyLock::new(|| tls::start(Certificate::Good, play));
static FOLDER: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a fresh folder");
    std::fs::write(folder.path().join("root.pem"), &*tls::ROOT).expect("a file in a fresh folder");
    folder
});

/// A run, as a server sees it.
#[derive(Clone, Debug, Default)]
struct Run {
    plan: Plan,
    requests: usize,
    connections: usize,
}

/// What is answered to the flag in the middle, and how.
#[derive(Clone, Debug, Default)]
struct Plan {
    answer: Vec<u8>,
    /// Where it is cut in two.
    cut: usize,
    /// Whether the connection was used before.
    used: bool,
    tls: bool,
    end: End,
}

/// What becomes of the connection after the answer.
#[derive(Clone, Copy, Debug, Default)]
enum End {
    #[default]
    Closes,
    Resets,
    Stays,
}

/// What came of a run.
#[derive(Debug, PartialEq, Eq)]
struct Account {
    /// How each download ended, and how many bytes it saved.
    ends: Vec<(String, u64)>,
    requests: usize,
    connections: usize,
}

impl Plan {
    /// A wrong head that does not end is refused where it comes in one piece, and waited for where it comes in two: the asynchronous client
    /// looks at the first piece, and then not before it sees the end. Which of the two it is depends on when the pieces come.
    fn depends_on_time(&self) -> bool {
        let has_end =
            [&b"\n\r\n"[..], b"\n\n"].iter().any(|end| self.answer.windows(end.len()).any(|part| part == *end));
        matches!(self.end, End::Stays) && self.cut > 0 && !has_end
    }
}

impl Account {
    /// Whether the flag in the middle, and no other, came to nothing.
    fn has_failed(&self) -> bool {
        let middle = self.ends.len() - 2;
        self.ends.iter().enumerate().all(|(at, (end, _))| (end == "ok") == (at != middle))
    }
}

/// Both clients come to the same: the flag in the middle, its neighbours, and the requests and connections that it took.
pub fn target(bytes: &[u8]) {
    let mut input = Input(bytes);
    let (how, cut) = (input.byte(), usize::from(input.byte()));
    let end = [End::Closes, End::Closes, End::Stays, End::Resets][usize::from(how >> 2) % 4];
    let plan = Plan { answer: input.0.to_vec(), cut, used: how & 1 == 1, tls: how & 2 == 2, end };
    let mut accounts = Vec::new();
    // A busy machine may be late for a short time limit: then the same is tried again with longer ones.
    for limit in [150, 600, 2_000].map(Duration::from_millis) {
        let both = [blocking(&plan, limit), asynchronous(&plan, limit)];
        if both[0] == both[1] || plan.depends_on_time() && both.iter().all(Account::has_failed) {
            return;
        }
        accounts.push(both);
    }
    let [blocking, asynchronous] = accounts.pop().expect("there were three");
    panic!("{plan:?}\n  blocking:     {blocking:?}\n  asynchronous: {asynchronous:?}");
}

fn blocking(plan: &Plan, limit: Duration) -> Account {
    account(plan, limit, |settings, flags| {
        let client = sequential::client::Client::new(settings, 1).expect("a client");
        flags.iter().map(|flag| sequential::flags::download_one(&client, *flag)).collect()
    })
}

fn asynchronous(plan: &Plan, limit: Duration) -> Account {
    account(plan, limit, |settings, flags| {
        // A loop of its own, as in the program: what is left of a connection ends with it.
        let runtime = Builder::new_current_thread().enable_all().build().expect("an event loop");
        let samples = runtime.block_on(async {
            let client = Clients::new(settings).expect("a client").client(0);
            let mut samples = Vec::new();
            for flag in flags {
                samples.push(async_tasks::flags::download_one(&client, *flag, 0).await);
            }
            samples
        });
        runtime.shutdown_background();
        samples
    })
}

fn account(plan: &Plan, limit: Duration, download: impl FnOnce(&Settings, &[Flag]) -> Vec<FlagSample>) -> Account {
    let number = add_run(plan.clone());
    let (server, scheme, host) =
        if plan.tls { (&*SECURE, "https", "localhost") } else { (&*SERVER, "http", "127.0.0.1") };
    let base = format!("{scheme}://{host}:{}/{number}/flags", server.address.port());
    let mut settings = Settings::new(base.parse().expect("a URL"), vec![server.address]);
    settings.dest = FOLDER.path().into();
    settings.max_bytes = 20_000;
    // It goes nowhere else.
    settings.max_redirects = 0;
    settings.timeouts = Timeouts { connect: Duration::from_secs(5), head: limit, body: limit };
    settings.ca_cert = plan.tls.then(|| FOLDER.path().join("root.pem").into());
    let codes = if plan.used { &["AD", "BR", "CN"][..] } else { &["BR", "CN"] };
    let flags: Vec<_> = codes.iter().map(|code| Flag { code: code.parse().expect("a code"), copy: 1 }).collect();
    let samples = download(&settings, &flags);
    let Run { requests, connections, .. } = with_run(number, |run| run.clone());
    let end = |sample: FlagSample| match sample.outcome {
        Outcome::Ok => ("ok".to_owned(), sample.bytes),
        Outcome::NotFound => ("not found".to_owned(), 0),
        Outcome::Error(failure) => (failure.class.to_string(), 0),
    };
    Account { ends: samples.into_iter().map(end).collect(), requests, connections }
}

fn add_run(plan: Plan) -> usize {
    static NEXT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let mut runs = RUNS.lock().unwrap_or_else(PoisonError::into_inner);
    runs.get_or_insert_default().insert(number, Run { plan, ..Run::default() });
    number
}

fn with_run<R>(number: usize, use_it: impl FnOnce(&mut Run) -> R) -> R {
    let mut runs = RUNS.lock().unwrap_or_else(PoisonError::into_inner);
    use_it(runs.get_or_insert_default().get_mut(&number).expect("a run of ours"))
}

fn play(visit: &mut Visit) -> io::Result<After> {
    let number = visit.path.split('/').nth(1).and_then(|number| number.parse().ok()).ok_or(io::ErrorKind::Other)?;
    let is_new = visit.nth_on_connection == 0;
    let plan = with_run(number, |run| {
        run.requests += 1;
        run.connections += usize::from(is_new);
        run.plan.clone()
    });
    if visit.code() != "BR" {
        return visit.well();
    }
    let (first, rest) = plan.answer.split_at(plan.cut.min(plan.answer.len()));
    visit.write(first)?;
    visit.write(rest)?;
    match plan.end {
        End::Closes => Ok(After::Close),
        End::Resets => visit.reset(),
        End::Stays => Ok(After::Keep),
    }
}
