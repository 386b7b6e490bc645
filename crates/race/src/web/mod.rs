//! The page, and the server behind it, for this machine alone.
//!
//! A race is one request, `POST /<token>/race?<knobs>`, and its answer: a stream of server-sent events, from the first program's start
//! to the result. So it lives no longer than the page that asked for it: when the connection goes, the race is stopped.

mod gate;
mod stream;

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use bench::plan::strategies;
use bench::show::pictures::palette;
use bench::show::replay;
use http_body_util::{Either, Full};
use hyper::body::Bytes;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::knobs::Knobs;
use crate::race;
use crate::told::Told;
use gate::Gate;
use stream::Events;

const PAGE: &str = include_str!("page/index.html");
const SCRIPT: &str = include_str!("page/page.js");
const STYLE: &str = include_str!("page/page.css");

/// Nothing comes from anywhere but here, nothing in the page is code but the two scripts, and no other page may hold it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";
/// The most connections at a time: a browser has six.
const MOST_CONNECTIONS: usize = 64;
/// How often is looked whether the user has had enough.
const TICK: Duration = Duration::from_millis(50);

type Body = Either<Full<Bytes>, Events>;

/// What all connections share.
struct Site {
    gate: Gate,
    bin: PathBuf,
    /// One race at a time: two would disturb each other.
    free: Arc<Semaphore>,
}

/// Serves the page, with these knobs set, until `cancel` is raised. A race that goes on then is stopped, and waited for.
///
/// # Errors
/// A port that is in use.
pub fn serve(knobs: &Knobs, port: u16, bin: PathBuf, cancel: &AtomicBool) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
        let listener = listener.with_context(|| format!("port {port} of 127.0.0.1: choose another with --port"))?;
        let gate = Gate::new(listener.local_addr()?)?;
        bench::show::terminal::print(&format!("{}?{}\n", gate.url(), knobs.query()))?;
        bench::show::terminal::say("Open this address in a browser on this machine. Ctrl-C ends it.");
        let site = Arc::new(Site { gate, bin, free: Arc::new(Semaphore::new(1)) });
        let mut connections = JoinSet::new();
        let mut tick = tokio::time::interval(TICK);
        while !cancel.load(Ordering::Relaxed) {
            tokio::select! {
                Ok((socket, _)) = listener.accept(), if connections.len() < MOST_CONNECTIONS => {
                    connections.spawn(connection(socket, site.clone()));
                }
                Some(_) = connections.join_next() => {}
                _ = tick.tick() => {}
            }
        }
        // With its connection goes the race, whose end is waited for.
        connections.shutdown().await;
        let _ended = site.free.acquire().await;
        Ok(())
    })
}

async fn connection(socket: tokio::net::TcpStream, site: Arc<Site>) {
    let service = service_fn(|request| {
        let answer = site.answer(&request);
        async move { Ok::<_, Infallible>(answer) }
    });
    // What ends a connection is the browser's affair.
    let _ = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(socket), service).await;
}

impl Site {
    fn answer<B>(&self, request: &Request<B>) -> Response<Body> {
        let path = match self.gate.path(request) {
            Ok(path) => path,
            Err(status) => return text(status, &status.to_string()),
        };
        match (request.method(), path) {
            (&Method::GET, "") => whole("text/html; charset=utf-8", PAGE),
            (&Method::GET, "page.js") => whole(JAVASCRIPT, SCRIPT),
            (&Method::GET, "replay.js") => whole(JAVASCRIPT, replay::SCRIPT),
            (&Method::GET, "page.css") => whole("text/css; charset=utf-8", SHEET.as_str()),
            (&Method::GET, "about.json") => whole("application/json", ABOUT.as_str()),
            (&Method::GET, picture) if picture.starts_with("flags/") => {
                let code = picture.trim_start_matches("flags/").trim_end_matches(".gif");
                match flag_images::find(code) {
                    Some(flag) => whole("image/gif", flag.gif),
                    None => text(StatusCode::NOT_FOUND, "there is no such flag"),
                }
            }
            (&Method::POST, "race") => self.race(request.uri().query().unwrap_or_default()),
            (_, "race") => text(StatusCode::METHOD_NOT_ALLOWED, "a race is started by a POST"),
            _ => text(StatusCode::NOT_FOUND, "there is no such page"),
        }
    }

    /// Starts a race, whose answer is what it tells.
    fn race(&self, query: &str) -> Response<Body> {
        let knobs = match Knobs::from_query(query) {
            Ok(knobs) => knobs,
            Err(error) => return text(StatusCode::BAD_REQUEST, &error.to_string()),
        };
        let Ok(turn) = self.free.clone().try_acquire_owned() else {
            return text(StatusCode::CONFLICT, "a race is on: wait for its end, or stop it");
        };
        let (teller, events) = stream::channel();
        let bin = self.bin.clone();
        thread::spawn(move || {
            let _turn = turn;
            let cancel = teller.gone();
            if let Err(error) = race::race(&knobs, &bin, &cancel, &mut |told| teller.tell(&told)) {
                teller.tell(&Told::Stopped { why: format!("{error:#}") });
            }
        });
        reply(StatusCode::OK, "text/event-stream", Either::Right(events))
    }
}

const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// The style sheet: the colours of the reports, the page, the replay.
static SHEET: LazyLock<String> = LazyLock::new(|| [&palette::page(), STYLE, replay::STYLE].concat());

/// What the page has to know: the strategies, and the names of the countries.
static ABOUT: LazyLock<String> = LazyLock::new(|| {
    let countries: serde_json::Map<_, _> =
        flag_images::all().iter().map(|flag| (flag.code.to_owned(), flag.country.into())).collect();
    let strategies: Vec<&str> = strategies::all().iter().map(|strategy| strategy.name.as_str()).collect();
    serde_json::json!({ "strategies": strategies, "countries": countries }).to_string()
});

fn whole(content_type: &'static str, body: impl Into<Bytes>) -> Response<Body> {
    reply(StatusCode::OK, content_type, Either::Left(Full::new(body.into())))
}

fn text(status: StatusCode, words: &str) -> Response<Body> {
    reply(status, "text/plain; charset=utf-8", Either::Left(Full::new(format!("{words}\n").into())))
}

fn reply(status: StatusCode, content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = [
        (CONTENT_TYPE, content_type),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    response.headers_mut().extend(headers.map(|(name, value)| (name, HeaderValue::from_static(value))));
    response
}
