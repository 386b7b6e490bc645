//! Gets a list of URLs, one a line in a file. What it teaches: waits overlap, whoever waits; and where a server is to be spared, its limit
//! is what decides, and not the strategy.
//!
//! `cargo run --release -p side-by-side --example urls -- my-urls.txt`
//!
//! Every round gets every URL once by each strategy, so that a server has some thirty times the list to answer. One that is not on this
//! machine is asked for no more than [`manners`] allow, unless `--my-own-server` stands behind the file's name.
//!
//! The clients are those of the strategies' crates, `ureq` and `reqwest`, but not set as there: they know one server, and save what it
//! sends; these are as one would write them.

use std::{
    fs,
    process::{self, ExitCode},
    sync::LazyLock,
    thread,
    time::Duration,
};

use manners::Turn;
use reqwest::{Client, redirect::Policy};
use serde::{Deserialize, Serialize};
use side_by_side::{AsyncWork, Work, arguments, compare_with_async};
use ureq::Agent;
use url::{Host, Url};

mod manners;

/// For each phase: a limit for the whole request would cost `ureq` a thread.
const LIMIT: Duration = Duration::from_secs(20);

#[derive(Clone, Serialize, Deserialize)]
struct Page {
    url: Url,
    /// Whether its server is to be spared. Then no connection is kept open either.
    spared: bool,
}

/// The status, which should be the same each time; a page itself may well change. Without an answer the task fails: it panics.
impl Work for Page {
    type Output = u16;

    fn run(self) -> u16 {
        let _turn = self.spared.then(|| {
            loop {
                match self.turn() {
                    Ok(turn) => break turn,
                    Err(wait) => thread::sleep(wait),
                }
            }
        });
        let agent: &Agent = if self.spared { &SPARING } else { &AGENT };
        let answer = agent.get(self.url.as_str()).call();
        let mut answer = answer.unwrap_or_else(|error| panic!("{}: {error}", self.url));
        answer.body_mut().read_to_vec().unwrap_or_else(|error| panic!("{}: {error}", self.url));
        answer.status().as_u16()
    }
}

impl AsyncWork for Page {
    async fn run(self) -> u16 {
        let mut held = None;
        while self.spared && held.is_none() {
            match self.turn() {
                Ok(turn) => held = Some(turn),
                Err(wait) => tokio::time::sleep(wait).await,
            }
        }
        let client: &Client = if self.spared { &SPARING_CLIENT } else { &CLIENT };
        let answer = client.get(self.url.clone()).send().await;
        let answer = answer.unwrap_or_else(|error| panic!("{}: {error}", self.url));
        let status = answer.status().as_u16();
        answer.bytes().await.unwrap_or_else(|error| panic!("{}: {error}", self.url));
        status
    }
}

impl Page {
    fn turn(&self) -> Result<Turn, Duration> {
        manners::turn(self.url.host_str().unwrap_or_default())
    }
}

static AGENT: LazyLock<Agent> = LazyLock::new(|| agent(1000));
static SPARING: LazyLock<Agent> = LazyLock::new(|| agent(0));
static CLIENT: LazyLock<Client> = LazyLock::new(|| client(1000));
static SPARING_CLIENT: LazyLock<Client> = LazyLock::new(|| client(0));

fn agent(idle_connections: usize) -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        // A redirect is an answer, too: it might lead to a server that is to be spared.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_idle_connections(idle_connections)
        .max_idle_connections_per_host(idle_connections)
        .timeout_connect(Some(LIMIT))
        .timeout_recv_response(Some(LIMIT))
        .timeout_recv_body(Some(LIMIT))
        .build()
        .into()
}

fn client(idle_connections: usize) -> Client {
    // It asks for a default, which only the first client sets.
    _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder().redirect(Policy::none()).pool_max_idle_per_host(idle_connections);
    builder.connect_timeout(LIMIT).read_timeout(LIMIT).build().expect("there is a TLS provider")
}

fn main() -> ExitCode {
    compare_with_async(|| {
        pages(&arguments()).unwrap_or_else(|complaint| {
            eprintln!("error: {complaint}");
            process::exit(2)
        })
    })
}

fn pages(arguments: &[String]) -> Result<Vec<Page>, String> {
    let (file, own_server) = match arguments {
        [file] => (file, false),
        [file, flag] if flag == "--my-own-server" => (file, true),
        _ => {
            return Err(
                "give a file of URLs, one a line, and --my-own-server behind it if you may ask at any rate".into()
            );
        }
    };
    let text = fs::read_to_string(file).map_err(|error| format!("failed to read {file}: {error}"))?;
    let page = |line: &str| {
        let url = Url::parse(line).map_err(|error| format!("{line:?} in {file} is no URL: {error}"))?;
        let is_here = match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => return Err(format!("{line:?} in {file} names no server")),
        };
        Ok(Page { url, spared: !is_here && !own_server })
    };
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(page).collect()
}
