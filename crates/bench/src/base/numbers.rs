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

/// A number and the ends of its interval, if it has one: `1.23 [1.21, 1.26]`.
pub fn with_interval(x: f64, interval: Option<[f64; 2]>) -> String {
    let ends = interval.map(|[low, high]| format!(" [{}, {}]", three_digits(low), three_digits(high)));
    three_digits(x) + &ends.unwrap_or_default()
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

/// The date of `seconds` after 1970 began, in UTC, as year, month and day.
///
/// (Howard Hinnant, *chrono-Compatible Low-Level Date Algorithms*: years begin in March, so that a leap day is the last.)
pub fn date(seconds: u64) -> (u64, u64, u64) {
    let days = seconds / 86_400 + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

/// The moment as `2026-11-21 03:44:05 UTC`.
pub fn moment(seconds: u64) -> String {
    let (year, month, day) = date(seconds);
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
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
            (951_782_399, "2000-02-28 23:59:59 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (1_709_251_199, "2024-02-29 23:59:59 UTC"),
            (1_795_232_645, "2026-11-21 03:44:05 UTC"),
        ] {
            assert_eq!(moment(seconds), text);
        }
    }
}
