//! What runs that died have left on the server: found, and deleted.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use async_nats::jetstream::Context;
use bytes::Bytes;
use futures_util::StreamExt;
use tokio::time::timeout;

use super::{
    Names, QueueError, Server, audit,
    connection::{connect, shown, text},
    enter,
};

/// What a run has left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Tasks that nobody waits for.
    pub tasks: usize,
    /// Results that nobody has fetched.
    pub results: usize,
}

/// How long the callers of runs that live may take to say so.
const ANSWERS: Duration = Duration::from_millis(500);

/// Deletes the tasks and results of runs whose callers are gone. Gives what each has left, by the run's name.
///
/// # Errors
/// The server cannot be reached, or refuses us; there is no such queue.
pub fn clean(server: &Server, names: &Names) -> Result<BTreeMap<String, Left>, QueueError> {
    let runtime = enter::event_loop().map_err(|error| QueueError::NotStarted(error.to_string()))?;
    runtime.block_on(async {
        let connection = connect(server, "task-queue clean", "_INBOX.caller").await?;
        let context = &connection.context;
        let unable = |why: String| QueueError::Unable { urls: shown(&server.urls), doing: "clean the queue", why };
        let (tasks, results) = (names.tasks_stream(), names.results_stream());
        let mut left = BTreeMap::<String, (Left, Vec<String>)>::new();
        for (subject, count) in subjects(context, &tasks, &names.all_tasks()).await.map_err(unable)? {
            let (left, subjects) = left.entry(run_of(&subject)).or_default();
            left.tasks += count;
            subjects.push(subject);
        }
        for (subject, count) in subjects(context, &results, &names.all_results()).await.map_err(unable)? {
            left.entry(run_of(&subject)).or_default().0.results += count;
        }
        // After they were counted: a run that begins meanwhile is not among them.
        let client = &connection.client;
        let answers = client.new_inbox();
        let asked = client.subscribe(answers.clone()).await.map_err(|error| unable(text(&error)))?;
        let asking = client.publish_with_reply(names.runs(), answers, Bytes::new()).await;
        asking.map_err(|error| unable(text(&error)))?;
        let alive = alive(asked).await;
        left.retain(|run, _| !alive.contains(run));
        for (run, (_, subjects)) in &left {
            let failed = |error: async_nats::Error| unable(error.to_string());
            for subject in subjects {
                audit::delete_tasks(context, &tasks, subject).await.map_err(failed)?;
            }
            audit::purge_results(context, &results, &names.results_of(run)).await.map_err(failed)?;
        }
        Ok(left.into_iter().map(|(run, (left, _))| (run, left)).collect())
    })
}

/// The runs whose callers answer.
async fn alive(mut answers: async_nats::Subscriber) -> BTreeSet<String> {
    let mut alive = BTreeSet::new();
    let all = async {
        while let Some(answer) = answers.next().await {
            alive.insert(String::from_utf8_lossy(&answer.payload).into_owned());
        }
    };
    _ = timeout(ANSWERS, all).await;
    alive
}

/// The subjects of a stream, and how many messages each has.
async fn subjects(context: &Context, stream: &str, filter: &str) -> Result<Vec<(String, usize)>, String> {
    let stream = context.get_stream_no_info(stream).await.map_err(|error| text(&error))?;
    let mut found = stream.info_with_subjects(filter).await.map_err(|error| text(&error))?;
    let mut subjects = Vec::new();
    while let Some(subject) = found.next().await {
        subjects.push(subject.map_err(|error| text(&error))?);
    }
    Ok(subjects)
}

fn run_of(subject: &str) -> String {
    subject.rsplit('.').next().unwrap_or_default().to_owned()
}
