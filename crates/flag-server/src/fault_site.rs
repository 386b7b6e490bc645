//! The FAULT site: `/faults/<name>/flags/br/br.gif` meets the fault of this name, and `/faults/random/…` one or none.

use crate::attempts::UnseenRuns;
use crate::fault_list::fault_list;
use crate::origin::is_cross_site;
use crate::response::SERVER;
use crate::routes::{Route, flag_route};
use crate::{Config, METADATA, random_fault};
use faults::{After, Fault, Limits, RawServer, Visit};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io;
use std::net::TcpListener;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Serves the faults on a listener, in threads that end with the program. Of the settings, only the seed and the error rate matter.
///
/// # Errors
/// A listener that is none.
pub fn serve_faults(listener: TcpListener, config: Config, limits: Limits) -> io::Result<()> {
    listener.set_nonblocking(false)?;
    faults::prepare();
    let seed = AtomicU64::new(config.seed);
    let site = Site { config, seed, runs: UnseenRuns::default(), counts: Mutex::default() };
    RawServer::start_on(listener, limits, move |visit| site.answer(visit));
    Ok(())
}

struct Site {
    config: Config,
    /// What `/faults/random` follows from: that of the settings, until a reset brings another.
    seed: AtomicU64,
    /// How often `/faults/random` was asked for each flag.
    runs: UnseenRuns,
    counts: Mutex<Counts>,
}

/// What was done, as `/stats` tells it.
#[derive(Default, Serialize)]
struct Counts {
    /// Good answers of `/faults/random`.
    good: u64,
    /// How often each fault was played.
    faults: BTreeMap<&'static str, u64>,
}

impl Site {
    fn answer(&self, visit: &mut Visit) -> io::Result<After> {
        let method = visit.head.split(' ').next().unwrap_or_default();
        match (method, visit.bare_path()) {
            ("POST", "/reset") if from_another_site(visit) => {
                say(visit, "403 Forbidden", "text/plain", "403 Forbidden: a page of another site asked for it\n")
            }
            ("POST", "/reset") => self.reset(visit),
            (_, "/reset") => only(visit, "POST"),
            ("GET" | "HEAD", "/stats") => {
                let stats = serde_json::to_string(&*self.counts())?;
                say(visit, "200 OK", "application/json", &stats)
            }
            ("GET" | "HEAD", "/" | "/faults" | "/faults/") => list(visit),
            ("GET" | "HEAD", _) => self.flag(visit),
            _ => only(visit, "GET, HEAD"),
        }
    }

    /// Forgets all counts and attempts, and goes on from another seed if one is given: `/reset?seed=7`.
    fn reset(&self, visit: &mut Visit) -> io::Result<After> {
        if let Some((_, query)) = visit.path.split_once('?') {
            let Some(seed) = query.strip_prefix("seed=").and_then(|seed| seed.parse().ok()) else {
                return say(visit, "400 Bad Request", "text/plain", "400 Bad Request: write it as /reset?seed=7\n");
            };
            self.seed.store(seed, Relaxed);
        }
        self.runs.reset();
        *self.counts() = Counts::default();
        say(visit, "200 OK", "text/plain", "counts and attempts are zero\n")
    }

    /// Answers, or does not, what is asked for under the name of a fault.
    fn flag(&self, visit: &mut Visit) -> io::Result<After> {
        let path = visit.path.clone();
        let Some((name, path)) = path.strip_prefix("/faults/").and_then(|path| path.split_once('/')) else {
            return not_found(visit, "no such page");
        };
        let fault = faults::find(name);
        if fault.is_none() && name != "random" {
            return not_found(visit, "no such fault");
        }
        // The address that the program prints.
        if matches!(path.split('?').next(), Some("flags" | "flags/")) {
            return list(visit);
        }
        // No flag is given for another, whatever the fault.
        if !visit.bare_path().ends_with(".gif") || flag_images::find(&visit.code()).is_none() {
            return not_found(visit, "no such flag");
        }
        match fault {
            Some(fault) => self.play(fault, path, visit),
            None => self.random(path, visit),
        }
    }

    fn random(&self, path: &str, visit: &mut Visit) -> io::Result<After> {
        let (flag, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        match flag.strip_prefix("flags/").map(|flag| flag_route(flag.as_bytes(), query)) {
            Some(Route::Flag { code, copy }) if copy != METADATA => {
                let attempt = self.runs.next(code, copy);
                let config = Config { seed: self.seed.load(Relaxed), ..self.config.clone() };
                match random_fault(&config, code, copy, attempt) {
                    Some(fault) => self.play(fault, path, visit),
                    None => {
                        self.counts().good += 1;
                        let after = visit.well()?;
                        self.runs.has(code, copy);
                        Ok(after)
                    }
                }
            }
            _ => not_found(visit, "no such flag"),
        }
    }

    /// Plays a fault. Where it leads to another page, that is one of the same fault.
    fn play(&self, fault: &'static Fault, path: &str, visit: &mut Visit) -> io::Result<After> {
        *self.counts().faults.entry(fault.name).or_default() += 1;
        visit.root = format!("/faults/{}", fault.name);
        visit.path = format!("/{path}");
        (fault.play)(visit)
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn list(visit: &mut Visit) -> io::Result<After> {
    say(visit, "200 OK", "text/plain; charset=utf-8", &fault_list(visit.server))
}

fn not_found(visit: &mut Visit, what: &str) -> io::Result<After> {
    let page = format!("404 Not Found: {what}; http://{}/faults/ lists what there is\n", visit.server);
    visit.answer("404 Not Found", &format!("Server: {SERVER}\r\nContent-Type: text/plain\r\n"), page.as_bytes())
}

/// The 405 that names what is allowed (RFC 9110, 15.5.6).
fn only(visit: &mut Visit, methods: &str) -> io::Result<After> {
    let headers = format!("Server: {SERVER}\r\nAllow: {methods}\r\nConnection: close\r\n");
    visit.answer("405 Method Not Allowed", &headers, b"")?;
    Ok(After::Close)
}

fn from_another_site(visit: &Visit) -> bool {
    let header = |name: &str| {
        let mut lines = visit.head.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    };
    is_cross_site(header("origin"), header("sec-fetch-site"), header("host"))
}

/// Answers well, with a page, and closes: that is the least to go wrong.
fn say(visit: &mut Visit, status: &str, content_type: &str, page: &str) -> io::Result<After> {
    let headers = format!("Server: {SERVER}\r\nContent-Type: {content_type}\r\nConnection: close\r\n");
    visit.answer(status, &headers, page.as_bytes())?;
    Ok(After::Close)
}
