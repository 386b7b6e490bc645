//! The blocking HTTP client: `ureq`, set as [`Settings`] says.

use std::{
    io::{self, Read},
    iter,
    sync::{Arc, OnceLock},
    time::Duration,
};

use common::{
    Answer, Cancel, Class, Failure, Flag, Folder, Phase, Settings, Signal, Times, authorization, redirect, tls,
};
use ureq::{
    Agent, RequestBuilder, Timeout,
    tls::{Certificate, RootCerts, TlsConfig},
    typestate::WithoutBody,
    unversioned::transport::{Connector, RustlsConnector},
};
use url::Url;

use crate::transport::{ConnectTimer, Connection, IfNeeded, Known, LeanConnector, Lost, reason};

/// A client, with its connections and the folder that it saves in. Threads share one.
#[derive(Debug)]
pub struct Client {
    /// One for each worker: an agent looks through all its connections at each request, in one thread at a time.
    agents: Arc<[Agent]>,
    folder: Folder,
    settings: Settings,
    /// Wakes a thread that waits between two attempts when the run is cut off.
    stopped: Cancel,
}

/// See [`Client::own`].
static OWN: OnceLock<Client> = OnceLock::new();

/// The most bytes that are set aside for a body because of what the server announces.
const LARGEST_CAPACITY: u64 = 64 << 10;

impl Client {
    /// A client with these settings, for this many workers.
    ///
    /// # Errors
    /// The folder cannot be opened, or the root certificates cannot be read.
    pub fn new(settings: &Settings, workers: usize) -> anyhow::Result<Self> {
        let timeouts = settings.timeouts;
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent(&settings.user_agent)
            .timeout_connect(Some(timeouts.connect))
            .timeout_send_request(Some(timeouts.head))
            .timeout_recv_response(Some(timeouts.head))
            .timeout_recv_body(Some(timeouts.body))
            .max_response_header_size(settings.max_head_bytes)
            .input_buffer_size(settings.buffer_bytes)
            .output_buffer_size(settings.buffer_bytes)
            .max_idle_age(settings.idle_limit)
            // For each host: a run that is redirected to another has as many there.
            .max_idle_connections(usize::MAX)
            .max_idle_connections_per_host(settings.concurrency);
        // Only a run that begins with https, or was given a root, pays for reading them; a redirect from http to https has the
        // client's own bundled ones.
        if settings.base_url.scheme() == "https" || settings.ca_cert.is_some() {
            let roots = tls::roots(settings.ca_cert.as_deref())?;
            let roots: Vec<_> = roots.iter().map(|root| Certificate::from_der(root).to_owned()).collect();
            config = config.tls_config(TlsConfig::builder().root_certs(RootCerts::Specific(Arc::new(roots))).build());
        }
        let chain = LeanConnector.chain(IfNeeded(RustlsConnector::default()));
        let connector = ConnectTimer::new(chain, settings.clock);
        let resolver = Known::new(settings);
        let config = config.build();
        let agent = || Agent::with_parts(config.clone(), connector.clone(), resolver.clone());
        Ok(Self {
            agents: iter::repeat_with(agent).take(workers).collect(),
            folder: Folder::open(settings.dest.as_ref()),
            settings: settings.clone(),
            stopped: Cancel::default(),
        })
    }

    /// A client for as many threads as requests may be under way. Its requests end when the run is cut off.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn shared(settings: &Settings, cancel: &Cancel) -> anyhow::Result<Arc<Self>> {
        let client = Self::new(settings, settings.concurrency)?;
        cancel.on_cut_off(client.stopper());
        Ok(Arc::new(client))
    }

    /// Makes the client of this process, for a worker that is a process: see [`own`](Self::own).
    ///
    /// # Errors
    /// As [`new`](Self::new); or there is one already.
    pub fn make_own(settings: Settings) -> Result<(), String> {
        let client = Self::new(&settings, 1).map_err(|error| format!("{error:#}"))?;
        OWN.set(client).map_err(|_| "this process has a client already".into())
    }

    /// The client of this process, once there is one.
    pub fn own() -> &'static Self {
        OWN.get().expect("a worker makes its client before its first task")
    }

    /// The settings that it was made with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What ends all its requests at once, from another thread.
    fn stopper(&self) -> impl FnOnce() + Send + 'static {
        let (agents, stopped) = (self.agents.clone(), self.stopped.clone());
        move || {
            agents.iter().cloned().for_each(Agent::shutdown);
            stopped.request(Signal::Interrupt);
        }
    }

    /// Waits between two attempts.
    pub fn sleep(&self, pause: Duration) {
        self.stopped.sleep(pause);
    }

    /// Saves a flag. Gives the number of bytes.
    ///
    /// # Errors
    /// As [`Folder::save`].
    pub fn save(&self, flag: Flag, gif: &[u8]) -> io::Result<u64> {
        self.folder.save(&flag.file_name(), gif)?;
        Ok(gif.len() as u64)
    }

    /// Sends a GET request for `worker` and reads the whole answer, and notes when each phase ends.
    ///
    /// # Errors
    /// What kept the answer from being complete.
    pub fn get(&self, url: &Url, worker: usize, times: &mut Times) -> Result<Answer, Failure> {
        let agent = &self.agents[worker % self.agents.len()];
        match self.answer(request(agent, url), times) {
            // A server may close an idle connection just as we use it again, or have sent too much on it before.
            // That says nothing about this flag, so it is no failure: the request goes out once more, on a connection of its own.
            Err(Failure { class: Class::Reset | Class::Closed | Class::Protocol, .. })
                if Connection::of_this_thread() == Connection::Reused =>
            {
                self.answer(request(agent, url).config().max_idle_age(Duration::ZERO).build(), times)
            }
            answer => answer,
        }
    }

    /// The answer to one request.
    fn answer(&self, request: RequestBuilder<WithoutBody>, times: &mut Times) -> Result<Answer, Failure> {
        let clock = self.settings.clock;
        Connection::expect_reused();
        let response = request.call();
        times.first_byte = clock.micros();
        times.connected = match Connection::of_this_thread() {
            Connection::Reused => times.request,
            Connection::Begun => times.first_byte,
            Connection::Made(at) => at,
        };
        let phase = if Connection::of_this_thread() == Connection::Begun { Phase::Connect } else { Phase::FirstByte };
        let mut response = response.map_err(|error| failure(phase, error))?;
        let max_bytes = self.settings.max_bytes;
        let mut answer =
            Answer::begin(response.status().as_u16(), response.version(), response.headers(), &self.settings)?;
        if answer.status >= 400 {
            answer.reason = reason::take();
        }
        let capacity = response.body().content_length().unwrap_or_default().min(LARGEST_CAPACITY);
        let mut body = Vec::with_capacity(capacity as usize);
        // A body that is not read to its end costs the connection; so bodies that are not needed are read too.
        let read = response.body_mut().as_reader().take(max_bytes.saturating_add(1)).read_to_end(&mut body);
        times.body = clock.micros();
        if answer.needs_body() {
            read.map_err(|error| failure(Phase::Body, ureq::Error::Io(error)))?;
            if body.len() as u64 > max_bytes {
                return Err(Answer::too_large(max_bytes));
            }
            answer.body = body;
        }
        Ok(answer)
    }
}

/// A request for this URL. Its credentials go into a header of ours: the client would send them as they are escaped.
fn request(agent: &Agent, url: &Url) -> RequestBuilder<WithoutBody> {
    match authorization(url) {
        None => agent.get(url.as_str()),
        Some(credentials) => {
            let mut plain = url.clone();
            // Only a URL without a host has none.
            _ = plain.set_username("").and_then(|()| plain.set_password(None));
            agent.get(plain.as_str()).header("authorization", credentials)
        }
    }
}

/// The class of an error of the client's, seen in this phase.
fn failure(phase: Phase, error: ureq::Error) -> Failure {
    let class = match &error {
        ureq::Error::Timeout(Timeout::Connect) => return Failure::timeout(Phase::Connect),
        ureq::Error::Timeout(Timeout::RecvBody) => return Failure::timeout(Phase::Body),
        ureq::Error::Timeout(_) => return Failure::timeout(phase),
        ureq::Error::HostNotFound => Class::Dns,
        ureq::Error::Other(what) if what.is::<redirect::Private>() => Class::Redirect,
        ureq::Error::Rustls(error) => return tls::failure(error),
        ureq::Error::Tls(_) => Class::Tls,
        ureq::Error::LargeResponseHeader(..) => return Answer::head_too_large(),
        ureq::Error::Protocol(what) if what.to_string().contains("too many headers") => {
            return Answer::head_too_large();
        }
        ureq::Error::BodyStalled => Class::Truncated,
        ureq::Error::Io(io) => match io.get_ref() {
            Some(inner) if let Some(error) = inner.downcast_ref() => return tls::failure(error),
            Some(inner) if inner.is::<ureq::Error>() => {
                let inner = io::Error::into_inner(error.into_io()).and_then(|inner| inner.downcast().ok());
                return failure(phase, *inner.expect("it was seen to be one"));
            }
            Some(inner) if let Some(Lost(error)) = inner.downcast_ref() => return Failure::io(phase, error),
            Some(inner) if inner.to_string().starts_with("failed to lookup") => Class::Dns,
            _ => return Failure::io(phase, io),
        },
        _ => Class::Protocol,
    };
    Failure::new(class, error.to_string())
}
