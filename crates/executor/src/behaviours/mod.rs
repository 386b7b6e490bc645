//! What every executor must do, as test cases that run against any of them. For tests only.
//!
//! `executor::behaviours!(Subject)` makes a test of each case. The tasks can be written down ([`Probe`]), so that a
//! process pool can run the very same cases. Nothing sleeps for luck: a task that is to take long waits at a
//! [`Gate`]; and a case that hangs is ended by [`in_time`].

mod gate;
mod guard;
mod probe;

pub mod futures;
pub mod leaks;
pub mod maps;
pub mod pools;
pub mod shutdowns;

pub use gate::Gate;
pub use guard::in_time;
pub use probe::{Answer, Probe};

use crate::{Executor, Task};

/// An executor under test.
pub trait Subject: 'static {
    /// What it runs: a [`Probe`], or something of the tester's own around it.
    type Task: Task<Output = Answer> + From<Probe> + Send + 'static;

    /// The executor.
    type Pool: Executor<Self::Task> + Send + Sync + 'static;

    /// Makes one with at most so many workers, or says why not.
    fn pool(workers: usize) -> Result<Self::Pool, String>;
}

/// Makes a pool that there is no reason to refuse.
fn pool<S: Subject>(workers: usize) -> S::Pool {
    S::pool(workers).expect("failed to make a pool")
}

/// A task of the subject that echoes the number.
fn echo<S: Subject>(number: i64) -> S::Task {
    Probe::Echo(number).into()
}

/// Makes a test of each case that every executor must pass.
#[macro_export]
macro_rules! behaviours {
    ($subject:ty) => {
        $crate::each_behaviour! { [$crate::behaviour_tests] $subject }
    };
}

/// Calls a macro with the subject and the names of all cases: for test programs with a `main` of their own.
#[macro_export]
macro_rules! each_behaviour {
    ([$($call:tt)+] $subject:ty) => {
        $($call)+! { $subject;
            futures: [
                a_result_is_the_value_of_the_task,
                a_tasks_own_error_is_its_value,
                a_panic_reaches_whoever_asks_and_the_worker_lives_on,
                a_result_that_is_late_can_be_asked_for_again,
                a_pending_task_can_be_cancelled_and_a_running_one_cannot,
                a_future_prints_its_state,
                a_callback_sees_the_value_the_panic_and_the_cancellation,
                a_callback_that_panics_hurts_nobody,
                a_future_is_done_when_its_result_can_be_had,
                a_waker_that_panics_hurts_nobody,
                a_future_can_be_awaited,
                dropping_a_future_does_not_cancel_its_task,
                futures_come_in_order_of_completion,
                a_window_bounds_how_many_tasks_are_submitted,
                futures_that_come_too_late_are_counted,
                wait_returns_at_the_first_completed,
                wait_returns_at_the_first_error,
                wait_for_the_first_error_waits_for_all_if_there_is_none,
                wait_returns_what_is_done_at_its_timeout,
            ]
            maps: [
                map_equals_the_plain_map,
                map_of_nothing_is_nothing,
                map_submits_before_it_is_iterated,
                map_delivers_what_comes_before_and_after_a_panic,
                the_error_of_a_task_that_gave_up_is_not_the_maps_timeout,
                the_maps_timeout_cancels_the_rest_and_ends_the_iterator,
                dropping_a_map_cancels_what_has_not_started,
                a_buffer_of_any_size_gives_the_same_results,
                a_buffer_takes_only_so_many_tasks_ahead,
                an_input_that_panics_leaves_the_pool_usable,
            ]
            pools: [
                a_pool_of_no_workers_is_refused,
                tasks_one_after_another_use_one_worker,
                blocked_tasks_fill_every_worker_and_no_more,
                mutually_blocking_tasks_all_run,
                never_more_than_the_maximum_run_at_a_time,
                many_threads_submit_at_once,
                many_tiny_tasks_pass,
            ]
            shutdowns: [
                a_task_submitted_after_the_shutdown_fails,
                leaving_the_scope_waits,
                more_tasks_than_workers_at_shutdown_all_finish,
                cancelling_the_futures_leaves_those_that_run,
                results_arrive_after_a_shutdown_that_does_not_wait,
                submit_cancel_shutdown_does_not_hang,
                shutting_down_twice_is_fine,
                a_pool_that_was_never_used_shuts_down,
                everyone_who_waits_for_the_shutdown_waits_for_the_last_task,
                a_callback_that_shuts_the_pool_down_does_not_wait_for_itself,
            ]
        }
    };
}

/// Makes a test of each of these cases.
#[macro_export]
macro_rules! behaviour_tests {
    ($subject:ty; $($module:ident: [$($case:ident,)*])*) => {
        $($(
            #[test]
            fn $case() {
                $crate::behaviours::in_time($crate::behaviours::$module::$case::<$subject>);
            }
        )*)*
    };
}
