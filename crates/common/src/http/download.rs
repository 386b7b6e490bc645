//! What to do next to download one flag: every decision that is the same whichever client carries it out.
//!
//! A [`Download`] does no I/O. A strategy asks it for the next [`Step`], takes the step with its own client, says what came of
//! it, and asks again. So redirects, retries, statuses and what counts as a flag are decided here once.

use std::time::{Duration, SystemTime};

use backon::BackoffBuilder;
use url::Url;

use crate::{
    http::{Answer, Computed, Flag, FlagSample, Outcome, Rounds, Settings, Times, gif, redirect},
    run::{Class, Failure, Start},
};

/// The longest wait between two attempts, whatever the server asks for.
pub const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// One flag's download, as far as it has come.
pub struct Download<'a> {
    settings: &'a Settings,
    sample: FlagSample,
    url: Url,
    redirects: u32,
    /// The waits between attempts; none without retries.
    backoff: Option<backon::ExponentialBackoff>,
    next: Next,
}

enum Next {
    Wait(Duration),
    Get,
    Compute(Vec<u8>),
    Save(Vec<u8>),
    Done,
}

/// What a strategy is to do next.
pub enum Step {
    /// Sleep this long.
    Wait(Duration),
    /// Send a GET request, and say what was [answered](Download::answered).
    Get(Url),
    /// Do these, and give what was [computed](Download::computed).
    Compute(Rounds),
    /// Save this under [`Flag::file_name`], and say whether it was [saved](Download::saved).
    Save(Vec<u8>),
    /// Nothing: this is what was measured.
    Done(FlagSample),
}

impl<'a> Download<'a> {
    /// The download of `flag` by `worker`, which starts now.
    pub fn new(flag: Flag, worker: usize, settings: &'a Settings) -> Self {
        let start = settings.clock.micros();
        settings.starts.tell(Start { task: &flag.code, copy: flag.copy, worker, at: start });
        let times = Times { start, request: start, ..Times::default() };
        let backoff = (settings.retries > 0).then(|| backoff(settings.retries));
        let sample =
            FlagSample { flag, outcome: Outcome::NotFound, bytes: 0, digest: None, worker, attempts: 1, times };
        let mut download =
            Self { settings, sample, url: flag.url(&settings.base_url), redirects: 0, backoff, next: Next::Get };
        download.wait_then_get(Duration::ZERO);
        download
    }

    /// What to do next.
    pub fn step(&mut self) -> Step {
        match std::mem::replace(&mut self.next, Next::Get) {
            Next::Wait(pause) => Step::Wait(pause),
            Next::Get => {
                self.sample.times.request = self.settings.clock.micros();
                Step::Get(self.url.clone())
            }
            Next::Compute(body) => Step::Compute(Rounds::new(body, self.settings.cpu_rounds)),
            Next::Save(body) => Step::Save(body),
            Next::Done => {
                self.sample.times.finish(self.settings.clock.micros());
                Step::Done(self.sample.clone())
            }
        }
    }

    /// The times of the request under way, for the client to note when each phase ends.
    pub fn times(&mut self) -> &mut Times {
        &mut self.sample.times
    }

    /// What came of a [`Step::Get`].
    pub fn answered(&mut self, answer: Result<Answer, Failure>) {
        let retry_after = answer.as_ref().ok().and_then(|answer| answer.retry_after.clone());
        match answer.and_then(|answer| self.judge(answer)) {
            Ok(()) => {}
            Err(failure) => match self.backoff.as_mut().filter(|_| failure.worth_a_retry()).and_then(Iterator::next) {
                Some(pause) => {
                    let asked = retry_after.and_then(|text| parse_retry_after(&text, SystemTime::now()));
                    self.sample.attempts += 1;
                    self.wait_then_get(pause.max(asked.unwrap_or_default()).min(LONGEST_WAIT));
                }
                None => self.end(Outcome::Error(failure)),
            },
        }
    }

    /// What came of a [`Step::Compute`].
    pub fn computed(&mut self, computed: Computed) {
        self.sample.times.computed = self.settings.clock.micros();
        self.sample.digest = Some(computed.digest);
        self.next = Next::Save(computed.body);
    }

    /// What came of a [`Step::Save`]: how many bytes.
    pub fn saved(&mut self, saved: std::io::Result<u64>) {
        match saved {
            Ok(bytes) => {
                self.sample.bytes = bytes;
                self.end(Outcome::Ok);
            }
            Err(error) => self.end(Outcome::Error(not_saved(self.sample.flag, self.settings, &error))),
        }
    }

    fn judge(&mut self, answer: Answer) -> Result<(), Failure> {
        match answer.status {
            404 => self.end(Outcome::NotFound),
            206 => return Err(Failure::new(Class::Protocol, "a part of the flag (HTTP 206), which was not asked for")),
            200..=299 => match gif::check(&answer.body) {
                Ok(()) if self.settings.cpu_rounds > 0 => self.next = Next::Compute(answer.body),
                Ok(()) => self.next = Next::Save(answer.body),
                Err(what) => return Err(Failure::new(Class::NotAGif, format!("not a GIF: {what}"))),
            },
            status if redirect::is_redirect(status) => {
                if self.redirects == self.settings.max_redirects {
                    return Err(Failure::new(Class::Redirect, format!("more than {} redirects", self.redirects)));
                }
                self.url = redirect::target(&self.url, answer.location.as_deref())?;
                redirect::check_host(&self.url, self.settings)?;
                self.redirects += 1;
                self.wait_then_get(Duration::ZERO);
            }
            status => return Err(Failure::http(status, answer.reason.as_deref())),
        }
        Ok(())
    }

    /// The next request follows after `pause`, and in this worker's slot where the run keeps a pace.
    fn wait_then_get(&mut self, pause: Duration) {
        let now = self.settings.clock.elapsed();
        let slot = self.settings.wait_for_slot(self.sample.worker, now + pause).unwrap_or_default();
        self.next = if (pause + slot).is_zero() { Next::Get } else { Next::Wait(pause + slot) };
    }

    fn end(&mut self, outcome: Outcome) {
        self.sample.outcome = outcome;
        self.next = Next::Done;
    }
}

/// Why a flag that was downloaded is not there.
pub fn not_saved(flag: Flag, settings: &Settings, error: &std::io::Error) -> Failure {
    let cause = format!("failed to save {} in {}: {error}", flag.file_name(), settings.dest.display());
    Failure::new(Class::SaveFailed, cause)
}

/// The waits between attempts. Each download's are drawn by themselves (the crate's feature `std`), or all workers that met a busy
/// server together would meet it together again.
fn backoff(retries: u32) -> backon::ExponentialBackoff {
    backon::ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(250))
        .with_max_delay(LONGEST_WAIT)
        .with_max_times(retries as usize)
        .with_jitter()
        .build()
}

/// The wait that a `Retry-After` header asks for: seconds, or a date (RFC 9110, section 10.2.3).
pub fn parse_retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    match text.trim().parse::<u64>() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        // All digits, yet no u64: absurdly long, but what was asked for is clear.
        Err(_) if !text.trim().is_empty() && text.trim().bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(Duration::MAX)
        }
        Err(_) => Some(httpdate::parse_http_date(text.trim()).ok()?.duration_since(now).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::{Phase, Sample};

    use crate::http::gif::PIXEL;

    fn settings(change: impl Fn(&mut Settings)) -> Settings {
        let mut settings = Settings::new("http://h.example/flags".parse().unwrap(), vec![]);
        change(&mut settings);
        settings
    }

    fn flag() -> Flag {
        Flag { code: "BR".parse().unwrap(), copy: 1 }
    }

    /// Plays the answers in turn; gives the outcome, the URLs that were asked for and the waits.
    fn play(settings: &Settings, answers: Vec<Result<Answer, Failure>>) -> (FlagSample, Vec<String>, Vec<Duration>) {
        let (mut urls, mut waits, mut answers) = (Vec::new(), Vec::new(), answers.into_iter());
        let mut download = Download::new(flag(), 0, settings);
        loop {
            match download.step() {
                Step::Wait(pause) => waits.push(pause),
                Step::Get(url) => {
                    urls.push(url.to_string());
                    download.answered(answers.next().expect("no more requests than answers"));
                }
                Step::Compute(rounds) => download.computed(rounds.compute()),
                Step::Save(body) => download.saved(Ok(body.len() as u64)),
                Step::Done(sample) => return (sample, urls, waits),
            }
        }
    }

    fn status(status: u16) -> Result<Answer, Failure> {
        Ok(Answer { status, ..Answer::default() })
    }

    fn found() -> Result<Answer, Failure> {
        Ok(Answer { status: 200, body: PIXEL.into(), ..Answer::default() })
    }

    fn moved(location: &str) -> Result<Answer, Failure> {
        Ok(Answer { status: 302, location: Some(location.into()), ..Answer::default() })
    }

    fn class(outcome: Outcome) -> Class {
        match outcome {
            Outcome::Error(failure) => failure.class,
            other => panic!("{other:?} is no error"),
        }
    }

    #[test]
    fn a_gif_is_saved_a_404_is_expected_and_the_rest_is_an_error() {
        let settings = settings(|_| ());
        let (sample, urls, _) = play(&settings, vec![found()]);
        assert_eq!((sample.outcome, sample.bytes), (Outcome::Ok, PIXEL.len() as u64));
        assert_eq!(urls, ["http://h.example/flags/br/br.gif"]);
        assert_eq!(play(&settings, vec![status(404)]).0.outcome, Outcome::NotFound);
        assert_eq!(class(play(&settings, vec![status(418)]).0.outcome), Class::Http(418));
        assert_eq!(class(play(&settings, vec![status(204)]).0.outcome), Class::NotAGif);
        assert_eq!(class(play(&settings, vec![status(206)]).0.outcome), Class::Protocol);
        assert_eq!(class(play(&settings, vec![status(304)]).0.outcome), Class::Http(304));
    }

    #[test]
    fn what_is_to_be_computed_comes_before_a_flag_is_saved_and_is_in_its_row() {
        let (sample, ..) = play(&settings(|settings| settings.cpu_rounds = 3), vec![found()]);
        assert_eq!((&sample.outcome, sample.bytes), (&Outcome::Ok, PIXEL.len() as u64));
        let row = sample.row();
        assert_eq!(row.phases.iter().map(|(name, _)| *name).collect::<Vec<_>>()[3..], ["body", "compute", "save"]);
        assert_eq!(row.digest.map(|digest| digest.len()), Some(64));
        let without = play(&settings(|_| ()), vec![found()]).0.row();
        assert_eq!((without.phases.len(), without.digest), (5, None));
    }

    #[test]
    fn redirects_are_followed_up_to_the_limit() {
        let settings = settings(|settings| settings.max_redirects = 2);
        let (sample, urls, _) = play(&settings, vec![moved("/a"), moved("b"), found()]);
        assert_eq!(sample.outcome, Outcome::Ok);
        assert_eq!(urls[1..], ["http://h.example/a", "http://h.example/b"]);
        assert_eq!(sample.attempts, 1, "a redirect is no new attempt");
        let (sample, _, _) = play(&settings, vec![moved("/a"), moved("/a"), moved("/a")]);
        assert_eq!(class(sample.outcome), Class::Redirect);
    }

    #[test]
    fn what_may_pass_is_tried_again_as_often_as_was_asked_for() {
        let settings = settings(|settings| settings.retries = 2);
        let timeout = || Err(Failure::timeout(Phase::FirstByte));
        let (sample, _, waits) = play(&settings, vec![timeout(), status(503), found()]);
        assert_eq!((sample.outcome, sample.attempts, waits.len()), (Outcome::Ok, 3, 2));
        let (sample, ..) = play(&settings, vec![timeout(), timeout(), timeout()]);
        assert_eq!((class(sample.outcome), sample.attempts), (Class::Timeout(Phase::FirstByte), 3));
        let (sample, _, waits) = play(&settings, vec![status(418)]);
        assert_eq!((sample.attempts, waits.len()), (1, 0), "a teapot stays one");
    }

    #[test]
    fn those_that_failed_together_do_not_try_again_together() {
        let settings = settings(|settings| settings.retries = 1);
        let first_wait = |_| play(&settings, vec![status(503), found()]).2[0];
        let waits: std::collections::BTreeSet<_> = (0..20).map(first_wait).collect();
        assert!(waits.len() > 15, "of 20 waits {} are different", waits.len());
    }

    #[test]
    fn a_server_that_is_just_starting_again_is_tried_again() {
        let settings = settings(|settings| settings.retries = 2);
        for class in [Class::Refused, Class::Dns] {
            let away = || Err(Failure::new(class, "away"));
            assert_eq!(play(&settings, vec![away(), away(), found()]).0.outcome, Outcome::Ok);
        }
    }

    #[test]
    fn retry_after_is_a_floor_and_has_a_cap() {
        let settings = settings(|settings| settings.retries = 1);
        let busy = |after: &str| Ok(Answer { status: 503, retry_after: Some(after.into()), ..Answer::default() });
        assert!(play(&settings, vec![busy("7"), found()]).2[0] >= Duration::from_secs(7));
        assert_eq!(play(&settings, vec![busy("999999999999999999999999"), found()]).2, [LONGEST_WAIT]);
        assert!(play(&settings, vec![busy("nonsense"), found()]).2[0] < Duration::from_secs(1));
    }

    #[test]
    fn retry_after_may_be_a_date() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        let wait = |text| parse_retry_after(text, now);
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:57 GMT"), Some(Duration::from_secs(20)));
        assert_eq!(wait("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO), "a date that has passed");
        assert_eq!((wait(""), wait("-3"), wait("soon")), (None, None, None));
    }

    #[test]
    fn a_flag_that_cannot_be_written_is_an_error_of_its_own_class() {
        let settings = settings(|_| ());
        let mut download = Download::new(flag(), 0, &settings);
        assert!(matches!(download.step(), Step::Get(_)));
        download.answered(found());
        assert!(matches!(download.step(), Step::Save(_)));
        download.saved(Err(std::io::ErrorKind::StorageFull.into()));
        let Step::Done(sample) = download.step() else { panic!("it is done") };
        assert_eq!(class(sample.outcome), Class::SaveFailed);
    }
}
