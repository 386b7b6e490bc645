//! What must hold when something goes wrong: the table of faults, on one host and in a few seconds. `scripts/machines` has it at length.

use std::{
    collections::BTreeMap,
    fs,
    time::{Duration, Instant},
};

use async_nats::jetstream::{self, stream::Stream};
use executor::{Error, Executor, Future, as_completed};
use libtest_mimic::Trial;
use task_queue::queue::{Left, Login, Notice, QueueError, QueueName, Server, TaskQueue, clean};

use crate::{
    support::{ACK_WAIT, NatsServer, Notices, Process, wait_until},
    tasks::{Nap, Note, OTHER_VERSION, Poison, Slowly, Square},
};

pub fn trials() -> Vec<Trial> {
    crate::trials![
        workers_killed_again_and_again_lose_nothing_and_no_result_comes_twice,
        a_task_of_a_killed_worker_is_run_again_as_soon_as_it_was_silent_for_its_time,
        a_server_killed_and_started_again_loses_nothing,
        a_server_that_has_lost_its_disk_gets_everything_again,
        a_caller_that_was_killed_goes_on_and_has_each_result_once,
        a_task_that_ends_every_worker_fails_alone,
        a_stream_that_is_full_is_waited_for_and_said,
        a_task_longer_than_its_time_is_run_once,
        a_message_that_is_garbage_harms_no_other,
        a_worker_of_another_version_gets_no_task_and_is_named,
        a_wrong_password_is_an_error_that_says_so,
        a_server_that_goes_for_good_ends_each_future_with_its_error,
        a_worker_told_to_end_gives_back_what_it_has,
        what_a_run_that_died_has_left_is_cleaned_and_one_that_lives_is_left_alone,
    ]
}

/// What came of each future, by its number: exactly one result each, or the test fails.
fn results(futures: impl IntoIterator<Item = (u64, Future<u64>)>) -> BTreeMap<u64, Result<u64, Error>> {
    let mut results = BTreeMap::new();
    for (number, future) in as_completed(futures) {
        assert!(results.insert(number, future.result()).is_none(), "{number} came twice");
    }
    results
}

fn all_well(count: u64) -> BTreeMap<u64, Result<u64, Error>> {
    (0..count).map(|number| (number, Ok(number))).collect()
}

fn workers_killed_again_and_again_lose_nothing_and_no_result_comes_twice() {
    let server = NatsServer::start();
    let mut workers = [server.worker(2), server.worker(2)];
    let queue = server.queue().build().unwrap();
    let futures: Vec<_> = (0..200).map(|number| (number, queue.submit(Slowly(number, 20)))).collect();
    for round in 0..6 {
        // Always in the middle of something.
        let done = futures.iter().filter(|(_, future)| future.done()).count();
        wait_until("some more are done", || futures.iter().filter(|(_, future)| future.done()).count() > done);
        let worker = &mut workers[round % 2];
        worker.kill();
        *worker = server.worker(2);
    }
    assert_eq!(results(futures), all_well(200));
}

fn a_task_of_a_killed_worker_is_run_again_as_soon_as_it_was_silent_for_its_time() {
    let server = NatsServer::start();
    let mut first = server.worker(1);
    let queue = server.queue().build().unwrap();
    let future = queue.submit(Nap(200));
    wait_until("it runs", || future.running());
    first.kill();
    let killed = Instant::now();
    let _second = server.worker(1);
    assert_eq!(future.result(), Ok(200));
    let taken = killed.elapsed();
    assert!(taken > Duration::from_millis(200) && taken < ACK_WAIT + Duration::from_millis(200 + 800), "{taken:?}");
}

fn a_server_killed_and_started_again_loses_nothing() {
    let mut server = NatsServer::start();
    let _workers = [server.worker(4), server.worker(4)];
    let queue = server.queue().build().unwrap();
    let futures: Vec<_> = (0..600).map(|number| (number, queue.submit(Slowly(number, 5)))).collect();
    for part in [100, 300] {
        wait_until("some are done", || futures.iter().filter(|(_, future)| future.done()).count() > part);
        server.kill();
        server.start_again();
    }
    assert_eq!(results(futures), all_well(600));
}

fn a_server_that_has_lost_its_disk_gets_everything_again() {
    let server = NatsServer::start();
    let notices = Notices::default();
    let queue = server.queue().on_notice(notices.hear()).build().unwrap();
    let futures: Vec<_> = (0..20).map(|number| (number, queue.submit(Slowly(number, 1)))).collect();
    with_tasks(&server, async |tasks| {
        while tasks.get_info().await.unwrap().state.messages < 20 {}
        tasks.purge().await.unwrap();
    });
    let _worker = server.worker(2);
    assert_eq!(results(futures), all_well(20));
    assert!(notices.have(|notice| *notice == Notice::Lost(20)));
}

fn a_caller_that_was_killed_goes_on_and_has_each_result_once() {
    let server = NatsServer::start();
    let _worker = server.worker(2);
    let file = tempfile::NamedTempFile::new().unwrap();
    let arguments = [&server.address().urls, "resumed", "100", file.path().to_str().unwrap()];
    let mut first = Process::start("caller", &arguments, |_| ());
    for _ in 0..10 {
        first.line().parse::<u64>().unwrap();
    }
    first.kill();
    let ran = || fs::read_to_string(file.path()).unwrap().lines().count();
    let before = ran();
    assert!((10..100).contains(&before), "it was killed in the middle: {before}");
    let mut second = Process::start("caller", &arguments, |_| ());
    let mut numbers: Vec<u64> = (0..100).map(|_| second.line().parse().unwrap()).collect();
    numbers.sort();
    assert_eq!(numbers, (0..100).collect::<Vec<_>>(), "each result once");
    assert_eq!(second.line(), "", "and no more");
    // What ran while nobody was there may be run again, as far as it had no result; what had one is not.
    assert!(ran() < 100 + 10, "{} of 100 ran", ran());
}

fn a_task_that_ends_every_worker_fails_alone() {
    let server = NatsServer::start();
    let workers: Vec<_> = (0..2).map(|_| Guarded::start(&server)).collect();
    let queue = server.queue().most_deliveries(4).ack_wait(Duration::from_millis(300)).build().unwrap();
    let mut futures: Vec<_> = (0..30).map(|number| (number, queue.submit(Slowly(number, 20)))).collect();
    let poison = queue.submit(Poison());
    futures.extend((30..60).map(|number| (number, queue.submit(Slowly(number, 20)))));
    let error = poison.result().unwrap_err();
    assert_eq!(
        error.to_string(),
        "failed to run the task: 4 workers in turn were given it, and none came back with a result"
    );
    assert_eq!(results(futures), all_well(60), "those that ran beside it are innocent");
    drop(workers);
}

/// A worker that is started again when it has ended, as a service manager does.
struct Guarded {
    stop: std::sync::mpsc::Sender<()>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Guarded {
    fn start(server: &NatsServer) -> Self {
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        let mut worker = server.worker(4);
        let urls = server.address().urls;
        let thread = std::thread::spawn(move || {
            let still = |wait| matches!(stopped.recv_timeout(wait), Err(std::sync::mpsc::RecvTimeoutError::Timeout));
            while still(Duration::from_millis(5)) {
                if worker.child.try_wait().unwrap().is_some() {
                    worker = Process::start("worker", &[&urls, "4"], |_| ());
                }
            }
        });
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        _ = self.stop.send(());
        self.thread.take().map(std::thread::JoinHandle::join);
    }
}

fn a_stream_that_is_full_is_waited_for_and_said() {
    let server = NatsServer::start();
    let notices = Notices::default();
    let queue = server.queue().most_tasks(10).window(256).on_notice(notices.hear()).build().unwrap();
    let futures: Vec<_> = (0..300).map(|number| (number, queue.submit(Slowly(number, 1)))).collect();
    notices.wait_for(|notice| *notice == Notice::Full);
    let _worker = server.worker(4);
    assert_eq!(results(futures), all_well(300));
}

fn a_task_longer_than_its_time_is_run_once() {
    let server = NatsServer::start();
    let _workers = [server.worker(2), server.worker(2)];
    let queue = server.queue().build().unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let long = 3 * ACK_WAIT.as_millis() as u64;
    let futures: Vec<_> = (0..4).map(|number| (number, queue.submit(Note(path.to_owned(), number, long)))).collect();
    assert_eq!(results(futures), all_well(4));
    assert_eq!(fs::read_to_string(path).unwrap().lines().count(), 4);
}

fn a_message_that_is_garbage_harms_no_other() {
    let server = NatsServer::start();
    let _worker = server.worker(2);
    let queue = server.queue().build().unwrap();
    assert_eq!(queue.submit(Square(3)).result(), Ok(9));
    // What the workers of this kind are to get, by the name of their consumer.
    let kind = with_tasks(&server, async |tasks| {
        use futures_util::TryStreamExt;
        let consumers: Vec<String> = tasks.consumer_names().try_collect().await.unwrap();
        consumers[0].strip_prefix("workers-").unwrap().to_owned()
    });
    let (ours, garbled) = (queue.submit(Nap(300)), queue.submit(Nap(2000)));
    wait_until("they run", || ours.running() && garbled.running());
    in_context(&server, async |context| {
        let task = format!("side-by-side.tasks.{kind}.somebody");
        let result = format!("side-by-side.results.{}", queue.run());
        for garbage in [&b""[..], b"SbSq", b"SbSq\x02", b"GIF89a", &[0xff; 300]] {
            context.publish(task.clone(), garbage.into()).await.unwrap().await.unwrap();
            context.publish(result.clone(), garbage.into()).await.unwrap().await.unwrap();
        }
        // With an id it is somebody's: that future fails, whoever has garbled it.
        let id = format!("{}/2/x.1", queue.run());
        let mut headers = async_nats::HeaderMap::new();
        headers.insert(async_nats::header::NATS_MESSAGE_ID, id.as_str());
        context.publish_with_headers(task, headers, "garbled".into()).await.unwrap().await.unwrap();
    });
    let garbled = garbled.result().unwrap_err();
    assert!(
        matches!(&garbled, Error::Failed { doing, reason } if doing == "decode the task" && reason.contains("no message of a task queue")),
        "{garbled:?}"
    );
    assert_eq!(ours.result(), Ok(300));
    assert_eq!(queue.submit(Square(5)).result(), Ok(25));
    // Garbage is not handed out for ever.
    with_tasks(&server, async |tasks| while tasks.get_info().await.unwrap().state.messages > 1 {});
}

fn a_worker_of_another_version_gets_no_task_and_is_named() {
    let server = NatsServer::start();
    let notices = Notices::default();
    let queue = server.queue().on_notice(notices.hear()).build().unwrap();
    // It waits for a run of its own version, and so says nothing before there was one.
    let _other_run = Process::start("caller", &[&server.address().urls, "other", "1", "/dev/null"], |command| {
        _ = command.env(OTHER_VERSION, "1")
    });
    let _other = server.worker_with(2, |command| _ = command.env(OTHER_VERSION, "1"));
    let future = queue.submit(Square(4));
    notices.wait_for(|notice| matches!(notice, Notice::NoWorker(hosts) if hosts.len() == 1));
    assert!(!future.done());
    let _ours = server.worker(1);
    assert_eq!(future.result(), Ok(16));
}

fn a_wrong_password_is_an_error_that_says_so() {
    let login = |password: &str| Login::Password("caller".to_owned(), password.to_owned());
    let server = NatsServer::with(login("right"), "authorization { user: caller, password: right }");
    let queue = |login| TaskQueue::builder().server(Server { login, ..server.address() }).workers(0).build();
    for wrong in [login("wrong"), Login::None, Login::Token("wrong".to_owned())] {
        let error = queue(wrong).unwrap_err();
        assert!(matches!(error, QueueError::Refused { .. }), "{error:?}");
        assert!(!error.to_string().contains("wrong"), "{error}");
    }
    queue(login("right")).unwrap();
    let nobody = Server { urls: "nats://127.0.0.1:1".to_owned(), login: Login::None, roots: None };
    assert!(matches!(TaskQueue::builder().server(nobody).workers(0).build(), Err(QueueError::Unreachable { .. })));
}

fn a_server_that_goes_for_good_ends_each_future_with_its_error() {
    let mut server = NatsServer::start();
    let notices = Notices::default();
    let queue = server.queue().patience(Duration::from_millis(1500)).on_notice(notices.hear()).build().unwrap();
    let futures: Vec<_> = (0..5).map(|number| queue.submit(Square(number))).collect();
    server.kill();
    notices.wait_for(|notice| *notice == Notice::Down);
    for future in futures {
        let error = future.result().unwrap_err();
        assert!(matches!(&error, Error::Broken { reason } if reason.contains("was away for 1.5s")), "{error:?}");
    }
    assert!(matches!(queue.submit(Square(1)).result(), Err(Error::Broken { .. })));
    queue.shutdown(true, false);
}

fn a_worker_told_to_end_gives_back_what_it_has() {
    let server = NatsServer::start();
    let mut first = server.worker(2);
    // So long that only what is given back is run again in time.
    let queue = server.queue().ack_wait(Duration::from_secs(30)).build().unwrap();
    let [short, long] = [queue.submit(Nap(400)), queue.submit(Nap(2500))];
    wait_until("both run", || short.running() && long.running());
    nix::sys::signal::kill(
        nix::unistd::Pid::from_raw(first.child.id().cast_signed()),
        nix::sys::signal::Signal::SIGTERM,
    )
    .unwrap();
    let told = Instant::now();
    assert_eq!(short.result(), Ok(400), "it has a second to end");
    wait_until("the worker ends", || first.child.try_wait().unwrap().is_some());
    let _second = server.worker(2);
    assert_eq!(long.result(), Ok(2500));
    assert!(told.elapsed() < Duration::from_secs(15), "{:?}", told.elapsed());
}

fn what_a_run_that_died_has_left_is_cleaned_and_one_that_lives_is_left_alone() {
    let server = NatsServer::start();
    let mut dead = Process::start("caller", &[&server.address().urls, "dead", "50", "/dev/null"], |_| ());
    let lives = server.queue().build().unwrap();
    let future = lives.submit(Square(7));
    with_tasks(&server, async |tasks| while tasks.get_info().await.unwrap().state.messages < 51 {});
    dead.kill();
    let left = clean(&server.address(), &QueueName::new("side-by-side").unwrap()).unwrap();
    assert_eq!(left.into_iter().collect::<Vec<_>>(), [("dead".to_owned(), Left { tasks: 50, results: 0 })]);
    with_tasks(&server, async |tasks| assert_eq!(tasks.get_info().await.unwrap().state.messages, 1));
    let _worker = server.worker(1);
    assert_eq!(future.result(), Ok(49));
}

/// Does something with the server by a client of its own.
fn in_context<T>(server: &NatsServer, work: impl AsyncFnOnce(jetstream::Context) -> T) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async { work(jetstream::new(async_nats::connect(server.address().urls).await.unwrap())).await })
}

/// Does something with the stream of tasks.
fn with_tasks<T>(server: &NatsServer, work: impl AsyncFnOnce(Stream) -> T) -> T {
    in_context(server, async |context| work(context.get_stream("side-by-side-tasks").await.unwrap()).await)
}
