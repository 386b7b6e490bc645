//! One connection, from its first byte to its last, and the answers it gets.

use crate::activity::{Activity, Phase};
use crate::board::Board;
use crate::manifest::manifest;
use crate::page::Page;
use crate::response::Answer;
use crate::routes::{Route, route};
use crate::runs::{self, Runs};
use crate::stats::Counts;
use crate::stream::Stream;
use crate::{Code, Config, METADATA, outcome};
use http_body_util::Full;
use hyper::body::{Body, Bytes};
use hyper::header::{CACHE_CONTROL, CONNECTION, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::sync::watch;

/// The most bytes of a request's head. A manifest of all 676 codes is asked for in 2,100.
const MOST_HEAD_BYTES: usize = 16 << 10;

/// Everything that the connections of one server share.
pub struct Server {
    pub config: Config,
    pub runs: Runs,
    pub counts: Counts,
    board: Board,
    page: Page,
    not_found: Answer,
    teapot: Answer,
    /// How long an idle connection is kept, for who asks: `timeout=120`.
    kept_for: HeaderValue,
}

impl Server {
    pub fn new(config: Config) -> Server {
        Server {
            board: Board::new(),
            page: Page::new(&config),
            kept_for: HeaderValue::from_str(&format!("timeout={}", config.limits.idle.as_secs())).expect("digits"),
            config,
            runs: Runs::default(),
            counts: Counts::new(),
            not_found: Answer::bare(StatusCode::NOT_FOUND),
            teapot: Answer::bare(StatusCode::IM_A_TEAPOT),
        }
    }

    /// Answers a request of this connection.
    async fn answer<B>(&self, request: &Request<B>, connection: &runs::Connection<'_>) -> Response<Full<Bytes>> {
        match route(request) {
            Route::Flag { code, copy } => {
                let _in_flight = self.counts.request();
                let asked = (copy != METADATA).then(|| self.board.ask(code));
                let response = self.flag(code, copy, request, connection).await;
                if let Some(asked) = asked {
                    asked.answered(response.status().as_u16());
                }
                self.counted(response, request.method())
            }
            Route::Only(methods) => {
                let _in_flight = self.counts.request();
                self.counted(Answer::only(methods).response(), request.method())
            }
            Route::Refused(status) => {
                let _in_flight = self.counts.request();
                self.counted(Answer::bare(status).response(), request.method())
            }
            Route::Manifest => {
                let query = request.uri().query().unwrap_or_default();
                match manifest(&self.config, query) {
                    Ok(json) => Answer::ok("application/json", json).response(),
                    Err(what) => Answer::text(StatusCode::BAD_REQUEST, what).response(),
                }
            }
            Route::Stats => {
                let stats = serde_json::to_vec(&self.counts.stats()).unwrap_or_default();
                Answer::ok("application/json", stats).response()
            }
            Route::Reset => {
                self.runs.reset();
                self.counts.reset();
                self.board.reset();
                Answer::text(StatusCode::OK, "counts and attempts are zero").response()
            }
            Route::Page => self.page.html.response(),
            Route::Style => self.page.style.response(),
            Route::Script => self.page.script.response(),
            Route::Live => {
                let live = serde_json::json!({ "flags": self.board.live() }).to_string();
                Answer::ok("application/json", live).with(CACHE_CONTROL, "no-store").response()
            }
            Route::Picture(code) => match self.config.flags.get(code) {
                Some(flag) => flag.gif.response(request),
                None => self.not_found.response(),
            },
        }
    }

    /// Waits as long as this request has to, then answers it.
    async fn flag<B>(
        &self,
        code: Code,
        copy: u32,
        request: &Request<B>,
        connection: &runs::Connection<'_>,
    ) -> Response<Full<Bytes>> {
        let attempt = if self.config.is_uniform() { 0 } else { connection.attempt(code, copy) };
        let outcome = outcome(&self.config, code, copy, attempt);
        if !outcome.delay.is_zero() {
            tokio::time::sleep(outcome.delay).await;
        }
        match self.config.flags.get(code) {
            _ if outcome.error => self.teapot.response(),
            Some(flag) if copy == METADATA => flag.metadata.response(request),
            Some(flag) => flag.gif.response(request),
            None => self.not_found.response(),
        }
    }

    fn counted(&self, response: Response<Full<Bytes>>, method: &Method) -> Response<Full<Bytes>> {
        let bytes = if method == Method::HEAD { 0 } else { response.body().size_hint().lower() };
        self.counts.response(response.status().as_u16(), bytes);
        response
    }
}

fn wants_keep_alive<B>(request: &Request<B>) -> bool {
    let Some(options) = request.headers().get(CONNECTION).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let says = |what: &str| options.split(',').any(|option| option.trim().eq_ignore_ascii_case(what));
    says("keep-alive") && !says("close")
}

/// Serves a connection until the client closes it, takes too long or is no HTTP client, or until
/// the server stops: then the request in flight is the last that it answers.
pub async fn serve(socket: TcpStream, server: Arc<Server>, mut stop: watch::Receiver<bool>) {
    let _open = server.counts.connection();
    // Without it the kernel may hold back the end of a response until the client has acknowledged
    // its beginning. If it cannot be set, all still works.
    let _ = socket.set_nodelay(true);
    let activity = Arc::new(Activity::new());
    let stopping = stop.clone();
    let client = server.runs.connection(&activity);
    let service = service_fn(|request| {
        let (server, activity, client, stopping) = (&server, &activity, &client, &stopping);
        async move {
            activity.begin(Phase::Waiting);
            let mut response = server.answer(&request, client).await;
            // wget2 uses a connection again only where this is said, in HTTP/1.1, too; and some clients want to know for how long.
            if wants_keep_alive(&request) && !*stopping.borrow() {
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("keep-alive"));
                response.headers_mut().insert(HeaderName::from_static("keep-alive"), server.kept_for.clone());
            }
            activity.begin(Phase::Idle);
            Ok::<_, Infallible>(response)
        }
    });
    let io = TokioIo::new(Stream::new(socket, activity.clone()));
    let mut connection = http1::Builder::new().max_buf_size(MOST_HEAD_BYTES).serve_connection(io, service);

    // What ends a connection is the client's affair; the counts and the other connections go on.
    tokio::select! {
        biased;
        ended = &mut connection => {
            // Such as the preface of HTTP/2.
            if ended.is_err_and(|error| error.is_parse()) {
                connection.into_parts().io.into_inner().refuse(StatusCode::BAD_REQUEST);
            }
            return;
        }
        () = activity.overdue(server.config.limits) => {
            // hyper would close without a word.
            if activity.is(Phase::Asking) {
                connection.into_parts().io.into_inner().refuse(StatusCode::REQUEST_TIMEOUT);
            }
            return;
        }
        _ = stop.wait_for(|stop| *stop) => {}
    }
    Pin::new(&mut connection).graceful_shutdown();
    tokio::select! {
        _ = &mut connection => {}
        () = activity.overdue(server.config.limits) => {}
    }
}
