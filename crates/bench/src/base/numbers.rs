//! Numbers as people read them.

/// `10000` as `10,000`.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with three significant digits: `1,234`, `123`, `12.3`, `1.23`, `0.123`, `0.0123`.
pub fn three_digits(x: f64) -> String {
    match x.abs() {
        size if size >= 99.95 => {
            let rounded = thousands(x.abs().round() as u64);
            if x < 0.0 { format!("-{rounded}") } else { rounded }
        }
        size if size >= 9.995 => format!("{x:.1}"),
        size if size >= 0.9995 => format!("{x:.2}"),
        size if size >= 0.09995 => format!("{x:.3}"),
        0.0 => "0".into(),
        _ => format!("{x:.4}"),
    }
}

/// A ratio of times, ours by the other's, and its interval, as a person says it: `11.3 × as fast [11.2, 11.4]`, or `2.10 × as slow
/// [1.98, 2.21]`. The ends of the interval are read in the same direction, the smaller first: one under 1 lies on the other side.
pub fn speed(ratio: f64, interval: Option<[f64; 2]>) -> String {
    let slow = is_slow(ratio);
    let ends = interval.map(|interval| format!(" {}", ends(ratio, interval))).unwrap_or_default();
    format!("{} × as {}{ends}", factor(ratio, slow), if slow { "slow" } else { "fast" })
}

/// The interval of [`speed`] alone: `[11.2, 11.4]`.
pub fn ends(ratio: f64, mut interval: [f64; 2]) -> String {
    let slow = is_slow(ratio);
    if !slow {
        interval.reverse();
    }
    let [low, high] = interval.map(|end| factor(end, slow));
    format!("[{low}, {high}]")
}

/// A ratio in the direction that is read. Under 1 there are only the ends of intervals and what is hardly different: two decimals say enough.
fn factor(ratio: f64, slow: bool) -> String {
    let factor = if slow { ratio } else { 1.0 / ratio };
    if (0.1..1.0).contains(&factor) { format!("{factor:.2}") } else { three_digits(factor) }
}

/// The number of [`speed`] alone: `11.3 ×`.
pub fn times(ratio: f64) -> String {
    let said = speed(ratio, None);
    said.split(" as ").next().unwrap_or_default().into()
}

/// Whether `ratio` is said as one of slowness: what rounds to 1.00 is not.
pub fn is_slow(ratio: f64) -> bool {
    ratio >= 1.005
}

/// A time with a unit that fits: `12.3 ms`.
pub fn duration(us: f64) -> String {
    match us {
        us if us > 0.0 && us < 0.9995 => format!("{} ns", three_digits(us * 1e3)),
        us if us < 999.5 => format!("{} µs", three_digits(us)),
        us if us < 999_500.0 => format!("{} ms", three_digits(us / 1e3)),
        _ => format!("{} s", three_digits(us / 1e6)),
    }
}

/// A share in percent: `12 %`, and `0.4 %` under one.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent.abs() < 0.95 && percent != 0.0 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

/// Seconds as minutes and seconds: `1 min 05 s`, `42 s`.
pub fn minutes(seconds: u64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, seconds) => format!("{minutes} min {seconds:02} s"),
    }
}

/// The date of `seconds` after 1970 began, in UTC: `2026-11-21`.
pub fn date(seconds: u64) -> String {
    utc(seconds, "%Y-%m-%d")
}

/// The moment as `2026-11-21 03:44:05 UTC`.
pub fn moment(seconds: u64) -> String {
    utc(seconds, "%Y-%m-%d %H:%M:%S UTC")
}

fn utc(seconds: u64, format: &str) -> String {
    // A record may claim a year beyond the calendar's last.
    let time = i64::try_from(seconds).ok().and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    time.map_or_else(|| "unknown".into(), |time| time.strftime(format).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_three_digits() {
        let table = [
            (1234.5, "1,235"),
            (123.4, "123"),
            (99.96, "100"),
            (12.34, "12.3"),
            (9.996, "10.0"),
            (1.234, "1.23"),
            (0.1234, "0.123"),
            (0.012_34, "0.0123"),
            (0.0, "0"),
        ];
        for (x, text) in table {
            assert_eq!(three_digits(x), text);
        }
    }

    #[test]
    fn ratios_of_times_are_said_in_the_direction_that_makes_them_over_one() {
        for (ratio, interval, text) in [
            (0.0887, Some([0.0879, 0.0893]), "11.3 × as fast [11.2, 11.4]"),
            (2.1, Some([1.98, 2.21]), "2.10 × as slow [1.98, 2.21]"),
            (103.4, None, "103 × as slow"),
            (46_218.0, Some([41_140.0, 51_778.0]), "46,218 × as slow [41,140, 51,778]"),
            (1.10, Some([0.964, 1.19]), "1.10 × as slow [0.96, 1.19]"),
            (0.95, Some([0.80, 1.25]), "1.05 × as fast [0.80, 1.25]"),
            (1.0, Some([0.995, 1.004]), "1.00 × as fast [1.00, 1.01]"),
            (1.004, None, "1.00 × as fast"),
        ] {
            assert_eq!(speed(ratio, interval), text);
        }
        assert_eq!([0.0887, 2.1].map(times), ["11.3 ×", "2.10 ×"]);
    }

    #[test]
    fn times_have_the_unit_that_fits() {
        for (us, text) in
            [(0.05, "50.0 ns"), (999.4, "999 µs"), (1_000.0, "1.00 ms"), (999_400.0, "999 ms"), (7_180_000.0, "7.18 s")]
        {
            assert_eq!(duration(us), text);
        }
        assert_eq!(minutes(65), "1 min 05 s");
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        // From `date -u -d @N`.
        for (seconds, text) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (1_709_251_199, "2024-02-29 23:59:59 UTC"),
            (1 << 40, "unknown"),
            (1_795_232_645, "2026-11-21 03:44:05 UTC"),
        ] {
            assert_eq!(moment(seconds), text);
        }
    }
}
