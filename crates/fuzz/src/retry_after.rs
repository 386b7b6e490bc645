//! What a server says in `Retry-After`.

use std::time::{Duration, SystemTime};

use common::{Answer, Download, Flag, LONGEST_WAIT, Settings, Step, parse_retry_after};

/// Digits are seconds; no wait is longer than the limit, and none shorter than what was asked for, up to the limit.
pub fn target(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(800_000_000);
    let asked = parse_retry_after(text, now);
    let word = text.trim();
    if !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()) {
        assert_eq!(asked, Some(word.parse().map_or(Duration::MAX, Duration::from_secs)));
    }

    let mut settings = Settings::new("http://h.example/flags".parse().expect("a URL of ours"), vec![]);
    settings.retries = 1;
    let mut download = Download::new(Flag { code: "BR".parse().expect("a code"), copy: 1 }, 0, &settings);
    assert!(matches!(download.step(), Step::Get(_)));
    download.answered(Ok(Answer { status: 503, retry_after: Some(text.into()), ..Answer::default() }));
    let Step::Wait(pause) = download.step() else { panic!("a retry waits") };
    assert!(pause <= LONGEST_WAIT);
    // A date is measured from now on, which goes on.
    if let Some(asked) = asked.filter(|_| word.parse::<u64>().is_ok()) {
        assert!(pause >= asked.min(LONGEST_WAIT));
    }
}
