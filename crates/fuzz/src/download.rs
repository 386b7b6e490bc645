//! One download, from what a server may do: limits, and then answer for answer.

use std::io;

use common::{
    Answer, Class, Download, Failure, Flag, FlagSample, LONGEST_WAIT, Outcome, Phase, Sample, Settings, Step, Times,
    gif,
};
use http::{HeaderMap, HeaderName, HeaderValue, Version, header};

use crate::input::Input;

const PIXEL: &[u8] =
    b"GIF89a\x01\x00\x01\x00\x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b";

const FAILURES: [Class; 11] = [
    Class::Refused,
    Class::Timeout(Phase::Connect),
    Class::Timeout(Phase::FirstByte),
    Class::Timeout(Phase::Body),
    Class::Dns,
    Class::Tls,
    Class::Reset,
    Class::Closed,
    Class::Truncated,
    Class::Protocol,
    Class::TooLarge,
];

const STATUSES: [u16; 16] = [200, 404, 418, 503, 429, 301, 302, 303, 307, 308, 206, 204, 304, 500, 408, 299];

const HEADERS: [HeaderName; 6] = [
    header::LOCATION,
    header::RETRY_AFTER,
    header::CONTENT_LENGTH,
    header::CONTENT_ENCODING,
    header::TRANSFER_ENCODING,
    header::VIA,
];

/// It ends within the requests that were allowed, and its account is that of what happened.
pub fn target(bytes: &[u8]) {
    let mut input = Input(bytes);
    let mut settings = Settings::new("http://h.example/flags".parse().expect("a URL of ours"), vec![]);
    settings.retries = u32::from(input.byte() % 5);
    settings.max_redirects = u32::from(input.byte() % 5);
    if input.byte() % 2 == 1 {
        settings.addresses.push("93.184.216.34:80".parse().expect("an address"));
    }
    let mut download = Download::new(Flag { code: "BR".parse().expect("a code"), copy: 1 }, 0, &settings);
    let mut seen = Seen::default();
    let sample = loop {
        match download.step() {
            Step::Wait(pause) => {
                assert!(pause <= LONGEST_WAIT);
                seen.waits += 1;
            }
            Step::Get(url) => {
                seen.requests += 1;
                assert!(seen.requests <= 1 + settings.retries + settings.max_redirects, "there is an end");
                assert!(matches!(url.scheme(), "http" | "https") && url.host().is_some());
                *download.times() = moments(*download.times(), &mut input);
                let answer = answer(&mut input, &settings);
                seen.last_status = answer.as_ref().ok().map(|answer| answer.status);
                download.answered(answer);
            }
            Step::Compute(rounds) => download.computed(rounds.compute()),
            Step::Save(body) => {
                assert_eq!(gif::check(&body), Ok(()));
                let failed = input.byte() % 4 == 3;
                seen.saved = (!failed).then_some(body.len() as u64);
                let result = seen.saved.ok_or(io::ErrorKind::StorageFull.into());
                download.saved(result);
            }
            Step::Done(sample) => break sample,
        }
    };
    seen.agrees_with(&sample, &settings);
    let row = sample.row();
    assert_eq!(row.phases.iter().map(|(_, length)| length).sum::<u64>(), row.end_us - row.start_us);
    assert_eq!((row.outcome == "error", row.outcome == "error"), (row.class.is_some(), row.cause.is_some()));
}

/// What happened, as the caller of the steps sees it.
#[derive(Default)]
struct Seen {
    requests: u32,
    waits: u32,
    last_status: Option<u16>,
    saved: Option<u64>,
}

impl Seen {
    fn agrees_with(&self, sample: &FlagSample, settings: &Settings) {
        assert!((1..=1 + settings.retries).contains(&sample.attempts));
        assert!(self.requests - sample.attempts <= settings.max_redirects, "every request is an attempt or a redirect");
        assert_eq!(self.waits, sample.attempts - 1, "there is no wait but for another attempt");
        assert_eq!(sample.outcome == Outcome::Ok, self.saved.is_some());
        assert_eq!(sample.outcome == Outcome::NotFound, self.last_status == Some(404));
        assert_eq!(sample.bytes, self.saved.unwrap_or_default());
    }
}

fn moments(times: Times, input: &mut Input) -> Times {
    let mut moment = |time: u64| time + u64::from(input.byte());
    Times { connected: moment(times.request), first_byte: moment(0), body: moment(times.request), ..times }
}

fn answer(input: &mut Input, settings: &Settings) -> Result<Answer, Failure> {
    let kind = input.byte();
    if kind.is_multiple_of(4) {
        return Err(Failure::new(input.choose(&FAILURES), "it failed"));
    }
    let status = if kind % 4 == 1 { input.number() } else { input.choose(&STATUSES) };
    let mut headers = HeaderMap::new();
    for _ in 0..input.byte() % 4 {
        let name = HEADERS[usize::from(input.byte()) % HEADERS.len()].clone();
        if let Ok(value) = HeaderValue::from_bytes(input.part()) {
            headers.append(name, value);
        }
    }
    let mut answer = Answer::begin(status, Version::HTTP_11, &headers, settings)?;
    answer.body = if input.byte() % 2 == 1 { PIXEL.into() } else { input.part().into() };
    Ok(answer)
}
