//! What the server still has of a run: asked where nothing moves, and cleaned up at the end.

use async_nats::jetstream::{Context, consumer::PullConsumer, stream::DeleteMessageErrorKind};
use futures_util::StreamExt;

use super::{Shared, connection::Connection, streams};

/// What was found of a run in which nothing moved.
pub struct Findings {
    /// How far the run was when it was looked at.
    pub moves: u64,
    /// The server has none of the tasks that have no result.
    pub is_lost: bool,
    /// No worker has a task, of whatever run: what is lost is not just on its way.
    pub is_idle: bool,
    /// It has these, and hands them out no more.
    pub stuck: Vec<u64>,
}

/// Looks at what the server has of a run. `None`, if it does not say.
pub async fn look(shared: &Shared, connection: &Connection, stored: Vec<u64>, moves: u64) -> Option<Findings> {
    let Shared { names, kind, run, options, server, .. } = shared;
    let context = &connection.context;
    if streams::consumer(context, names, *kind).await.is_err() {
        // It has forgotten the whole queue, as a server does whose disk is lost.
        streams::make(connection, names, *kind, options.limits, &server.urls).await.ok()?;
    }
    let queued = count(context, &names.tasks_stream(), &names.tasks_of(*kind, run)).await?;
    let consumer: PullConsumer = streams::consumer(context, names, *kind).await.ok()?;
    let info = consumer.cached_info();
    let mut stuck = Vec::new();
    if queued > 0 && info.num_pending == 0 && info.num_ack_pending == 0 {
        let stream = context.get_stream_no_info(names.tasks_stream()).await.ok()?;
        // What was never handed out only waits.
        let handed_out = |sequence: &u64| *sequence <= info.delivered.stream_sequence;
        for sequence in stored.iter().copied().filter(handed_out) {
            if stream.get_raw_message(sequence).await.is_ok() {
                stuck.push(sequence);
            }
        }
    }
    let is_idle = info.num_pending == 0 && info.num_ack_pending == 0;
    Some(Findings { moves, is_lost: queued == 0 && !stored.is_empty(), is_idle, stuck })
}

/// How many messages of a subject a stream has. `None`, if the server does not say.
pub async fn count(context: &Context, stream: &str, subject: &str) -> Option<usize> {
    let stream = context.get_stream_no_info(stream).await.ok()?;
    let mut subjects = stream.info_with_subjects(subject).await.ok()?;
    let mut count = 0;
    while let Some(found) = subjects.next().await {
        count += found.ok()?.1;
    }
    Some(count)
}

/// Deletes the results of a run, which has a subject for itself alone.
///
/// # Errors
/// The server does not answer, or has no such stream.
pub async fn purge_results(context: &Context, stream: &str, subject: &str) -> Result<(), async_nats::Error> {
    context.get_stream_no_info(stream).await?.purge().filter(subject).await?;
    Ok(())
}

/// Deletes the tasks of a run, one by one: a purge would set the consumer that all runs share beyond the tasks of others (seen with
/// nats-server 2.9.10), and they would never be handed out.
///
/// # Errors
/// The server does not answer, or has no such stream.
pub async fn delete_tasks(context: &Context, stream: &str, subject: &str) -> Result<(), async_nats::Error> {
    let stream = context.get_stream_no_info(stream).await?;
    let mut next = 1;
    // From the first on: once the last of a subject is deleted, that server finds no last one any more.
    while let Ok(task) = stream.raw_message_builder().next_by_subject(subject).sequence(next).send().await {
        next = task.sequence + 1;
        match stream.delete_message(task.sequence).await {
            // Where the server refuses it, it may have been acknowledged meanwhile, and so be gone.
            Err(error) if !matches!(error.kind(), DeleteMessageErrorKind::JetStream(_)) => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

/// Deletes one message.
///
/// # Errors
/// As [`delete_tasks`]; or it is gone.
pub async fn delete(context: &Context, stream: &str, sequence: u64) -> Result<(), async_nats::Error> {
    context.get_stream_no_info(stream).await?.delete_message(sequence).await?;
    Ok(())
}
