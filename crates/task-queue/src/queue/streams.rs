//! The two streams of a queue, and the consumer that the workers of a kind share.

use std::time::Duration;

use async_nats::{
    HeaderMap,
    jetstream::{
        Context, ErrorCode,
        consumer::{AckPolicy, PullConsumer, pull},
        context::{CreateStreamErrorKind, PublishErrorKind},
        publish::PublishAck,
        stream::{Config, DiscardPolicy, RetentionPolicy, StorageType},
    },
};
use bytes::Bytes;

use super::{
    connection::{Connection, QueueError, shown, text},
    names::Names,
};

/// How long the server knows the ids of messages, and so refuses a second one: longer than a worker host may be cut off.
const DUPLICATES: Duration = Duration::from_secs(120);

/// How long a result waits for a caller that is to come back.
const RESULTS_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// How many pull requests may wait, and how many tasks be under way, over all workers of a kind.
const MOST_WAITING: i64 = 8192;
const MOST_UNDER_WAY: i64 = 100_000;

/// How often the server is asked for a stream.
const ATTEMPTS: u32 = 4;

/// What the caller decides of the streams.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many tasks the server stores at most, of all runs; -1 for as many as come.
    pub most_tasks: i64,
    /// On how many nodes of a cluster each message is stored.
    pub replicas: usize,
    /// How long a worker may be silent about a task before another gets it.
    pub ack_wait: Duration,
    /// How often a task is handed out: one that ends its worker each time is given up then.
    pub most_deliveries: i64,
}

/// Makes the streams and the consumer where they do not exist.
///
/// # Errors
/// The server does not do that.
pub async fn make(link: &Connection, names: &Names, kind: u64, limits: Limits, urls: &str) -> Result<(), QueueError> {
    let unable = |doing| move |why: String| QueueError::Unable { urls: shown(urls), doing, why };
    let tasks = Config {
        name: names.tasks_stream(),
        subjects: vec![names.all_tasks()],
        retention: RetentionPolicy::WorkQueue,
        storage: StorageType::File,
        discard: DiscardPolicy::New,
        duplicate_window: DUPLICATES,
        max_messages: limits.most_tasks,
        num_replicas: limits.replicas,
        ..Config::default()
    };
    let results = Config {
        name: names.results_stream(),
        subjects: vec![names.all_results()],
        retention: RetentionPolicy::Limits,
        storage: StorageType::File,
        duplicate_window: DUPLICATES,
        max_age: RESULTS_WAIT,
        num_replicas: limits.replicas,
        ..Config::default()
    };
    let consumer = pull::Config {
        durable_name: Some(Names::consumer(kind)),
        filter_subject: names.tasks_for(kind),
        ack_policy: AckPolicy::Explicit,
        ack_wait: limits.ack_wait,
        max_deliver: limits.most_deliveries,
        max_ack_pending: MOST_UNDER_WAY,
        max_waiting: MOST_WAITING,
        ..pull::Config::default()
    };
    let stream = get_or_create(&link.context, tasks).await.map_err(unable("make the stream of tasks"))?;
    get_or_create(&link.context, results).await.map_err(unable("make the stream of results"))?;
    let made = stream.create_consumer(consumer).await;
    made.map(drop).map_err(|error| unable("make the workers' consumer")(text(&error)))
}

async fn get_or_create(context: &Context, config: Config) -> Result<async_nats::jetstream::stream::Stream, String> {
    let mut made = context.get_or_create_stream(config.clone()).await;
    for _ in 1..ATTEMPTS {
        // A server that has just started may let a question lie.
        match &made {
            Err(error) if error.kind() == CreateStreamErrorKind::TimedOut => {}
            _ => break,
        }
        made = context.get_or_create_stream(config.clone()).await;
    }
    made.map_err(|error| match error.kind() {
        CreateStreamErrorKind::JetStreamUnavailable => {
            "it has no JetStream: start it with `nats-server -js`, or with `jetstream {}` in its configuration"
                .to_owned()
        }
        _ => text(&error),
    })
}

/// The consumer of this kind's workers, once a caller has made it.
///
/// # Errors
/// There is none yet, or the server does not answer.
pub async fn consumer(context: &Context, names: &Names, kind: u64) -> Result<PullConsumer, String> {
    let found = context.get_consumer_from_stream(Names::consumer(kind), names.tasks_stream()).await;
    found.map_err(|error| text(&error))
}

/// What became of a message that was to be stored.
#[derive(Debug, PartialEq, Eq)]
pub enum Stored {
    /// It is, under this sequence; or was before, with the same id.
    At(u64),
    /// Perhaps not: it is to be sent again, with the same id. Why.
    Perhaps(String),
    /// Not, because the stream is full.
    Full,
    /// Not, because there is no such stream.
    NoStream,
    /// Not, because it is too large for the server.
    TooLarge(String),
}

/// Stores a message under an id: a second one with the same is dropped by the server.
pub async fn store(context: &Context, subject: String, id: &str, message: Bytes) -> Stored {
    let mut headers = HeaderMap::new();
    headers.insert(async_nats::header::NATS_MESSAGE_ID, id);
    let sent = match context.publish_with_headers(subject, headers, message).await {
        Ok(acknowledgement) => acknowledgement.await,
        Err(error) => Err(error),
    };
    let error = match sent {
        Ok(PublishAck { sequence, .. }) => return Stored::At(sequence),
        Err(error) => error,
    };
    match error.kind() {
        PublishErrorKind::StreamNotFound => Stored::NoStream,
        PublishErrorKind::MaxPayloadExceeded => Stored::TooLarge(text(&error)),
        _ => match code(&error) {
            Some(ErrorCode::STREAM_STORE_FAILED) => Stored::Full,
            Some(ErrorCode::STREAM_MESSAGE_EXCEEDS_MAXIMUM) => Stored::TooLarge(text(&error)),
            _ => Stored::Perhaps(text(&error)),
        },
    }
}

/// What the server itself says of an error.
fn code(error: &dyn std::error::Error) -> Option<ErrorCode> {
    error.source()?.downcast_ref::<async_nats::jetstream::Error>().map(async_nats::jetstream::Error::error_code)
}
