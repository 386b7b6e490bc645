//! The asynchronous HTTP client: `reqwest`, set as [`Settings`] says.

use std::{error::Error, future::Future, io, sync::Arc, time::Duration};

use anyhow::Context;
use common::{Answer, Class, Failure, Flag, Folder, Phase, Settings, Times, tls};
use reqwest::{Response, redirect::Policy};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use tokio::{
    sync::{OnceCell, watch},
    time::{Instant, sleep, timeout_at},
};
use url::Url;

use crate::noting::{Connection, Noting, noted};

/// A client, with its connections and the folder that it saves in. Tasks share one.
#[derive(Debug)]
pub struct Client {
    plain: reqwest::Client,
    /// Made for the first https URL, since reading root certificates takes as long as many downloads.
    secure: OnceCell<reqwest::Client>,
    folder: Folder,
    settings: Settings,
    /// Becomes true when the run is cut off.
    stopped: watch::Sender<bool>,
}

impl Client {
    /// A client with these settings.
    ///
    /// # Errors
    /// The folder cannot be opened.
    pub fn new(settings: &Settings) -> anyhow::Result<Self> {
        Ok(Self {
            plain: client(settings, RootCertStore::empty()).context("failed to make an HTTP client")?,
            secure: OnceCell::new(),
            folder: Folder::open(&settings.dest)?,
            settings: settings.clone(),
            stopped: watch::Sender::new(false),
        })
    }

    /// The settings that it was made with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What ends all its requests at once, from another thread.
    pub fn stopper(&self) -> impl FnOnce() + Send + 'static {
        let stopped = self.stopped.clone();
        move || _ = stopped.send_replace(true)
    }

    /// Waits between two attempts.
    pub async fn sleep(&self, pause: Duration) {
        self.until_stopped(sleep(pause)).await;
    }

    /// Saves a flag. Gives the number of bytes.
    ///
    /// # Errors
    /// As [`Folder::save`].
    pub fn save(&self, flag: Flag, gif: &[u8]) -> io::Result<u64> {
        self.folder.save(&flag.file_name(), gif)?;
        Ok(gif.len() as u64)
    }

    /// Sends a GET request and reads the whole answer, noting when each phase ends.
    ///
    /// # Errors
    /// Whatever kept the answer from being complete.
    pub async fn get(&self, url: &Url, times: &mut Times) -> Result<Answer, Failure> {
        // A server may close an idle connection at the very moment that we use it again. That is nobody's fault, so it is no
        // failure: the request goes out again, until it has a connection of its own. There are only so many idle ones.
        for _ in 0..self.settings.concurrency {
            match self.try_get(url, times).await {
                (Err(Failure { class: Class::Reset | Class::Closed, .. }), Connection::Reused) => {}
                (answer, _) => return answer,
            }
        }
        self.try_get(url, times).await.0
    }

    async fn try_get(&self, url: &Url, times: &mut Times) -> (Result<Answer, Failure>, Connection) {
        let request = noted(async {
            let answer = self.until_stopped(self.request(url, times)).await;
            (answer.unwrap_or_else(|| Err(Failure::new(Class::Interrupted, "cut off"))), Connection::of_this_request())
        });
        request.await
    }

    async fn request(&self, url: &Url, times: &mut Times) -> Result<Answer, Failure> {
        let (clock, timeouts, max_bytes) = (self.settings.clock, self.settings.timeouts, self.settings.max_bytes);
        let response = self.head(url).await;
        times.first_byte = clock.micros();
        times.connected = match Connection::of_this_request() {
            Connection::Reused => times.request,
            Connection::Begun => times.first_byte,
            Connection::Made(at) => times.first_byte.saturating_sub(at.elapsed().as_micros() as u64),
        };
        let mut response = response?;
        let mut answer = Answer::begin(response.status().as_u16(), response.headers(), max_bytes)?;
        let deadline = Instant::now() + timeouts.body;
        let body = timeout_at(deadline, read(&mut response, max_bytes)).await;
        times.body = clock.micros();
        if answer.needs_body() {
            answer.body = body.unwrap_or_else(|_| Err(Failure::timeout(Phase::Body)))?;
        }
        Ok(answer)
    }

    /// Sends the request and waits for the head of the answer: so long for the connection, and from there so long for the head.
    async fn head(&self, url: &Url) -> Result<Response, Failure> {
        let limit = self.settings.timeouts.head;
        let client = self.client_for(url).await?;
        let mut sending = std::pin::pin!(client.get(url.clone()).send());
        let mut deadline = Instant::now() + limit;
        loop {
            if let Ok(response) = timeout_at(deadline, &mut sending).await {
                let connecting = matches!(Connection::of_this_request(), Connection::Begun);
                let phase = if connecting { Phase::Connect } else { Phase::FirstByte };
                return response.map_err(|error| failure(phase, &error));
            }
            deadline = match Connection::of_this_request() {
                // Connecting has a limit of its own, which ends the request if need be.
                Connection::Begun => Instant::now() + limit,
                Connection::Made(at) if at + limit > Instant::now() => at + limit,
                _ => return Err(Failure::timeout(Phase::FirstByte)),
            };
        }
    }

    async fn client_for(&self, url: &Url) -> Result<&reqwest::Client, Failure> {
        if url.scheme() != "https" {
            return Ok(&self.plain);
        }
        let secure = self.secure.get_or_try_init(|| async {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(tls::roots(self.settings.ca_cert.as_deref())?);
            anyhow::Ok(client(&self.settings, roots)?)
        });
        secure.await.map_err(|error| Failure::new(Class::Tls, format!("{error:#}")))
    }

    /// What `work` gives, or nothing when the run is cut off before.
    async fn until_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut stopped = self.stopped.subscribe();
        tokio::select! {
            biased;
            done = work => Some(done),
            _ = stopped.wait_for(|stopped| *stopped) => None,
        }
    }
}

/// A client that trusts these roots.
fn client(settings: &Settings, roots: RootCertStore) -> anyhow::Result<reqwest::Client> {
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(reqwest::Client::builder()
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .http1_only()
        .user_agent(&settings.user_agent)
        .connect_timeout(settings.timeouts.connect)
        .pool_max_idle_per_host(settings.concurrency)
        .resolve_to_addrs(settings.base_url.host_str().unwrap_or_default(), &settings.addresses)
        .tls_backend_preconfigured(tls)
        .connector_layer(tower_layer::layer_fn(Noting))
        .build()?)
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
    let io = chain.iter().find_map(|error| error.downcast_ref::<io::Error>());
    let class = if error.is_dns() {
        Class::Dns
    } else if chain.iter().any(|error| error.is::<rustls::Error>()) || io.is_some_and(holds_tls_error) {
        Class::Tls
    } else if error.is_timeout() {
        return Failure::timeout(phase);
    } else if let Some(io) = io {
        return Failure::io(phase, io);
    } else if last.contains("connection closed before message completed") {
        Class::Closed
    } else if last.contains("message head is too large") {
        Class::TooLarge
    } else {
        Class::Protocol
    };
    Failure::new(class, last)
}

fn holds_tls_error(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>())
}
