//! How a download ends that meets a fault: the same way in every strategy's program.

use faults::Fault;

/// How a download ends that meets a fault.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ending {
    /// The fault's name.
    fault: &'static str,
    /// `ok`, `not found`, or the class of the error.
    pub ending: &'static str,
    /// What is set on the command line, so that the case is quick.
    pub args: &'static str,
}

impl Ending {
    const fn with(self, args: &'static str) -> Self {
        Self { args, ..self }
    }

    /// The exit status of a run in which this was the worst.
    pub fn status(&self) -> i32 {
        i32::from(!["ok", "not found"].contains(&self.ending))
    }
}

const fn ends(fault: &'static str, ending: &'static str) -> Ending {
    Ending { fault, ending, args: "" }
}

/// How a download ends that meets this fault.
pub(super) fn of(fault: &Fault) -> Ending {
    let ending = ENDINGS.iter().find(|ending| ending.fault == fault.name);
    *ending.unwrap_or_else(|| panic!("nothing is said of how a download ends that meets {}", fault.name))
}

const ROOT: &str = "--ca-cert root.pem";

const ENDINGS: &[Ending] = &[
    // Silent, slow, or gone.
    ends("never_answers", "timeout (first byte)").with("--timeout 1"),
    ends("never_ends_its_head", "timeout (first byte)").with("--timeout 1"),
    ends("drips_its_head", "timeout (first byte)").with("--timeout 1"),
    ends("never_begins_its_body", "timeout (body)").with("--timeout 1"),
    ends("never_ends_its_body", "timeout (body)").with("--timeout 1"),
    ends("drips_its_body", "timeout (body)").with("--timeout 1"),
    ends("drips_its_chunks", "timeout (body)").with("--timeout 1"),
    ends("is_slow_but_in_time", "ok"),
    ends("closes_without_an_answer", "closed"),
    ends("closes_within_its_head", "closed"),
    ends("closes_within_its_body", "truncated"),
    ends("resets_without_an_answer", "reset"),
    ends("resets_within_its_head", "reset"),
    ends("resets_within_its_body", "truncated"),
    ends("closes_after_each_answer_without_a_word", "ok"),
    ends("resets_after_each_answer_without_a_word", "ok"),
    ends("closes_when_a_connection_is_used_again", "ok"),
    ends("resets_when_a_connection_is_used_again", "ok"),
    ends("closes_and_says_so", "ok"),
    // Heads.
    ends("speaks_something_else", "protocol"),
    ends("sends_noise", "protocol"),
    ends("sends_only_the_gif", "protocol"),
    ends("speaks_http_2", "protocol"),
    ends("has_a_status_of_two_digits", "protocol"),
    ends("has_a_status_of_four_digits", "protocol"),
    ends("has_a_status_of_letters", "protocol"),
    ends("has_a_status_below_100", "protocol"),
    ends("gives_no_reason", "ok"),
    ends("has_a_header_without_a_colon", "protocol"),
    ends("has_a_header_with_a_zero_byte", "protocol"),
    ends("has_200000_headers", "too large"),
    ends("has_a_header_of_32_megabytes", "too large"),
    ends("has_a_reason_of_32_megabytes", "too large"),
    ends("has_a_head_within_its_bounds", "ok"),
    ends("has_more_headers_than_anybody", "too large"),
    ends("has_a_head_over_its_bound", "too large"),
    ends("says_100_continue_first", "ok"),
    ends("says_103_early_hints_first", "ok"),
    ends("says_100_continue_for_ever", "timeout (first byte)").with("--timeout 1"),
    ends("says_103_early_hints_1000_times", "ok"),
    ends("folds_a_header", "ok"),
    ends("speaks_http_1_2", "protocol"),
    ends("switches_protocols", "HTTP 101").with("--timeout 1"),
    ends("answers_twice", "ok"),
    // Statuses.
    ends("answers_404", "not found"),
    ends("answers_400", "HTTP 400"),
    ends("answers_401", "HTTP 401"),
    ends("answers_403", "HTTP 403"),
    ends("answers_407", "HTTP 407"),
    ends("answers_410", "HTTP 410"),
    ends("answers_418", "HTTP 418"),
    ends("answers_429", "HTTP 429"),
    ends("answers_500", "HTTP 500"),
    ends("answers_503_until_a_date", "HTTP 503"),
    ends("answers_503_absurdly_long", "HTTP 503"),
    ends("answers_599", "HTTP 599"),
    ends("answers_999", "HTTP 999"),
    ends("answers_300", "HTTP 300"),
    ends("answers_305_use_proxy", "HTTP 305"),
    ends("answers_304_unasked", "HTTP 304"),
    ends("answers_204", "not a GIF"),
    ends("answers_206_unasked", "protocol"),
    ends("answers_201_with_the_flag", "ok"),
    ends("answers_404_without_end", "not found").with("--timeout 1"),
    ends("answers_404_and_closes_within", "not found"),
    ends("answers_500_without_end", "HTTP 500").with("--timeout 1 --max-bytes 1000000"),
    // Lengths and encodings.
    ends("has_two_lengths_that_differ", "protocol"),
    ends("has_a_list_of_lengths_that_differ", "protocol"),
    ends("has_a_negative_length", "protocol"),
    ends("has_a_length_of_letters", "protocol"),
    ends("has_a_length_with_a_sign", "protocol"),
    ends("has_an_empty_length", "protocol"),
    ends("has_a_length_that_overflows", "protocol"),
    ends("has_the_largest_length_of_all", "too large"),
    ends("has_a_length_and_chunks", "protocol"),
    ends("sends_chunks", "ok"),
    ends("closes_within_a_chunk", "truncated"),
    ends("closes_between_chunks", "truncated"),
    ends("has_a_chunk_size_of_letters", "protocol"),
    ends("has_a_negative_chunk_size", "protocol"),
    ends("has_a_chunk_size_that_overflows", "protocol"),
    ends("has_a_chunk_longer_than_it_says", "protocol"),
    ends("has_a_long_chunk_extension", "ok"),
    ends("has_a_chunk_extension_of_100_kilobytes", "protocol"),
    ends("has_a_bare_cr_in_a_chunk_extension", "protocol"),
    ends("has_a_space_before_a_chunk_size", "protocol"),
    ends("closes_after_the_last_chunk_size", "truncated"),
    ends("closes_within_its_trailers", "truncated"),
    ends("closes_between_its_trailers", "truncated"),
    ends("has_trailers", "ok"),
    ends("has_2000_trailers", "protocol"),
    ends("has_chunks_in_http_1_0", "protocol"),
    ends("lists_nothing_before_chunked", "ok"),
    ends("lists_no_encoding", "ok"),
    ends("is_transferred_as_gzip", "protocol"),
    ends("is_transferred_as_gzip_in_chunks", "protocol"),
    ends("is_transferred_as_gzip_in_two_headers", "protocol"),
    ends("is_transferred_in_an_unknown_way", "protocol"),
    ends("is_encoded_with_gzip", "protocol"),
    ends("is_encoded_in_two_headers", "protocol"),
    ends("is_encoded_as_it_is", "ok"),
    // Bodies.
    ends("has_an_empty_body", "not a GIF"),
    ends("labels_html_as_a_gif", "not a GIF"),
    ends("sends_a_png", "not a GIF"),
    ends("cuts_the_gif", "not a GIF"),
    ends("cuts_the_gif_in_half", "not a GIF"),
    ends("ends_the_gif_too_early", "not a GIF"),
    ends("adds_to_the_gif", "not a GIF"),
    ends("sends_the_gif_twice", "not a GIF"),
    ends("sends_more_than_its_length", "ok"),
    ends("sends_http_1_0_without_a_length", "ok"),
    ends("cuts_the_gif_without_a_length", "not a GIF"),
    ends("has_no_image_in_it", "not a GIF"),
    ends("announces_a_body_over_the_limit", "too large"),
    ends("sends_a_body_without_end", "too large").with("--max-bytes 1000000"),
    ends("sends_chunks_without_end", "too large").with("--max-bytes 1000000"),
    ends("sends_a_chunk_over_the_limit", "too large").with("--max-bytes 1000000"),
    // Redirects.
    ends("redirects_ten_times", "ok"),
    ends("redirects_eleven_times", "redirect"),
    ends("redirects_to_itself", "redirect"),
    ends("redirects_to_another_server", "ok"),
    ends("redirects_to_another_name", "ok"),
    ends("redirects_without_its_scheme", "ok"),
    ends("redirects_for_good", "ok"),
    ends("redirects_without_a_location", "redirect"),
    ends("redirects_with_two_locations", "redirect"),
    ends("redirects_to_a_broken_location", "redirect"),
    ends("redirects_to_no_host", "redirect"),
    ends("redirects_to_a_file", "redirect"),
    ends("redirects_to_ftp", "redirect"),
    ends("redirects_to_data", "redirect"),
    ends("redirects_to_gopher", "redirect"),
    ends("redirects_to_a_name_that_leads_nowhere", "DNS"),
    ends("redirects_to_a_closed_port", "refused"),
    // TLS.
    ends("redirects_to_https", "ok").with(ROOT),
    ends("redirects_to_an_unknown_root", "TLS").with(ROOT),
    ends("redirects_to_a_wrong_name", "TLS").with(ROOT),
    ends("redirects_to_an_expired_certificate", "TLS").with(ROOT),
    ends("redirects_to_a_certificate_of_the_future", "TLS").with(ROOT),
    ends("has_a_root_that_was_not_given", "TLS"),
    ends("redirects_to_plain_http_on_an_https_port", "TLS"),
    ends("closes_within_the_handshake", "TLS"),
    ends("redirects_from_https_to_http", "redirect").with(ROOT),
    ends("closes_within_a_body_over_tls", "truncated").with(ROOT),
    ends("cuts_the_connection_within_a_body_over_tls", "truncated").with(ROOT),
    ends("never_ends_a_body_over_tls", "timeout (body)").with("--ca-cert root.pem --timeout 1"),
    ends("never_answers_over_tls", "timeout (first byte)").with("--ca-cert root.pem --timeout 1"),
    ends("never_ends_the_handshake", "timeout (connect)"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_has_one_ending_and_every_ending_a_fault() {
        let mut told: Vec<_> = ENDINGS.iter().map(|ending| ending.fault).collect();
        let mut faults: Vec<_> = crate::faults::all().map(|fault| fault.name).collect();
        told.sort_unstable();
        faults.sort_unstable();
        assert_eq!(told, faults);
    }
}
