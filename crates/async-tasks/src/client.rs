//! The asynchronous HTTP client: `reqwest`, set as [`Settings`] says.

use std::{
    error::Error,
    io,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use common::{Answer, Class, Failure, Flag, Folder, Phase, Settings, Timeouts, Times, authorization, redirect, tls};
use hyper::ext::ReasonPhrase;
use reqwest::{
    Method, Request, Response,
    header::{self, HeaderMap},
    redirect::Policy,
};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use tokio::{
    sync::Semaphore,
    task::yield_now,
    time::{Instant, timeout, timeout_at},
};
use url::{Position, Url};

use crate::transport::{ConnectTimer, Connection, Early, Known, timed};

/// What the clients of an event loop share.
#[derive(Debug)]
pub struct Clients {
    plain: reqwest::Client,
    secure: Arc<OnceLock<reqwest::Client>>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// How http is spoken, where no certificate is needed.
    plain: ClientConfig,
    /// Made for the first https URL, since reading root certificates takes as long as many downloads.
    secure: OnceLock<ClientConfig>,
    folder: Folder,
    /// What each request says. The client by itself would put it together anew each time.
    headers: HeaderMap,
    settings: Arc<Settings>,
    /// Has no permits, and is closed when the run is cut off. To wait for that takes less than to wait for a `watch` to change.
    stopped: Semaphore,
}

/// The client of one worker, with a connection of its own: workers that share their connections make more of them than they need,
/// since one that waits for a new connection takes another's that becomes free.
#[derive(Debug)]
pub struct Client {
    /// Which of its connections is used: another one after an answer that was not read to its end.
    generation: AtomicU32,
    /// Stands before the host in each URL, as the name of a user would, and is not sent: `reqwest` keeps connections by what stands
    /// there, and a name takes less memory than a whole `reqwest::Client` for each worker.
    name: String,
    plain: reqwest::Client,
    secure: Arc<OnceLock<reqwest::Client>>,
    shared: Arc<Shared>,
}

impl Clients {
    /// Clients with these settings.
    ///
    /// # Errors
    /// There is no TLS.
    pub fn new(settings: &Settings) -> anyhow::Result<Self> {
        let shared = Arc::new(Shared {
            plain: tls_config(RootCertStore::empty())?,
            secure: OnceLock::new(),
            folder: Folder::open(settings.dest.as_ref()),
            headers: headers(settings)?,
            settings: Arc::new(settings.clone()),
            stopped: Semaphore::new(0),
        });
        Ok(Self { plain: shared.new_client(false, 1)?, secure: Arc::default(), shared })
    }

    /// A client for one worker.
    pub fn client(&self, worker: usize) -> Client {
        let Self { plain, secure, shared } = self;
        Client {
            generation: AtomicU32::new(0),
            name: worker.to_string(),
            plain: plain.clone(),
            secure: secure.clone(),
            shared: shared.clone(),
        }
    }

    /// What ends all requests at once, from another thread.
    pub fn stopper(&self) -> impl FnOnce() + Send + 'static {
        let shared = self.shared.clone();
        move || shared.stopped.close()
    }
}

impl Client {
    /// The settings that it was made with.
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// Waits between two attempts.
    pub async fn sleep(&self, pause: Duration) {
        // Either way the wait is over.
        _ = timeout(pause, self.shared.stopped.acquire()).await;
    }

    /// Saves a flag. Gives the number of bytes.
    ///
    /// # Errors
    /// As [`Folder::save`].
    pub fn save(&self, flag: Flag, gif: &[u8]) -> io::Result<u64> {
        self.shared.folder.save(&flag.file_name(), gif)?;
        Ok(gif.len() as u64)
    }

    /// Sends a GET request and reads the whole answer, and notes when each phase ends.
    ///
    /// # Errors
    /// What kept the answer from being complete.
    pub async fn get(&self, url: &Url, times: &mut Times) -> Result<Answer, Failure> {
        timed(async {
            let client = self.client_for(url)?;
            match self.answer(client, url, times).await {
                // A server may close an idle connection just as we use it again, or have sent too much on it
                // before; or send something before the request on a new one. That says nothing about this flag, so it is no failure: the
                // request goes out once more, on a connection of its own.
                Err(Failure { class: Class::Reset | Class::Closed | Class::Protocol, cause })
                    if Connection::of_this_request() == Connection::Reused || cause.contains(UNEXPECTED) => {}
                answer => return answer,
            }
            let client = self.shared.new_client(url.scheme() == "https", 0)?;
            self.answer(&client, url, times).await
        })
        .await
    }

    /// The answer to one request, unless the run is cut off before.
    async fn answer(&self, client: &reqwest::Client, url: &Url, times: &mut Times) -> Result<Answer, Failure> {
        tokio::select! {
            biased;
            answer = self.request(client, url, times) => answer,
            _ = self.shared.stopped.acquire() => Err(Failure::interrupted()),
        }
    }

    async fn request(&self, client: &reqwest::Client, url: &Url, times: &mut Times) -> Result<Answer, Failure> {
        let Settings { clock, timeouts, max_bytes, .. } = self.settings();
        let response = self.head(client, url).await;
        times.first_byte = clock.micros();
        times.connected = match Connection::of_this_request() {
            Connection::Reused => times.request,
            Connection::Begun => times.first_byte,
            Connection::Made(at) => times.first_byte.saturating_sub(at.elapsed().as_micros() as u64),
        };
        let mut response = response?;
        let mut answer =
            match Answer::begin(response.status().as_u16(), response.version(), response.headers(), self.settings()) {
                Ok(answer) => answer,
                Err(failure) => {
                    self.leave_connection();
                    return Err(failure);
                }
            };
        if answer.status >= 400 {
            // hyper leaves it out where it is that of the registry.
            answer.reason =
                response.extensions().get().and_then(|phrase: &ReasonPhrase| Answer::reason(phrase.as_bytes()));
        }
        let deadline = Instant::now() + timeouts.body;
        let body = timeout_at(deadline, read(&mut response, *max_bytes)).await;
        times.body = clock.micros();
        // The connection is put back by a task of its own. One turn of the loop, and it is there for the next request.
        yield_now().await;
        if !matches!(body, Ok(Ok(_))) {
            self.leave_connection();
        }
        if answer.needs_body() {
            answer.body = body.unwrap_or_else(|_| Err(Failure::timeout(Phase::Body)))?;
        }
        Ok(answer)
    }

    /// Sends the request and waits for the head of the answer: each has its limit, first the connection and then the head.
    async fn head(&self, client: &reqwest::Client, url: &Url) -> Result<Response, Failure> {
        let Timeouts { connect, head, .. } = self.settings().timeouts;
        let mut sending = std::pin::pin!(client.execute(self.new_request(url)));
        let start = Instant::now();
        let mut deadline = start + head;
        loop {
            if let Ok(response) = timeout_at(deadline, &mut sending).await {
                return response.map_err(|error| {
                    failure(if error.is_connect() { Phase::Connect } else { Phase::FirstByte }, &error)
                });
            }
            let later = match Connection::of_this_request() {
                Connection::Reused => deadline,
                // Connecting has a limit of its own, which ends the request if need be.
                Connection::Begun => start + connect + head,
                Connection::Made(at) => at + head,
            };
            if later <= deadline {
                return Err(Failure::timeout(Phase::FirstByte));
            }
            deadline = later;
        }
    }

    fn new_request(&self, url: &Url) -> Request {
        let Shared { headers, settings, .. } = &*self.shared;
        let mut request = Request::new(Method::GET, url.clone());
        request.headers_mut().clone_from(headers);
        if let Some(credentials) = authorization(url) {
            request.headers_mut().insert(header::AUTHORIZATION, credentials);
            // Only a URL without a host takes none.
            _ = request.url_mut().set_password(None);
        }
        if authority(url) != authority(&settings.base_url) {
            // The client says which host that is.
            request.headers_mut().remove(header::HOST);
        }
        _ = match self.generation.load(Ordering::Relaxed) {
            0 => request.url_mut().set_username(&self.name),
            generation => request.url_mut().set_username(&format!("{}.{generation}", self.name)),
        };
        request
    }

    /// Has the next request use another connection. What is left of an answer that is not wanted may still come, and with it the end of the
    /// connection, just when the client would use it again.
    fn leave_connection(&self) {
        self.generation.fetch_add(1, Ordering::Relaxed);
    }

    /// The client that keeps its connections, for this URL.
    fn client_for(&self, url: &Url) -> Result<&reqwest::Client, Failure> {
        if url.scheme() != "https" {
            return Ok(&self.plain);
        }
        if let Some(client) = self.secure.get() {
            return Ok(client);
        }
        let client = self.shared.new_client(true, 1)?;
        Ok(self.secure.get_or_init(|| client))
    }
}

impl Shared {
    /// A client that keeps this many idle connections. Only one for https knows root certificates.
    fn new_client(&self, https: bool, idle: usize) -> Result<reqwest::Client, Failure> {
        let settings = &self.settings;
        let tls = if https { self.secure()? } else { &self.plain };
        reqwest::Client::builder()
            .redirect(Policy::none())
            // Not even a copy of the request is kept for another try: `never` alone keeps one.
            .retry(reqwest::retry::never().max_retries_per_request(0))
            .no_proxy()
            .http1_only()
            .http1_allow_obsolete_multiline_headers_in_responses(true)
            .pool_idle_timeout(settings.idle_limit)
            .connect_timeout(settings.timeouts.connect)
            .pool_max_idle_per_host(idle)
            .dns_resolver(Known(self.settings.clone()))
            .tls_backend_preconfigured(tls.clone())
            .connector_layer(tower_layer::layer_fn(ConnectTimer::new))
            .build()
            .map_err(|error| no_client(&error.into()))
    }

    fn secure(&self) -> Result<&ClientConfig, Failure> {
        if let Some(config) = self.secure.get() {
            return Ok(config);
        }
        let mut roots = RootCertStore::empty();
        let read = tls::roots(self.settings.ca_cert.as_deref()).map_err(|error| no_client(&error.into()))?;
        roots.add_parsable_certificates(read);
        let config = tls_config(roots).map_err(|error| no_client(&error.into()))?;
        Ok(self.secure.get_or_init(|| config))
    }
}

/// What the client says of a connection on which something came that was not asked for.
const UNEXPECTED: &str = "received unexpected message from connection";

/// The headers of a request to the base URL's host.
fn headers(settings: &Settings) -> anyhow::Result<HeaderMap> {
    let values = [
        (header::ACCEPT, "*/*"),
        (header::USER_AGENT, &settings.user_agent),
        (header::HOST, authority(&settings.base_url)),
    ];
    // With room for one more, or each copy would grow as the client looks for what is missing.
    let mut headers = HeaderMap::with_capacity(values.len() + 1);
    for (name, value) in values {
        headers.insert(name, value.parse()?);
    }
    Ok(headers)
}

/// The host, and the port where it is not the scheme's own.
fn authority(url: &Url) -> &str {
    &url[Position::BeforeHost..Position::AfterPort]
}

fn tls_config(roots: RootCertStore) -> Result<ClientConfig, rustls::Error> {
    Ok(ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

fn no_client(error: &anyhow::Error) -> Failure {
    Failure::new(Class::Tls, format!("failed to make an HTTP client: {error:#}"))
}

/// Reads the body, up to the limit.
async fn read(response: &mut Response, max_bytes: u64) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failure(Phase::Body, &error))? {
        if (body.len() + chunk.len()) as u64 > max_bytes {
            return Err(Answer::too_large(max_bytes));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The class of an error of the client's, seen in this phase. What happened is at the end of a chain of sources.
fn failure(phase: Phase, error: &reqwest::Error) -> Failure {
    let chain: Vec<&dyn Error> = std::iter::successors(Some(error as &dyn Error), |error| (*error).source()).collect();
    let last = chain.iter().last().map(ToString::to_string).unwrap_or_default();
    // An I/O error hides the one that it wraps from the chain.
    let outer = chain.iter().find_map(|error| error.downcast_ref::<io::Error>());
    let io = outer.and_then(|io| std::iter::successors(Some(io), |io| io.get_ref()?.downcast_ref()).last());
    let class = if let Some(early) = chain.iter().find_map(|error| error.downcast_ref::<Early>()) {
        return early.failure();
    } else if chain.iter().any(|error| error.is::<redirect::Private>()) {
        Class::Redirect
    } else if error.is_dns() {
        Class::Dns
    } else if let Some(error) = chain.iter().find_map(|error| error.downcast_ref()).or_else(|| io.and_then(tls_error)) {
        return tls::failure(error);
    } else if error.is_timeout() {
        return Failure::timeout(phase);
    } else if let Some(io) = io {
        return Failure::io(phase, io);
    } else if last.contains("connection closed before message completed") {
        Class::Closed
    } else if last.contains("message head is too large") {
        return Answer::head_too_large();
    } else {
        Class::Protocol
    };
    Failure::new(class, last)
}

fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}
