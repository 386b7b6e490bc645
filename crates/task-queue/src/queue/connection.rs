//! The way to a queue's server: who we are there, and how we learn that it is gone.

use std::{fmt, fs, future::pending, io, path::PathBuf, time::Duration};

use async_nats::{
    Client, ConnectError, ConnectErrorKind, ConnectOptions, Event,
    jetstream::{Context, context::ContextBuilder},
};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// A server's address, and how to prove who we are.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Server {
    /// `nats://host:4222`, or `tls://`; several of a cluster with commas between.
    pub urls: String,
    /// How to prove who we are.
    pub login: Login,
    /// A PEM file with root certificates to trust, for TLS.
    pub roots: Option<PathBuf>,
}

/// How to prove who we are. Its `Debug` shows no secret.
#[derive(Clone, Default, Serialize, Deserialize)]
pub enum Login {
    /// Not at all, or as the URL says.
    #[default]
    None,
    /// By a name and a password.
    Password(String, String),
    /// By a token.
    Token(String),
    /// By a credentials file, as `nsc` makes them.
    Credentials(PathBuf),
}

/// Why there is no queue.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// Nobody answers there.
    #[error("failed to reach the queue's server at {urls}: {why}; is it running?")]
    Unreachable {
        /// Where.
        urls: String,
        /// What the client says.
        why: String,
    },
    /// It does not let us in.
    #[error(
        "the queue's server at {urls} refuses the login: {why}; check the user, the password, the token or the credentials file"
    )]
    Refused {
        /// Where.
        urls: String,
        /// What it says.
        why: String,
    },
    /// It does not do what a queue needs.
    #[error("the queue's server at {urls} does not do what is asked: failed to {doing}: {why}")]
    Unable {
        /// Where.
        urls: String,
        /// What was being done.
        doing: &'static str,
        /// What it says.
        why: String,
    },
    /// A file that is to prove who we are, or who the server is, cannot be used.
    #[error("failed to read {}: {why}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        why: io::Error,
    },
    /// There is no `nats-server` on this machine.
    #[error(
        "there is no nats-server on this machine: install it with `apt-get install nats-server` (or from https://nats.io/download), or name \
         a server with --nats URL"
    )]
    NoServer,
    /// Our own server did not start.
    #[error("failed to start a nats-server for this run: {0}")]
    NotStarted(String),
    /// An option makes no sense.
    #[error("{0}")]
    Mistake(String),
}

/// Whether there is a connection, and the how many-th.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Whether there is one now.
    pub is_up: bool,
    /// How many there were: what was asked on an earlier one is not answered on this.
    pub epoch: u64,
}

/// A connection that mends itself.
#[derive(Clone)]
pub struct Connection {
    /// For messages that are not stored.
    pub client: Client,
    /// For those that are.
    pub context: Context,
    /// Whether it stands.
    pub link: watch::Receiver<Link>,
}

/// Waits until there is another connection than the one of this epoch.
pub async fn renewed(link: &mut watch::Receiver<Link>, epoch: u64) {
    if link.wait_for(|link| link.is_up && link.epoch != epoch).await.is_err() {
        // The client is gone, and there will be none.
        pending().await
    }
}

/// How long one attempt to connect may take.
const CONNECT: Duration = Duration::from_secs(3);

/// How often the server is asked whether it is still there, where nothing else is said. Two unanswered questions end the connection.
const PING: Duration = Duration::from_secs(2);

/// The longest wait between two attempts to connect again.
const LONGEST_WAIT: Duration = Duration::from_millis(250);

/// How long an answer of the server's may take; then it is asked again.
pub const ANSWER: Duration = Duration::from_secs(2);

/// How many stored messages may wait for their acknowledgement.
const UNACKNOWLEDGED: usize = 4096;

/// Connects, once. `inbox` is where answers come to: a server's permissions can tell callers and workers by it.
///
/// # Errors
/// See [`QueueError`].
pub async fn connect(server: &Server, name: &str, inbox: &str) -> Result<Connection, QueueError> {
    let (sender, link) = watch::channel(Link::default());
    let mut options = ConnectOptions::new()
        .name(name)
        .custom_inbox_prefix(inbox)
        .connection_timeout(CONNECT)
        .ping_interval(PING)
        .request_timeout(Some(ANSWER))
        .reconnect_delay_callback(|attempts| LONGEST_WAIT.min(Duration::from_millis(5 << attempts.min(6))))
        .event_callback(move |event| {
            sender.send_if_modified(|link| match event {
                Event::Connected => {
                    *link = Link { is_up: true, epoch: link.epoch + 1 };
                    true
                }
                Event::Disconnected | Event::Closed => {
                    link.is_up = false;
                    true
                }
                _ => false,
            });
            async {}
        });
    let login = match &server.login {
        Login::None => login_in(&server.urls),
        given => given.clone(),
    };
    options = match &login {
        Login::None => options,
        Login::Password(user, password) => options.user_and_password(user.clone(), password.clone()),
        Login::Token(token) => options.token(token.clone()),
        Login::Credentials(path) => {
            let failed = |why| QueueError::File { path: path.clone(), why };
            let text = fs::read_to_string(path).map_err(failed)?;
            options.credentials(&text).map_err(failed)?
        }
    };
    if let Some(path) = &server.roots {
        fs::metadata(path).map_err(|why| QueueError::File { path: path.clone(), why })?;
        options = options.add_root_certificates(path.clone()).require_tls(true);
    }
    let urls: Vec<String> = shown(&server.urls).split(',').map(str::to_owned).collect();
    let client = options.connect(urls).await.map_err(|error| refused(server, &error))?;
    let context = ContextBuilder::new()
        .timeout(ANSWER)
        .ack_timeout(ANSWER)
        .max_ack_inflight(UNACKNOWLEDGED)
        .backpressure_on_inflight(true)
        .build(client.clone());
    Ok(Connection { client, context, link })
}

/// The login in the first of the URLs: `nats://user:password@host`, or `nats://token@host`. The client itself takes no notice of it.
fn login_in(urls: &str) -> Login {
    let first = urls.split(',').next().unwrap_or_default().trim();
    let Some((login, _)) = first.rsplit_once('@') else { return Login::None };
    let login = login.split_once("://").map_or(login, |(_, login)| login);
    let plain = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
    match login.split_once(':') {
        Some((user, password)) => Login::Password(plain(user), plain(password)),
        None => Login::Token(plain(login)),
    }
}

fn refused(server: &Server, error: &ConnectError) -> QueueError {
    let (urls, why) = (shown(&server.urls), text(error));
    match error.kind() {
        ConnectErrorKind::Authentication | ConnectErrorKind::AuthorizationViolation => {
            QueueError::Refused { urls, why }
        }
        _ => QueueError::Unreachable { urls, why },
    }
}

/// An error with what is behind it.
pub fn text(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = error.source();
    }
    text
}

/// URLs without what is in them of a login.
pub fn shown(urls: &str) -> String {
    let without = |url: &str| match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        (None, Some((_, host))) => host.to_owned(),
        _ => url.to_owned(),
    };
    urls.split(',').map(|url| without(url.trim())).collect::<Vec<_>>().join(",")
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => write!(f, "None"),
            Self::Password(user, _) => f.debug_tuple("Password").field(user).finish_non_exhaustive(),
            Self::Token(_) => f.debug_tuple("Token").finish_non_exhaustive(),
            Self::Credentials(path) => f.debug_tuple("Credentials").field(path).finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_may_be_in_the_url() {
        let of = |urls| match login_in(urls) {
            Login::Password(user, password) => format!("{user} {password}"),
            Login::Token(token) => token,
            _ => String::new(),
        };
        assert_eq!(of("nats://me:p%40ss@h:4222,nats://other:two@i"), "me p@ss");
        assert_eq!([of("tls://token@h"), of("me:one@h"), of("nats://h:4222")], ["token", "me one", ""]);
    }

    #[test]
    fn a_login_is_shown_nowhere() {
        assert_eq!(shown("nats://me:secret@h:4222, tls://token@i"), "nats://h:4222,tls://i");
        assert_eq!(shown("me:secret@h"), "h");
        let logins = [Login::Password("me".into(), "secret".into()), Login::Token("secret".into())];
        assert!(!format!("{logins:?}").contains("secret"));
    }
}
