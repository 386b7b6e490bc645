//! What a pool of processes can be asked for.

use std::cell::RefCell;
use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use crate::common::Gate;
use executor::processes::{ProcessPool, StartMethod};
use executor::{Error, Executor, Future, MapOptions, remote_task};
use libtest_mimic::Trial;

use crate::deadlock::{Bomb, How, Step};
use crate::support::{builder, eventually, method, pid, pool, said, why_broken};
use crate::tasks::{Act, Setup};

pub fn trials() -> Vec<Trial> {
    crate::trials![
        a_chunk_costs_one_message_and_an_error_in_it_stays_with_its_item,
        a_pool_starts_no_process_before_its_first_task,
        a_task_that_the_worker_does_not_know_fails,
        a_task_of_a_chunk_that_cannot_be_carried_fails_alone,
        a_task_takes_as_many_processes_as_it_is_allowed,
        no_worker_is_started_at_the_end_for_tasks_that_an_idle_one_could_have_had,
        a_worker_ends_after_so_many_tasks_and_another_takes_its_place,
        a_worker_without_a_task_ends_when_no_more_will_come_while_another_still_works,
        an_initializer_runs_once_in_each_worker_before_its_first_task,
        an_initializer_that_fails_breaks_the_pool,
        an_initializer_that_kills_its_worker_breaks_the_pool,
        arguments_are_dropped_in_the_parent_and_after_the_task_in_the_worker,
        callbacks_may_use_the_pool_and_even_shut_it_down,
        invalid_options_are_refused,
        a_thread_may_submit_while_it_ends,
        cancelled_tasks_are_no_work_at_the_shutdown,
        pools_in_tasks_work_to_a_depth,
        the_environment_is_passed_on,
        usage_is_known_after_the_shutdown,
    ]
}

fn a_pool_starts_no_process_before_its_first_task() {
    let pool = pool(3);
    assert!(pool.worker_ids().is_empty());
    let first = pid(&pool);
    assert_eq!(pool.worker_ids(), [first]);
    for _ in 0..10 {
        assert_eq!(pid(&pool), first, "an idle worker is used again");
    }
    assert_eq!(pool.worker_ids(), [first]);
}

fn a_task_takes_as_many_processes_as_it_is_allowed() {
    let (pool, mut gate) = (pool(3), Gate::new());
    let held: Vec<_> = (0..30).map(|number| pool.submit(gate.hold(number))).collect();
    gate.arrivals(3);
    assert_eq!(pool.worker_ids().into_iter().collect::<HashSet<_>>().len(), 3);
    gate.open();
    assert!(held.into_iter().all(|future| future.result().is_ok()));
    assert_eq!(pool.worker_ids().len(), 3);
}

/// An idle worker ends when no more tasks will come. It must not, as long as some wait behind a task of another worker.
fn no_worker_is_started_at_the_end_for_tasks_that_an_idle_one_could_have_had() {
    for _ in 0..40 {
        let pool = pool(8);
        let pids: Vec<_> = (0..200).map(|_| pool.submit(Act::Sleep(Duration::from_micros(200)))).collect();
        pool.shutdown(true, false);
        let pids: HashSet<_> = pids.into_iter().map(said).collect();
        assert!(pids.len() <= 8, "{} workers had tasks", pids.len());
    }
}

fn a_chunk_costs_one_message_and_an_error_in_it_stays_with_its_item() {
    let pool = pool(2);
    for chunksize in [1, 2, 5, 7, 100] {
        let options = MapOptions::new().chunksize(NonZeroUsize::new(chunksize).unwrap());
        let tasks = (0..7).map(|number| match number {
            3 => Act::Panic("the third".to_owned()),
            _ => Act::Env(format!("NOT_SET_{number}")),
        });
        let results: Vec<_> = pool.map_tasks_with(options, tasks).collect();
        assert_eq!(results.len(), 7);
        for (number, result) in results.into_iter().enumerate() {
            match result {
                Err(Error::Panicked { message, location }) => {
                    assert_eq!((number, &*message), (3, "the third"));
                    assert!(location.is_some_and(|place| place.contains("tasks.rs:")));
                }
                Ok(Err(_)) => assert_ne!(number, 3),
                other => panic!("item {number} is {other:?}"),
            }
        }
    }
}

fn a_task_of_a_chunk_that_cannot_be_carried_fails_alone() {
    let pool = pool(1);
    let steps = [Step::EncodeTask, Step::EncodeResult, Step::DecodeTask, Step::DecodeResult];
    let whole = || Bomb(Step::Nowhere, How::Error);
    let tasks = steps.into_iter().flat_map(|step| [Bomb(step, How::Error), whole(), Bomb(step, How::Panic), whole()]);
    let results = pool.submit_chunk(tasks.collect()).result().unwrap();
    let doing = ["encode the task", "encode the result", "decode the task", "decode the result"];
    for (results, doing) in results.chunks(4).zip(doing) {
        let text: Vec<_> =
            results.iter().map(|result| result.as_ref().map_or_else(ToString::to_string, |_| "ok".into())).collect();
        assert!(text[0].starts_with(&format!("failed to {doing}: ")), "{text:?}");
        assert!(text[2].starts_with("the task panicked") && text[2].ends_with("it went off"), "{text:?}");
        assert_eq!([&*text[1], &*text[3]], ["ok", "ok"]);
    }
    assert_eq!(results.len(), 16);
}

fn a_worker_ends_after_so_many_tasks_and_another_takes_its_place() {
    let pool = builder(1).max_tasks_per_child(3).build().unwrap();
    let futures: Vec<_> = (0..8).map(|_| pool.submit(Act::Pid)).collect();
    let pids: Vec<_> = futures.into_iter().map(said).collect();
    let each: Vec<_> = pids.chunk_by(|a, b| a == b).map(<[_]>::len).collect();
    assert_eq!(each, [3, 3, 2]);
}

fn a_worker_without_a_task_ends_when_no_more_will_come_while_another_still_works() {
    let (pool, mut gate) = (pool(2), Gate::new());
    let slow = pool.submit(gate.hold(1));
    gate.arrival();
    let idle = pid(&pool);
    assert_eq!(pool.worker_ids().len(), 2);
    pool.shutdown(false, false);
    eventually("the idle one has ended", || !pool.worker_ids().contains(&idle));
    assert_eq!(pool.worker_ids().len(), 1);
    assert!(slow.running());
    gate.open();
    assert_eq!(slow.result(), Ok(Ok(1)));
}

fn an_initializer_runs_once_in_each_worker_before_its_first_task() {
    let setup = Setup::Leave("a lamp is lit".to_owned());
    let pool = builder(2).initializer(setup).build().unwrap();
    for future in (0..40).map(|_| pool.submit(Act::Initialized)).collect::<Vec<_>>() {
        assert_eq!(said(future), "a lamp is lit 1");
    }
}

fn an_initializer_that_fails_breaks_the_pool() {
    for (setup, reason) in
        [(Setup::Fail("no oil".to_owned()), "no oil"), (Setup::Panic("no wick".to_owned()), "no wick")]
    {
        let pool = builder(2).initializer(setup).build().unwrap();
        for future in (0..5).map(|_| pool.submit(Act::Pid)).collect::<Vec<_>>() {
            let why = why_broken(future);
            assert!(why.contains("initializer") && why.contains(reason), "{why}");
        }
        assert!(why_broken(pool.submit(Act::Pid)).contains(reason));
    }
}

fn an_initializer_that_kills_its_worker_breaks_the_pool() {
    let pool = builder(2).initializer(Setup::Abort).build().unwrap();
    let why = why_broken(pool.submit(Act::Pid));
    assert!(why.contains("killed by SIGABRT"), "{why}");
}

fn a_task_that_the_worker_does_not_know_fails() {
    remote_task!(Unheard() -> () = || ());
    let pool = pool(1);
    let error = pool.submit(Unheard()).result().unwrap_err();
    assert!(error.to_string().contains("processes::enter"), "{error}");
    let chunk = pool.submit_chunk(vec![Unheard(), Unheard()]).result().unwrap();
    assert_eq!(chunk, [Err(Box::new(error.clone())), Err(Box::new(error))]);
    pid(&pool);
}

fn arguments_are_dropped_in_the_parent_and_after_the_task_in_the_worker() {
    remote_task!(Carrier(#[serde(skip)] Arc<()>, u8) -> () = |token, _| drop(token));
    let (pool, token) = (pool(1), Arc::new(()));
    let _future = pool.submit(Carrier(token.clone(), 0));
    assert_eq!(Arc::strong_count(&token), 1, "it was encoded, and is not needed any more");
}

fn callbacks_may_use_the_pool_and_even_shut_it_down() {
    let pool = Arc::new(pool(1));
    let (sender, results) = mpsc::channel();
    let inner = pool.clone();
    pool.submit(Act::Pid).add_done_callback(move |_| {
        let second = inner.submit(Act::Pid);
        inner.shutdown(true, false);
        sender.send(second).unwrap();
    });
    said(results.recv().unwrap());
    assert_eq!(pool.submit(Act::Pid).result(), Err(Error::Shutdown));
    pool.shutdown(true, false);
    assert!(pool.worker_ids().is_empty());
}

fn invalid_options_are_refused() {
    assert!(ProcessPool::new(0).is_err());
    assert!(builder(1).max_tasks_per_child(0).build().is_err());
    for (name, value) in [("A\0B", "x"), ("A", "x\0"), ("", "x"), ("A=B", "x")] {
        assert!(builder(1).env(name, value).build().is_err(), "{name:?}={value:?}");
    }
    assert!(builder(1).program("a\0b").build().is_err());
}

fn a_thread_may_submit_while_it_ends() {
    struct Last(Arc<ProcessPool>, Sender<Future<Result<String, String>>>);
    impl Drop for Last {
        fn drop(&mut self) {
            _ = self.1.send(self.0.submit(Act::Pid));
        }
    }
    thread_local!(static LAST: RefCell<Option<Last>> = const { RefCell::new(None) });
    let (pool, (sender, futures)) = (Arc::new(pool(1)), channel());
    let inside = pool.clone();
    let thread = thread::spawn(move || {
        LAST.set(Some(Last(inside.clone(), sender)));
        // What this thread keeps for its next task is younger than the other, and so gone before it.
        said(inside.submit(Act::Pid));
    });
    thread.join().unwrap();
    assert_eq!(said(futures.recv().unwrap()), pid(&pool).to_string());
}

fn cancelled_tasks_are_no_work_at_the_shutdown() {
    let (pool, mut gate) = (builder(1).max_tasks_per_child(1).build().unwrap(), Gate::new());
    let held = pool.submit(gate.hold(1));
    gate.arrival();
    let worker = pool.worker_ids();
    let cancelled: Vec<_> = (0..10).map(|_| pool.submit(Act::Pid)).collect();
    assert!(cancelled.iter().all(Future::cancel));
    gate.open();
    assert_eq!(held.result(), Ok(Ok(1)));
    pool.shutdown(true, false);
    // Another worker would have been counted.
    assert_eq!((worker.len(), pool.usage().processes), (1, 1 + u64::from(method() == StartMethod::ForkServer)));
}

fn pools_in_tasks_work_to_a_depth() {
    let pool = pool(1);
    assert_eq!(said(pool.submit(Act::Nest(3))), "the bottom");
    let too_deep = pool.submit(Act::Nest(100)).result().unwrap().unwrap_err();
    assert!(too_deep.contains("8 deep"), "{too_deep}");
}

fn the_environment_is_passed_on() {
    let pool = builder(1).env("LAMP", "lit").build().unwrap();
    assert_eq!(said(pool.submit(Act::Env("LAMP".to_owned()))), "lit");
    assert_eq!(said(pool.submit(Act::Env("PATH".to_owned()))), std::env::var("PATH").unwrap());
}

fn usage_is_known_after_the_shutdown() {
    let (pool, mut gate) = (pool(2), Gate::new());
    let held: Vec<_> = (0..2).map(|number| pool.submit(gate.hold(number))).collect();
    gate.arrivals(2);
    gate.open();
    assert!(held.into_iter().all(|future| future.result().is_ok()));
    said(pool.submit(Act::Sleep(Duration::from_millis(1))));
    let thread = thread::spawn(move || {
        pool.shutdown(true, false);
        pool
    });
    let pool = thread.join().unwrap();
    let usage = pool.usage();
    let servers = u64::from(method() == StartMethod::ForkServer);
    assert_eq!(usage.processes, servers + 2);
    assert!(usage.peak_memory_kib > 200, "{usage:?}");
    assert!(usage.cpu_user_us + usage.cpu_system_us > 0, "{usage:?}");
    assert!(usage.voluntary_switches > 0, "{usage:?}");
    eventually("no worker is left", || pool.worker_ids().is_empty());
}
