//! The workload `flags`: from its arguments to the exit status.

#[cfg(test)]
mod accounting_tests;
mod args;
mod codes;
mod list;
pub mod report;

pub(crate) use args::FlagsArgs;
pub use codes::{AVAILABLE, POPULOUS, Selection};
pub use list::Flags;

use crate::{
    cli,
    http::{Folder, Settings, password::without_password},
    program::{ERRORS, UNREACHABLE},
    run::{
        Cancel, Clock, Recorder, Signal, Tally, Usage, open_files,
        record::{Record, Row, SCHEMA_VERSION},
    },
    show::{progress::Progress, terminal},
    strategy::Strategy,
};

/// Downloads flags, and reports.
pub(crate) fn run(strategy: &Strategy, args: &FlagsArgs, cancel: &Cancel) -> anyhow::Result<u8> {
    let codes = args.selection().codes().unwrap_or_else(|error| cli::usage_error(strategy, "flags", error));
    if args.verbose && !args.progress.gives_way() {
        let why = "--verbose shows a line for each code: leave it out, or take --progress auto or none";
        cli::usage_error(strategy, "flags", why);
    }
    if let Some(path) = &args.ca_cert {
        crate::http::tls::roots(Some(path.as_os_str()))
            .unwrap_or_else(|error| cli::usage_error(strategy, "flags", error));
    }
    // A folder that cannot be written ends the run here; asking for flags that cannot be saved helps nobody.
    if let Err(error) = Folder::create(&args.dest) {
        cli::usage_error(strategy, "flags", format!("failed to open the folder {}: {error}", args.dest.display()));
    }
    let output = args.output.open().unwrap_or_else(|error| cli::usage_error(strategy, "flags", error));

    let site = args.server.ready()?;
    site.announce();
    let flags = Flags::new(codes.clone(), args.repeat, cancel.clone());
    let mut settings = Settings::new(site.base_url.clone(), site.addresses.clone());
    let wanted = args.concurrency(strategy, site.max_connections, flags.total());
    let (open_files, enough_for) = open_files::raise();
    settings.concurrency = wanted.min(enough_for);
    if wanted > enough_for {
        terminal::eprint(&format!(
            "warning: only {open_files} files may be open at a time (ulimit -n): {enough_for} requests, not {wanted}\n"
        ));
    }
    settings.dest = args.dest.clone().into();
    settings.max_bytes = args.max_bytes;
    settings.retries = args.retries;
    settings.pace = site.pace;
    settings.ca_cert = args.ca_cert.clone().map(Into::into);
    if let Some(limit) = args.timeout {
        (settings.timeouts.head, settings.timeouts.body) = (limit, limit);
    }
    let reports = !args.output.json() && args.progress != Progress::Codes;
    if reports {
        let refusal = args.refusal(strategy, site.max_connections);
        terminal::print(&report::opening(&site, &codes, args.repeat, &settings, refusal.as_deref()));
    }

    let show = args.progress.show(flags.total(), &settings.base_url, args.verbose);
    settings.clock = Clock::start();
    let mut recorder = Recorder::new(flags.total(), show, output.samples_wanted(), cancel.clone(), settings.clock);
    cancel.during(|| (strategy.download_many)(flags, &settings, cancel, &mut recorder))?;
    let elapsed = settings.clock.elapsed();
    let mut usage = Usage::of_this_process();
    drop(site);

    let (tally, samples, workers) = recorder.finish();
    usage += workers;
    let signal = cancel.requested();
    if reports {
        terminal::print(&report::closing(&tally, elapsed, signal.is_some()));
    } else if !args.output.json() {
        terminal::print(&report::downloads(&tally, elapsed));
    }
    if output.wanted() {
        let (counts, errors) = Record::counts(&tally);
        let mut record = Record {
            schema_version: SCHEMA_VERSION,
            strategy: strategy.name,
            workload: "flags",
            settings: settings.knobs(),
            counts,
            errors,
            samples: samples.iter().map(Row::of_flag).collect(),
            elapsed_us: elapsed.as_micros() as u64,
            usage,
            interrupted: signal.is_some(),
        };
        output.write(&mut record)?;
    }
    // Who sees only counts cannot know what to do about them; what a server did is another's matter.
    for (class, cause) in tally.local_causes.iter().filter(|_| signal.is_none() && !args.verbose) {
        terminal::eprint(&format!("error: {} {class}: {cause}\n", tally.failures[class]));
    }
    let status = status(&tally, signal);
    if status == UNREACHABLE {
        let server = without_password(&settings.base_url);
        terminal::eprint(&format!("error: failed to reach the server at {server}: is it running?\n"));
    }
    Ok(status)
}

/// The exit status that the account of a run calls for.
pub(crate) fn status(tally: &Tally, signal: Option<Signal>) -> u8 {
    match signal {
        Some(signal) => signal.exit_status(),
        None if tally.server_unreachable() => UNREACHABLE,
        None if tally.ok + tally.not_found < tally.asked => ERRORS,
        None => 0,
    }
}
