//! What is particular to threads.

#[expect(dead_code, unused_imports, reason = "other test programs need the rest")]
mod common;

use std::collections::BTreeSet;
use std::error::Error as _;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier};
use std::{fs, thread};

use executor::threads::ThreadPool;
use executor::threads::default_workers;
use executor::{Error, Executor, Future, Inline, MapOptions, Task, as_completed, worker};

use common::{Gate, in_time};

#[test]
fn fifteen_times_as_many_blocked_tasks_as_workers_start_exactly_the_maximum_of_threads() {
    in_time(|| {
        let (pool, mut gate) = (ThreadPool::new(4).unwrap(), Gate::new());
        let futures: Vec<_> = (0..60).map(|number| pool.submit(gate.hold(number))).collect();
        gate.arrivals(4);
        assert_eq!(pool.threads(), 4);
        gate.open();
        assert!(futures.into_iter().all(|future| future.result().is_ok()));
        assert_eq!(pool.threads(), 4);
    });
}

#[test]
fn three_tasks_one_after_another_use_one_thread() {
    in_time(|| {
        let pool = ThreadPool::new(4).unwrap();
        let threads: Vec<_> = (0..3).map(|_| pool.submit(|| thread::current().id()).result().unwrap()).collect();
        assert_eq!(threads, [threads[0]; 3]);
        assert_eq!(pool.threads(), 1);
    });
}

#[test]
fn a_pool_starts_no_thread_before_the_first_task() {
    let pool = ThreadPool::builder().build().unwrap();
    assert_eq!(format!("{pool:?}"), format!("ThreadPool {{ workers: {}, threads: 0 }}", default_workers()));
}

#[test]
fn threads_have_names_and_numbers_and_are_gone_after_the_shutdown() {
    in_time(|| {
        let pool = ThreadPool::builder().workers(3).name_prefix("spinner").build().unwrap();
        let together = Arc::new(Barrier::new(3));
        let meet = |together: Arc<Barrier>| {
            move || {
                together.wait();
                let task = fs::read_link("/proc/thread-self").unwrap();
                (thread::current().name().unwrap().to_owned(), worker(), task)
            }
        };
        let workers = pool.map_tasks((0..3).map(|_| meet(together.clone()))).map(Result::unwrap);
        let workers: BTreeSet<_> = workers.collect();
        let names: Vec<_> = workers.iter().map(|(name, index, _)| (name.as_str(), *index)).collect();
        assert_eq!(names, [("spinner_0", Some(0)), ("spinner_1", Some(1)), ("spinner_2", Some(2))]);
        pool.shutdown(true, false);
        for (_, _, task) in &workers {
            // A thread that was joined can still be seen for a moment.
            while fs::exists(format!("/proc/{}", task.display())).unwrap() {
                thread::yield_now();
            }
        }
        assert_eq!(worker(), None, "the test is no worker");
    });
}

#[test]
fn a_worker_without_a_task_ends_when_no_more_will_come_while_another_still_works() {
    in_time(|| {
        let (pool, mut gate) = (ThreadPool::new(2).unwrap(), Gate::new());
        let slow = pool.submit(gate.hold(1));
        gate.arrival();
        let idle = pool.submit(|| fs::read_link("/proc/thread-self").unwrap()).result().unwrap();
        pool.shutdown(false, false);
        while fs::exists(format!("/proc/{}", idle.display())).unwrap() {
            thread::yield_now();
        }
        assert!(slow.running());
        gate.open();
        assert_eq!(slow.result(), Ok(Ok(1)));
    });
}

#[test]
fn the_threads_of_two_pools_have_different_names() {
    in_time(|| {
        let name = || thread::current().name().unwrap().to_owned();
        let pools = [(); 2].map(|()| ThreadPool::new(1).unwrap());
        let [one, other] = pools.each_ref().map(|pool| pool.submit(name).result().unwrap());
        assert!(one.starts_with("thread-pool-") && one.ends_with("_0") && other.ends_with("_0"), "{one}, {other}");
        assert_ne!(one, other);
    });
}

#[test]
fn a_name_that_no_thread_can_have_is_refused() {
    let error = ThreadPool::builder().name_prefix("a\0b").build().unwrap_err();
    assert_eq!(error.to_string(), "a thread's name cannot have a NUL byte in it");
}

#[test]
fn a_pool_of_no_workers_says_so() {
    assert_eq!(ThreadPool::new(0).unwrap_err().to_string(), "a pool needs at least one worker");
}

#[test]
fn the_panic_of_a_task_keeps_its_message_however_it_was_made() {
    in_time(|| {
        let pool = ThreadPool::new(1).unwrap();
        let message = |future: Future<()>| match future.result() {
            Err(Error::Panicked { message, .. }) => message,
            other => panic!("{other:?}"),
        };
        assert_eq!(message(pool.submit(|| panic!("plain"))), "plain");
        assert_eq!(message(pool.submit(|| panic!("made of {}", 2))), "made of 2");
        assert_eq!(message(pool.submit(|| std::panic::panic_any(7))), "a panic without a message");
        assert_eq!(pool.threads(), 1, "the thread lives on");
    });
}

#[test]
fn a_task_is_dropped_when_it_has_run_and_when_it_is_cancelled() {
    in_time(|| {
        let (pool, mut gate) = (ThreadPool::new(1).unwrap(), Gate::new());
        let argument = Arc::new("large");
        let task = |argument: &Arc<&'static str>| {
            let argument = argument.clone();
            move || argument.len()
        };
        let ran = pool.submit(task(&argument));
        assert_eq!(ran.exception(), None);
        assert_eq!(Arc::strong_count(&argument), 1, "it has run, though its future lives");
        let held = pool.submit(gate.hold(1));
        gate.arrival();
        let cancelled = pool.submit(task(&argument));
        assert_eq!(Arc::strong_count(&argument), 2);
        cancelled.cancel();
        assert_eq!(Arc::strong_count(&argument), 1, "it is cancelled, though it is still in the queue");
        let forgotten = pool.submit(task(&argument));
        pool.shutdown(false, true);
        assert_eq!(Arc::strong_count(&argument), 1, "the shutdown has cancelled it");
        gate.open();
        assert_eq!(held.result(), Ok(Ok(1)));
        assert_eq!((ran.result(), forgotten.result()), (Ok(5), Err(Error::Cancelled)));
    });
}

#[test]
fn the_result_of_a_dropped_future_is_dropped() {
    in_time(|| {
        let pool = ThreadPool::new(1).unwrap();
        let (dropped, drops) = channel::<()>();
        drop(pool.submit(move || dropped));
        assert!(drops.recv().is_err(), "the sender is gone");
    });
}

#[test]
fn a_task_may_submit_to_its_own_pool_and_shut_it_down() {
    in_time(|| {
        let pool = Arc::new(ThreadPool::new(2).unwrap());
        let inner = pool.clone();
        let sum = pool.submit(move || {
            let sum = inner.submit(|| 1).result().unwrap() + 1;
            inner.shutdown(true, false);
            sum
        });
        assert_eq!(sum.result(), Ok(2));
        assert_eq!(pool.submit(|| 1).result(), Err(Error::Shutdown));
    });
}

#[test]
fn two_tasks_may_shut_their_pool_down_at_once_and_who_waits_outside_waits_for_both() {
    in_time(|| {
        let (pool, mut gate) = (Arc::new(ThreadPool::new(2).unwrap()), Gate::new());
        let both = Arc::new(Barrier::new(2));
        let futures = [0, 1].map(|number| {
            let (pool, both, hold) = (pool.clone(), both.clone(), gate.hold(number));
            pool.clone().submit(move || {
                both.wait();
                pool.shutdown(true, false);
                hold.run()
            })
        });
        gate.arrivals(2);
        thread::scope(|scope| {
            let outside = scope.spawn(|| {
                pool.shutdown(true, false);
                futures.iter().all(Future::done)
            });
            gate.release(0);
            futures[0].exception();
            gate.open();
            assert!(outside.join().unwrap());
        });
    });
}

#[test]
fn the_last_owner_of_a_pool_may_be_one_of_its_tasks() {
    in_time(|| {
        let (pool, mut gate) = (Arc::new(ThreadPool::new(1).unwrap()), Gate::new());
        let owner = pool.clone();
        let hold = gate.hold(1);
        let future = pool.submit(move || {
            let answer = hold.run();
            drop(owner);
            answer
        });
        gate.arrival();
        drop(pool);
        gate.open();
        assert_eq!(future.result(), Ok(Ok(1)));
    });
}

#[test]
fn the_initializer_runs_once_in_each_worker_before_its_first_task() {
    in_time(|| {
        thread_local!(static READY: AtomicUsize = const { AtomicUsize::new(0) });
        let runs = Arc::new(AtomicUsize::new(0));
        let count = runs.clone();
        let pool = ThreadPool::builder().workers(3).initializer(move || {
            count.fetch_add(1, SeqCst);
            READY.with(|ready| ready.fetch_add(1, SeqCst));
            Ok(())
        });
        let pool = pool.build().unwrap();
        let together = Arc::new(Barrier::new(3));
        for _ in 0..5 {
            let tasks = (0..3).map(|_| {
                let together = together.clone();
                move || {
                    together.wait();
                    READY.with(|ready| ready.load(SeqCst))
                }
            });
            assert!(pool.map_tasks(tasks).all(|ready| ready == Ok(1)));
        }
        assert_eq!(runs.load(SeqCst), 3);
    });
}

#[test]
fn an_initializer_that_fails_breaks_the_pool_and_says_why() {
    in_time(|| {
        let pool = ThreadPool::builder().workers(2).initializer(|| Err("there is no licence".into())).build().unwrap();
        let reason = "the initializer of a worker failed: there is no licence".to_owned();
        let futures: Vec<_> = (0..10).map(|number| pool.submit(move || number)).collect();
        for future in futures {
            assert_eq!(future.result(), Err(Error::Broken { reason: reason.clone() }));
        }
        let later = pool.submit(|| 1);
        assert!(later.done());
        assert_eq!(later.result(), Err(Error::Broken { reason }));
    });
}

#[test]
fn an_initializer_that_panics_breaks_the_pool_and_says_why() {
    in_time(|| {
        let pool = ThreadPool::builder().workers(2).initializer(|| panic!("no licence")).build().unwrap();
        let error = pool.submit(|| 1).result().unwrap_err().to_string();
        assert!(error.starts_with("the executor is broken: the initializer of a worker panicked at "), "{error}");
        assert!(error.ends_with(": no licence"), "{error}");
    });
}

#[test]
fn a_thread_that_cannot_be_started_is_an_error_and_no_hang() {
    in_time(|| {
        let pool = ThreadPool::builder().stack_size(1 << 60).build().unwrap();
        let error = pool.submit(|| 1).result().unwrap_err();
        assert!(error.to_string().starts_with("the executor is broken: failed to start a thread: "), "{error}");
        assert!(error.source().is_none());
        assert!(matches!(pool.submit(|| 1).result(), Err(Error::Broken { .. })), "and each time again");
    });
}

#[test]
fn futures_of_threads_and_of_the_caller_come_from_one_as_completed() {
    in_time(|| {
        let (first, second) = (ThreadPool::new(1).unwrap(), ThreadPool::new(1).unwrap());
        let (mut gate, task) = (Gate::new(), |number| move || Ok(number));
        let held = first.submit(gate.hold(3));
        gate.arrival();
        let futures = [held, second.submit(task(2)), Inline.submit(task(1))];
        futures[1].exception();
        let mut completed = as_completed(futures).map(|future| future.result().unwrap().unwrap());
        assert_eq!(completed.by_ref().take(2).collect::<BTreeSet<_>>(), BTreeSet::from([1, 2]));
        gate.open();
        assert_eq!(completed.collect::<Vec<_>>(), [3]);
    });
}

#[test]
fn an_executor_can_be_used_without_knowing_which() {
    type Number = fn() -> i32;
    fn add<E: Executor<Number>>(executor: &E) -> i32 {
        let tasks: [Number; 2] = [|| 40, || 2];
        let sum = executor.map_tasks_with(MapOptions::new(), tasks).map(Result::unwrap).sum();
        executor.shutdown(true, false);
        sum
    }
    assert_eq!(add(&Inline), 42);
    assert_eq!(add(&ThreadPool::new(2).unwrap()), 42);
    let executors: [Box<dyn Executor<Number>>; 2] = [Box::new(Inline), Box::new(ThreadPool::new(1).unwrap())];
    assert!(executors.iter().all(|executor| executor.submit(|| 42).result() == Ok(42)));
}

/// Runs a test of this program again in a process of its own, where this variable is set, and returns what it printed on the
/// descriptors of these two files.
fn again(name: &str, output: Stdio, errors: Stdio) -> Output {
    let mut child = Command::new(std::env::current_exe().unwrap());
    let output = child.args(["--exact", name, "--nocapture"]).env(END, "here").stdout(output).stderr(errors).output();
    output.unwrap()
}

#[test]
fn a_panic_of_a_task_is_told_by_its_future_and_is_not_printed() {
    if std::env::var_os(END).is_some() {
        let pool = ThreadPool::new(1).unwrap();
        let error = pool.submit(|| panic!("boom")).result().map(|()| 0).unwrap_err();
        let Error::Panicked { message, location: Some(place) } = error else { panic!("{error}") };
        assert!(message == "boom" && place.contains("threads.rs:"), "{place}");
        return;
    }
    let name = "a_panic_of_a_task_is_told_by_its_future_and_is_not_printed";
    let output = again(name, Stdio::piped(), Stdio::piped());
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn what_cannot_be_reported_costs_no_worker() {
    if std::env::var_os(END).is_some() {
        let (pool, mut gate) = (ThreadPool::new(1).unwrap(), Gate::new());
        let future = pool.submit(gate.hold(1));
        gate.arrival();
        future.add_done_callback(|_| panic!("a callback's own fault"));
        gate.open();
        assert_eq!((future.result(), pool.submit(|| 2).result()), (Ok(Ok(1)), Ok(2)));
        return;
    }
    let name = "what_cannot_be_reported_costs_no_worker";
    let full = || Stdio::from(fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    // A pipe without a reader is the other way in which nothing can be written.
    let (reader, closed) = std::io::pipe().unwrap();
    drop(reader);
    for errors in [full(), closed.into()] {
        assert!(again(name, Stdio::null(), errors).status.success());
    }
}

#[test]
fn a_process_ends_after_the_tasks_of_a_pool_that_it_left_and_before_those_of_one_it_did_not_wait_for() {
    // The test runs itself again, in a process of its own: there it is the child.
    let name = "a_process_ends_after_the_tasks_of_a_pool_that_it_left_and_before_those_of_one_it_did_not_wait_for";
    if let Ok(end) = std::env::var(END) {
        let pool = ThreadPool::new(1).unwrap();
        let (release, released) = channel::<()>();
        drop(pool.submit(move || {
            let _ = released.recv();
            println!("the task is done");
        }));
        if end == "shut down without waiting" {
            pool.shutdown(false, false);
            drop(pool);
            // What happens when `main` returns.
            std::process::exit(0);
        }
        return drop(release);
    }
    let task_is_done = |end| {
        let mut child = Command::new(std::env::current_exe().unwrap());
        let output = child.args(["--exact", name, "--nocapture"]).env(END, end).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().contains("the task is done")
    };
    assert!(task_is_done("left"));
    assert!(!task_is_done("shut down without waiting"));
}

/// The variable that tells the child how it is to end.
const END: &str = "THREAD_POOL_TEST_END";
