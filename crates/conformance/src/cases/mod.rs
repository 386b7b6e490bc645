//! The cases, a file for each thing that they are about.

/// The functions of a module as cases, under their own names.
macro_rules! cases {
    ($module:ident: $($name:ident)*) => {
        [$(crate::Case::new(concat!(stringify!($module), "::", stringify!($name)), $module::$name)),*]
    };
}

mod alike;
mod cpu;
mod disk;
mod downloads;
mod events;
mod futures;
mod https;
mod limits;
mod loiter;
mod names;
mod own_server;
mod primes;
mod private;
mod random_signals;
mod records;
mod reports;
mod retries;
mod signals;
mod soak;
mod sqrt;
mod surroundings;
mod unreachable;
mod usage;
mod workers;

pub use names::can_have_own_mounts;

use crate::{Case, program::Program};

/// All of them.
pub fn all() -> impl Iterator<Item = Case> {
    let cases = [
        Vec::from(cases!(disk:
            a_folder_that_does_not_exist_is_made
            a_folder_that_cannot_be_made_is_a_usage_error_before_the_run_starts
            a_folder_that_takes_no_files_is_an_error_for_each
            a_folder_where_a_flag_should_go_is_left_alone
            a_link_where_a_flag_should_go_is_replaced_and_not_followed
            an_older_flag_stays_unless_a_whole_new_one_comes
            a_folder_removed_in_the_middle_is_an_error_for_each_flag_after
            two_runs_in_one_folder_do_not_disturb_each_other
            a_path_need_not_be_utf8
            a_folder_that_is_made_can_be_saved_in_whatever_the_umask
        )),
        // A queue's server is a program of others: it needs a disk, and memory.
        Vec::from(
            cases!(disk: a_disk_that_is_full_costs_what_does_not_fit)
                .map(|case| case.concerns(|program| !program.has_queue())),
        ),
        Vec::from(
            cases!(limits: memory_that_runs_out_leaves_whole_files_and_no_process)
                .map(|case| case.concerns(|program| !program.has_queue())),
        ),
        Vec::from(cases!(alike:
            an_error_that_is_there_before_the_request_is_its_answer
            a_url_that_is_too_long_is_refused_wherever_it_comes_from
            credentials_are_sent_as_they_are_meant
            a_body_over_the_limit_costs_no_other_flag
        )),
        Vec::from(cases!(downloads:
            the_twenty_flags_are_those_of_the_manifest
            a_b_c_are_43_flags_and_35_are_not_found
            every_code_is_194_flags_and_482_are_not_found
            errors_are_those_of_the_manifest
            no_more_connections_are_made_than_may_be_used
            a_redirect_to_another_port_of_the_host_goes_there
            a_redirect_to_another_origin_keeps_a_connection_to_each
            the_query_of_the_server_goes_with_each_request
        )),
        Vec::from(cases!(events:
            each_start_and_sample_and_the_end_are_told
            the_other_workloads_tell_theirs
            they_are_told_while_it_runs_and_an_interrupted_run_has_an_end
            events_that_cannot_be_written_are_an_error
        )),
        Vec::from(
            cases!(events: a_start_in_this_process_is_told_before_the_task_ends)
                .map(|case| case.concerns(Program::runs_its_tasks_itself)),
        ),
        Vec::from(cases!(https:
            flags_come_over_https_with_a_root_of_ones_own
            a_server_that_cannot_prove_who_it_is_gets_no_request
            https_does_not_lead_back_to_http
        )),
        Vec::from(cases!(limits:
            a_thousand_requests_may_be_under_way
            few_open_files_mean_fewer_requests_at_a_time_and_a_word
            a_low_limit_of_open_files_is_raised_where_that_is_allowed
            a_slow_reader_of_stdout_blocks_no_download
            a_reader_that_leaves_is_no_error
            what_cannot_be_written_to_stdout_is_an_error
            a_stderr_that_is_full_is_no_error
            few_open_files_are_never_the_servers_fault
        )),
        Vec::from(cases!(cpu:
            the_digest_of_each_flag_is_that_of_its_rounds
            a_flag_of_forty_kilobytes_is_computed_and_saved_whole
            only_an_event_loop_can_be_computed_on_and_its_pause_is_told
        )),
        Vec::from(cases!(random_signals:
            ctrl_c_at_any_moment
            sigterm_at_any_moment
            sigkill_at_any_moment
        )),
        Vec::from(cases!(names: a_dead_first_address_costs_a_connection_a_moment).map(Case::needs_own_mounts)),
        Vec::from(
            cases!(names:
                a_silent_dns_server_costs_a_flag_no_more_than_the_time_to_connect
                the_first_signal_ends_a_wait_for_dns
            )
            .map(Case::needs_superuser),
        ),
        Vec::from(
            cases!(futures:
                five_futures_are_shown_as_they_are_scheduled_and_as_they_complete
                the_json_object_tells_of_each_future
                what_a_future_holds_of_a_failed_download_is_shown
            )
            .map(|case| case.concerns(Program::has_pool)),
        ),
        Vec::from(cases!(futures: what_has_no_futures_has_no_such_subcommand)),
        Vec::from(cases!(loiter:
            map_holds_results_back_until_their_turn
            as_completed_gives_the_quickest_first
            no_more_loiter_at_a_time_than_there_are_workers
            ctrl_c_wakes_those_that_loiter
        )),
        Vec::from(cases!(own_server:
            a_server_is_started_and_gone_with_the_run
            a_started_server_is_gone_after_ctrl_c_and_after_kill
            a_server_that_listens_already_is_used
            something_else_on_the_port_is_left_alone_and_a_server_started
            without_a_server_beside_it_a_program_says_how_to_get_one
            a_signal_ends_the_look_at_what_listens_there
        )),
        Vec::from(cases!(own_server: a_server_is_started_without_proc).map(Case::needs_superuser)),
        Vec::from(cases!(private: a_public_server_does_not_lead_to_private_addresses).map(Case::needs_superuser)),
        Vec::from(cases!(primes:
            the_chapters_twenty_are_checked_and_nine_are_prime
            map_gives_the_results_in_order_of_submission
            the_json_object_tells_of_each_number
            a_trace_has_a_slice_for_each_number
            ctrl_c_ends_it_with_what_is_known
            a_killed_run_leaves_no_busy_worker
            only_an_event_loop_can_be_computed_on
        )),
        Vec::from(
            cases!(primes: a_worker_that_comes_to_harm_costs_its_own_number_only)
                .map(|case| case.concerns(Program::has_worker_processes)),
        ),
        Vec::from(cases!(records:
            the_json_object_has_every_knob
            repeated_flags_are_told_of_copy_by_copy
            a_trace_has_a_lane_per_worker_and_phases_within_tasks
            a_summary_leaves_out_the_rows_and_nothing_else
            a_waterfall_has_a_lane_for_each_of_a_few_flags
        )),
        Vec::from(cases!(reports:
            the_reports_are_those_of_the_chapter
            fewer_connections_than_were_asked_for_are_explained
            a_password_is_shown_nowhere
            errors_are_counted_and_grouped_by_class
            progress_codes_is_the_display_of_the_first_scripts
            an_error_between_the_codes_begins_on_a_line_of_its_own
            verbose_is_a_line_for_each_code
            an_error_is_told_in_the_words_of_the_server_where_they_can_be_shown
            reports_go_to_stdout_and_errors_to_stderr
            a_quiet_run_shows_errors_only
            help_fits_the_terminal_and_has_examples
            completions_and_man_pages_know_every_argument
            a_slow_run_off_a_terminal_says_now_and_then_how_far_it_is
            the_bar_honours_the_terminal_and_the_wish_for_no_colour
            the_bar_is_one_line_narrower_than_the_terminal
            a_server_that_is_down_is_no_success_of_the_bar
            help_names_the_knobs_and_the_exit_statuses
        )),
        Vec::from(cases!(retries:
            what_may_pass_is_tried_again_and_counted_apart
            a_lost_answer_is_asked_for_again
            without_retries_nothing_is_tried_again
            retries_end
            a_server_that_is_down_for_a_moment_is_asked_again
            retries_of_many_do_not_come_at_once
            what_will_not_pass_is_not_tried_again
            retry_after_is_a_floor
            the_report_counts_retries
        )),
        Vec::from(cases!(signals:
            an_interrupted_run_tells_the_truth
            ctrl_c_in_a_terminal_reaches_all_processes_and_the_report_still_comes
            what_is_under_way_may_end_by_itself
            sigterm_to_all_processes_costs_nothing_that_ends_in_time
            the_second_signal_ends_it_at_once
            a_killed_run_leaves_whole_files_and_no_process
            a_wait_between_attempts_is_cut_off
            a_run_that_is_stopped_and_goes_on_loses_nothing
            the_first_signal_ends_a_start_that_waits
            a_report_that_is_not_read_does_not_outlast_a_signal
            a_stderr_that_is_not_read_does_not_hold_up_a_signal
            signals_that_are_ignored_at_the_start_stay_so
        )),
        Vec::from(cases!(soak:
            a_handful_of_random_runs_lose_nothing
        )),
        Vec::from(cases!(sqrt:
            a_loop_is_measured_and_so_is_a_task
            the_json_object_counts_the_tasks_of_a_loop
            ctrl_c_ends_the_measurements
        )),
        Vec::from(cases!(surroundings: no_panic_a_documented_status_and_whole_files)),
        Vec::from(cases!(surroundings: few_threads no_proc_and_no_dev).map(Case::needs_superuser)),
        Vec::from(cases!(unreachable:
            no_server_listens
            the_name_leads_nowhere
            a_server_that_does_not_accept
            a_server_that_goes_away_is_an_error_and_not_unreachable
        )),
        Vec::from(cases!(usage:
            a_usage_error_names_what_is_wrong_and_ends_with_2
            a_malformed_server_shows_no_password
        )),
        Vec::from(
            cases!(workers:
                a_worker_that_comes_to_harm_costs_its_own_flag_only
                a_worker_without_memory_costs_its_own_flag_only
                workers_killed_again_and_again_cost_a_flag_each_at_most
                a_killed_run_leaves_no_stopped_worker
            )
            .map(|case| case.concerns(Program::has_worker_processes)),
        ),
    ];
    cases.into_iter().flatten().chain(crate::faults::cases())
}
