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
    http::{FlagSample, Folder, Settings, password::without_password, tls},
    profile::Profile,
    run::{Cancel, Clock, Recorder, Run, UsageError, open_files, status::UNREACHABLE},
    show::{progress::Progress, terminal},
};

/// A function that downloads the flags, and records each.
pub type DownloadMany = fn(Flags, &Settings, &mut Run<FlagSample>) -> anyhow::Result<()>;

/// Downloads flags, and reports.
pub(crate) fn run(
    profile: &Profile,
    download_many: DownloadMany,
    args: &FlagsArgs,
    cancel: &Cancel,
) -> anyhow::Result<u8> {
    if args.cpu_on.is_some() && !profile.has_event_loop {
        return Err(UsageError::new(format!("--cpu-on: {} has no event loop", profile.name)).into());
    }
    let codes = args.selection().codes().map_err(UsageError::new)?;
    if args.verbose && !args.progress().gives_way() {
        let why = "--verbose shows a line for each code: leave it out, or take --progress auto or none";
        return Err(UsageError::new(why).into());
    }
    if let Some(path) = &args.ca_cert {
        tls::roots(Some(path.as_os_str())).map_err(UsageError::new)?;
    }
    Folder::check(&args.dest)?;
    let output = args.output.open()?;

    let site = args.server.ready()?;
    site.announce();
    let flags = Flags::new(codes.clone(), args.repeat, cancel.clone());
    let mut settings = Settings::new(site.base_url.clone(), site.addresses.clone());
    let wanted = args.concurrency(profile, site.max_connections, flags.total());
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
    settings.cpu_rounds = args.cpu_rounds;
    settings.cpu_on = args.cpu_on.unwrap_or_default();
    settings.pace = site.pace;
    settings.ca_cert = args.ca_cert.clone().map(Into::into);
    if let Some(limit) = args.timeout {
        (settings.timeouts.head, settings.timeouts.body) = (limit, limit);
    }
    let progress = args.progress();
    let reports = !args.output.silent() && progress != Progress::Codes;
    if reports {
        let refusal = args.refusal(profile, site.max_connections);
        terminal::print(&report::opening(&site, &codes, args.repeat, &settings, refusal.as_deref()));
    }

    let show = progress.show(flags.total(), &settings.base_url, args.verbose);
    settings.clock = Clock::start();
    settings.starts = output.begin(profile.name, "flags", flags.total(), settings.concurrency);
    let recorder =
        Recorder::new(flags.total(), output.watch(show), output.samples_wanted(), cancel.clone(), settings.clock);
    let finished = Run::new(cancel, recorder).perform(|run| download_many(flags, &settings, run))?;
    drop(site);

    let (tally, interrupted) = (&finished.tally, finished.signal.is_some());
    if reports {
        terminal::print(&report::closing(tally, finished.elapsed, interrupted));
        finished.notes.iter().for_each(|note| terminal::print(&format!("{note}\n")));
    } else if !args.output.silent() {
        terminal::print(&report::downloads(tally, finished.elapsed));
    }
    if output.wanted() {
        output.write(&mut finished.record(profile.name, "flags", settings.knobs()))?;
    }
    // Counts alone do not say what to do about them; what a server did is not for this machine to mend.
    for (class, cause) in tally.local_causes.iter().filter(|_| !interrupted && !args.verbose) {
        terminal::eprint(&format!("error: {} {class}: {cause}\n", tally.failures[class]));
    }
    let status = finished.status();
    if status == UNREACHABLE {
        let server = without_password(&settings.base_url);
        terminal::eprint(&format!("error: failed to reach the server at {server}: is it running?\n"));
    }
    Ok(status)
}
