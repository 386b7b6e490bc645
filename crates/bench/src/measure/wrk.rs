//! What `wrk` says about a load that it made.

use crate::record::wrong::Wrong;

/// The time of a thousand requests at the rate that it says, in microseconds.
///
/// # Errors
/// A report without a rate; one that tells of errors, for their answers come faster than right ones.
pub fn time_of_a_thousand(report: &str) -> Result<f64, Wrong> {
    if let Some(trouble) = report.lines().find(|line| line.contains("Non-2xx") || line.contains("Socket errors")) {
        return Err(Wrong(format!("wrk reports {:?}", trouble.trim())));
    }
    let rate = report.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:")?.trim().parse::<f64>().ok());
    let rate = rate.filter(|rate| *rate > 0.0).ok_or_else(|| Wrong("wrk reports no requests".into()))?;
    Ok(1e9 / rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_becomes_the_time_of_a_thousand() {
        assert_eq!(time_of_a_thousand("  2 requests in 1.00s\nRequests/sec:  50000.00\n"), Ok(20_000.0));
    }

    #[test]
    fn a_load_with_errors_or_without_answers_is_no_result() {
        for report in [
            "Requests/sec: 9.0\nNon-2xx or 3xx responses: 9\n",
            "Socket errors: connect 1\nRequests/sec: 9.0\n",
            "",
            "Requests/sec: 0.00\n",
        ] {
            assert!(time_of_a_thousand(report).is_err(), "{report}");
        }
    }
}
