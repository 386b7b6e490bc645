//! What the caller hears from the server, each of it in a task of the event loop that starts anew where it was cut off.

use std::time::Duration;

use async_nats::jetstream::consumer::{DeliverPolicy, ReplayPolicy, pull::OrderedConfig};
use futures_util::StreamExt;
use serde::Deserialize;
use tokio::{sync::mpsc::UnboundedSender, time::sleep};

use super::{
    audit,
    caller::{Caller, Event},
    connection::{Connection, renewed},
    wire::{self, Started},
};

const PAUSE: Duration = Duration::from_millis(50);

/// After so long without a result it is asked anew for them.
const SILENCE: Duration = Duration::from_secs(5);

/// Begins to listen.
pub fn to_all(caller: &Caller) {
    let Caller { shared, connection, sender, .. } = caller;
    let (names, run) = (&shared.names, &shared.run);
    let stored = results(
        connection.clone(),
        names.results_stream(),
        names.results_of(run),
        shared.options.resumes,
        sender.clone(),
    );
    tokio::spawn(stored);
    subscribe(connection, names.started(run), sender, |payload| {
        wire::open::<Started>(payload).ok().map(|(head, _)| Event::Started(head.number))
    });
    subscribe(connection, names.workers(), sender, |payload| {
        wire::open(payload).ok().map(|(hello, _)| Event::Worker(hello))
    });
    subscribe(connection, names.given_up(shared.kind), sender, |payload| {
        serde_json::from_slice(payload).ok().map(|GivenUp { stream_seq }| Event::GivenUp(stream_seq))
    });
    tokio::spawn(live(connection.client.clone(), names.runs(), run.clone()));
    let (client, who) = (connection.client.clone(), names.who());
    tokio::spawn(async move { _ = client.publish(who, bytes::Bytes::new()).await });
}

/// What the server says of a task that it hands out no more.
#[derive(Deserialize)]
struct GivenUp {
    stream_seq: u64,
}

/// Says that the run lives, when it is asked.
async fn live(client: async_nats::Client, subject: String, run: String) {
    let Ok(mut asked) = client.subscribe(subject).await else { return };
    while let Some(question) = asked.next().await {
        if let Some(answers) = question.reply {
            _ = client.publish(answers, run.clone().into()).await;
        }
    }
}

/// Passes messages on that are not stored. The client subscribes again by itself on a new connection.
fn subscribe(
    connection: &Connection,
    subject: String,
    sender: &UnboundedSender<Event>,
    read: impl Fn(&[u8]) -> Option<Event> + Send + 'static,
) {
    let (client, sender) = (connection.client.clone(), sender.clone());
    tokio::spawn(async move {
        let Ok(mut messages) = client.subscribe(subject).await else { return };
        while let Some(message) = messages.next().await {
            if let Some(event) = read(&message.payload)
                && sender.send(event).is_err()
            {
                return;
            }
        }
    });
}

/// Passes results on, in the order in which they were stored, none left out, across connections and restarts of the server.
async fn results(
    connection: Connection,
    stream: String,
    subject: String,
    from_start: bool,
    sender: UnboundedSender<Event>,
) {
    let mut link = connection.link.clone();
    // Of a run that goes on: how many of those results are yet to be told of that it had when it began. The stream says so; what a new consumer
    // says of it may be too low.
    let mut before = None;
    while from_start && before.is_none() {
        before = audit::count(&connection.context, &stream, &subject).await;
        sleep(PAUSE / 10).await;
    }
    let mut next = 1;
    loop {
        let epoch = link.borrow_and_update().epoch;
        let config = OrderedConfig {
            filter_subject: subject.clone(),
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: next },
            replay_policy: ReplayPolicy::Instant,
            ..OrderedConfig::default()
        };
        let made = connection.context.create_consumer_on_stream(config, stream.as_str()).await;
        let Ok(consumer) = made else {
            sleep(PAUSE).await;
            continue;
        };
        let Ok(mut messages) = consumer.messages().await else {
            sleep(PAUSE).await;
            continue;
        };
        loop {
            if before == Some(0) {
                before = None;
                _ = sender.send(Event::CaughtUp);
            }
            let message = tokio::select! {
                message = messages.next() => message,
                // The request for them may have been lost.
                () = sleep(SILENCE) => break,
                // The server may have forgotten the consumer, and so be silent.
                () = renewed(&mut link, epoch) => break,
            };
            let Some(Ok(message)) = message else {
                sleep(PAUSE).await;
                break;
            };
            if let Ok(info) = message.info() {
                next = info.stream_sequence + 1;
            }
            before = before.map(|left| left.saturating_sub(1));
            // What is no result has no number, so there is no future to fail: its task will be looked for.
            if let Ok((head, row)) = wire::open(&message.payload) {
                let row = message.payload.slice_ref(row);
                if sender.send(Event::Finished(head, row)).is_err() {
                    return;
                }
            }
        }
    }
}
