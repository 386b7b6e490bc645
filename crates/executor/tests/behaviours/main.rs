//! What every executor must do: each case of the table, with each executor that it is for.
//!
//! Nothing sleeps for luck: a task that is to take long waits at a gate. A case that hangs is ended.

#[path = "../common/mod.rs"]
mod common;
mod futures;
mod maps;
mod pools;
mod shutdowns;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

use common::{Forked, InTheCaller, Probe, Spawned, Subject, Threads, in_time};

/// A task that echoes the number.
fn echo(number: i64) -> Probe {
    Probe::Echo(number)
}

/// Makes a trial of each case, with this executor.
macro_rules! trials {
    ($subject:ident: $($module:ident::{$($case:ident),* $(,)?})*) => {
        vec![$($(trial::<$subject>(
            concat!(stringify!($module), "::", stringify!($case)),
            $module::$case::<$subject>,
        )),*),*]
    };
}

/// Cases for all executors, also for one that runs each task while it is submitted.
fn for_all<S: Subject>() -> Vec<Trial> {
    trials! { S:
        futures::{
            a_result_is_the_value_of_the_task,
            a_tasks_own_error_is_its_value,
            a_panic_reaches_the_caller_and_the_worker_lives_on,
            wait_for_the_first_error_waits_for_all_if_there_is_none,
        }
        maps::{
            map_equals_the_plain_map,
            map_of_nothing_is_nothing,
            map_delivers_what_comes_before_and_after_a_panic,
            the_error_of_a_task_that_gave_up_is_not_the_maps_timeout,
            a_buffer_of_any_size_gives_the_same_results,
            an_input_that_panics_leaves_the_pool_usable,
        }
        pools::{
            many_threads_submit_at_once,
            many_tiny_tasks_pass,
        }
        shutdowns::{
            leaving_the_scope_waits,
            submit_cancel_shutdown_does_not_hang,
            shutting_down_twice_is_fine,
            a_pool_that_was_never_used_shuts_down,
        }
    }
}

/// Cases for executors that have workers.
fn for_pools<S: Subject>() -> Vec<Trial> {
    trials! { S:
        futures::{
            a_result_that_is_late_can_be_asked_for_again,
            a_pending_task_can_be_cancelled_and_a_running_one_cannot,
            a_future_prints_its_state,
            a_callback_sees_the_value_the_panic_and_the_cancellation,
            a_callback_that_panics_does_no_harm,
            a_future_is_done_when_its_result_can_be_had,
            a_waker_that_panics_does_no_harm,
            a_future_can_be_awaited,
            dropping_a_future_does_not_cancel_its_task,
            futures_come_in_order_of_completion,
            a_window_bounds_how_many_tasks_are_submitted,
            futures_that_come_too_late_are_counted,
            wait_returns_at_the_first_completed,
            wait_returns_at_the_first_error,
            wait_returns_what_is_done_at_its_timeout,
        }
        maps::{
            map_submits_before_it_is_iterated,
            the_maps_timeout_cancels_the_rest_and_ends_the_iterator,
            dropping_a_map_cancels_what_has_not_started,
            a_buffer_takes_only_so_many_tasks_ahead,
        }
        pools::{
            a_pool_of_no_workers_is_refused,
            tasks_one_after_another_use_one_worker,
            blocked_tasks_fill_every_worker_and_no_more,
            mutually_blocking_tasks_all_run,
            never_more_than_the_maximum_run_at_a_time,
        }
        shutdowns::{
            a_task_submitted_after_the_shutdown_fails,
            more_tasks_than_workers_at_shutdown_all_finish,
            cancelling_the_futures_leaves_those_that_run,
            results_arrive_after_a_shutdown_that_does_not_wait,
            everyone_who_waits_for_the_shutdown_waits_for_the_last_task,
            a_callback_that_shuts_the_pool_down_does_not_wait_for_itself,
        }
    }
}

fn trial<S: Subject>(case: &str, test: fn()) -> Trial {
    Trial::test(format!("{}::{case}", S::NAME), move || {
        in_time(test);
        Ok(())
    })
}

fn main() -> ExitCode {
    // The workers of the process pools are this program, started again.
    if let Some(code) = executor::processes::enter(|tasks| _ = tasks.add::<Probe>()) {
        return code;
    }
    let table = [
        for_all::<InTheCaller>(),
        for_all::<Threads>(),
        for_pools::<Threads>(),
        for_all::<Spawned>(),
        for_pools::<Spawned>(),
        for_all::<Forked>(),
        for_pools::<Forked>(),
    ];
    libtest_mimic::run(&Arguments::from_args(), table.into_iter().flatten().collect()).exit_code()
}
