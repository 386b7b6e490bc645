//! How much of a body a request asks for: its preconditions and its range (RFC 9110, 13.2.2 and 14.2).

use crate::representation::Validators;
use hyper::header::{
    HeaderMap, HeaderName, HeaderValue, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE,
    RANGE,
};
use hyper::{Method, Request};
use std::ops::Range;
use std::time::SystemTime;

/// How much of a body is to be sent.
#[derive(Debug, PartialEq, Eq)]
pub enum Part {
    Whole,
    /// A part that is not empty.
    Bytes(Range<usize>),
    /// Nothing: the client has it.
    NotModified,
    /// Nothing: the client wants another version.
    PreconditionFailed,
    /// Nothing: there are no such bytes.
    NotSatisfiable,
}

/// Reads how much of a body of this size a GET or a HEAD asks for.
pub fn part<B>(request: &Request<B>, validators: &Validators, size: usize) -> Part {
    let headers = request.headers();
    // Most requests have none of them, and one pass over the few names shows it.
    let concerns_us = |name: &HeaderName| name == RANGE || name.as_str().starts_with("if-");
    if !headers.keys().any(concerns_us) {
        return Part::Whole;
    }
    let modified = validators.modified;
    if headers.contains_key(IF_MATCH) {
        if !names_tag(headers, IF_MATCH, |tag| tag == validators.etag.as_bytes()) {
            return Part::PreconditionFailed;
        }
    } else if date(headers, IF_UNMODIFIED_SINCE).is_some_and(|since| modified > since) {
        return Part::PreconditionFailed;
    }
    if headers.contains_key(IF_NONE_MATCH) {
        // The comparison is the weak one: it is for a copy of the same meaning.
        let matches = |tag: &[u8]| tag.strip_prefix(b"W/").unwrap_or(tag) == validators.etag.as_bytes();
        if names_tag(headers, IF_NONE_MATCH, matches) {
            return Part::NotModified;
        }
    } else if date(headers, IF_MODIFIED_SINCE).is_some_and(|since| modified <= since) {
        return Part::NotModified;
    }
    // RFC 9110, 14.2: a range is defined for GET alone.
    match single(headers, RANGE) {
        Some(range) if request.method() == Method::GET && same_version(headers, validators) => {
            requested(range, size).unwrap_or(Part::Whole)
        }
        _ => Part::Whole,
    }
}

/// Whether `If-Range` lets a range count: the client's part is of this very version.
fn same_version(headers: &HeaderMap, validators: &Validators) -> bool {
    match single(headers, IF_RANGE) {
        Some(tag) if tag.as_bytes() == validators.etag.as_bytes() => true,
        Some(_) => date(headers, IF_RANGE) == Some(validators.modified),
        None => !headers.contains_key(IF_RANGE),
    }
}

/// Whether a list of entity tags is `*`, or has one that matches. No tag has a quote within, so that none of those with a comma
/// can be taken for ours.
fn names_tag(headers: &HeaderMap, name: HeaderName, matches: impl Fn(&[u8]) -> bool) -> bool {
    let lines = headers.get_all(name).into_iter();
    lines.flat_map(|line| line.as_bytes().split(|&byte| byte == b',')).any(|tag| {
        let tag = tag.trim_ascii();
        tag == b"*" || matches(tag)
    })
}

/// A date. One that is none is to be ignored.
fn date(headers: &HeaderMap, name: HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(single(headers, name)?.to_str().ok()?).ok()
}

/// The value of a header that is there once.
fn single(headers: &HeaderMap, name: HeaderName) -> Option<&HeaderValue> {
    let mut lines = headers.get_all(name).into_iter();
    lines.next().filter(|_| lines.next().is_none())
}

/// Reads a `Range`. None if it is to be ignored: it is malformed, in another unit, or several, which a server need not send.
fn requested(range: &HeaderValue, size: usize) -> Option<Part> {
    let (unit, set) = range.to_str().ok()?.split_once('=')?;
    let mut members = set.split(',').map(str::trim).filter(|member| !member.is_empty());
    let (Some(member), None) = (members.next(), members.next()) else { return None };
    let (first, last) = member.split_once('-').filter(|_| unit.eq_ignore_ascii_case("bytes"))?;
    let range = match (position(first), position(last)) {
        (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Some(first), None) if last.is_empty() => first..size,
        (None, Some(suffix)) if first.is_empty() => size.saturating_sub(suffix)..size,
        _ => return None,
    };
    Some(if range.is_empty() { Part::NotSatisfiable } else { Part::Bytes(range) })
}

/// A position of one digit or more. One that no computer has room for is beyond every end.
fn position(digits: &str) -> Option<usize> {
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(usize::MAX))
}
