//! Clients that have a flag already, whole or in part.

mod helper;

use flag_server::{Config, Flags};
use helper::{Client, Reply, TestServer};
use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};
use tempfile::tempdir;

/// Sunday, 6 November 1994, 08:49:37: the date of the RFC's examples, in the three forms that it has.
const SECONDS: u64 = 784_111_777;
const DATES: [&str; 3] =
    ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"];
const EARLIER: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
const LATER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

/// A server with a flag of ten bytes, which was changed then, and half a second.
fn server(config: Config) -> TestServer {
    let folder = tempdir().unwrap();
    let path = folder.path().join("br/br.gif");
    std::fs::create_dir(path.parent().unwrap()).unwrap();
    std::fs::write(&path, "0123456789").unwrap();
    let modified = UNIX_EPOCH + Duration::from_millis(SECONDS * 1000 + 500);
    File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    TestServer::start(Config { flags: Flags::from_folder(folder.path()).unwrap(), ..config })
}

fn ask(client: &mut Client, method: &str, headers: &str) -> Reply {
    client.send(format!("{method} /flags/br/br.gif HTTP/1.1\r\nHost: test\r\n{headers}\r\n"));
    client.reply_to(method)
}

#[test]
fn a_flag_has_validators_that_stay_the_same_after_a_restart() {
    let replies = [0, 1].map(|_| {
        let server = server(Config::local());
        let reply = server.get("/flags/br/br.gif");
        assert_eq!(reply.header("last-modified"), Some(DATES[0].to_lowercase().as_str()));
        assert_eq!(reply.header("accept-ranges"), Some("bytes"));
        let metadata = server.get("/flags/br/metadata.json");
        assert_ne!(metadata.header("etag"), reply.header("etag"));
        reply.header("etag").unwrap().to_owned()
    });
    assert_eq!(replies[0], replies[1]);
    let server = TestServer::local();
    let [br, cn] = ["br", "cn"].map(|cc| server.get(&format!("/flags/{cc}/{cc}.gif")));
    assert_ne!(br.header("etag"), cn.header("etag"));
    assert_eq!(br.header("last-modified"), cn.header("last-modified"));
    for target in ["/flags/zz/zz.gif", "/stats"] {
        assert_eq!(server.get(target).header("etag"), None, "{target}");
    }
}

#[test]
fn preconditions_decide_in_the_order_of_the_rfc() {
    let server = server(Config::local());
    let mut client = server.connect();
    let tag = ask(&mut client, "GET", "").header("etag").unwrap().to_owned();
    let [same, rfc850, asctime] = DATES;
    let cases = [
        (format!("If-None-Match: {tag}\r\n"), 304),
        (format!("If-None-Match: W/{tag}\r\n"), 304),
        (format!("If-None-Match: \"a,b\", ,{tag}\r\n"), 304),
        (format!("If-None-Match: \"a\"\r\nIf-None-Match: {tag}\r\n"), 304),
        ("If-None-Match: *\r\n".into(), 304),
        ("If-None-Match: \"a\"\r\n".into(), 200),
        ("If-None-Match: \r\n".into(), 200),
        (format!("If-None-Match: {}\r\n", tag.trim_matches('"')), 200),
        (format!("If-Modified-Since: {same}\r\n"), 304),
        (format!("If-Modified-Since: {rfc850}\r\n"), 304),
        (format!("If-Modified-Since: {asctime}\r\n"), 304),
        (format!("If-Modified-Since: {LATER}\r\n"), 304),
        (format!("If-Modified-Since: {EARLIER}\r\n"), 200),
        ("If-Modified-Since: yesterday\r\n".into(), 200),
        (format!("If-Modified-Since: {LATER}\r\nIf-Modified-Since: {LATER}\r\n"), 200),
        (format!("If-None-Match: \"a\"\r\nIf-Modified-Since: {LATER}\r\n"), 200),
        (format!("If-None-Match: {tag}\r\nIf-Modified-Since: {EARLIER}\r\n"), 304),
        (format!("If-Match: {tag}\r\n"), 200),
        ("If-Match: *\r\n".into(), 200),
        (format!("If-Match: W/{tag}\r\n"), 412),
        ("If-Match: \"a\"\r\n".into(), 412),
        (format!("If-Match: \"a\"\r\nIf-None-Match: {tag}\r\n"), 412),
        (format!("If-Match: {tag}\r\nIf-None-Match: {tag}\r\n"), 304),
        (format!("If-Unmodified-Since: {same}\r\n"), 200),
        (format!("If-Unmodified-Since: {EARLIER}\r\n"), 412),
        ("If-Unmodified-Since: never\r\n".into(), 200),
        (format!("If-Match: {tag}\r\nIf-Unmodified-Since: {EARLIER}\r\n"), 200),
        ("Range: bytes=0-0\r\nIf-None-Match: *\r\n".into(), 304),
    ];
    for (headers, status) in &cases {
        for method in ["GET", "HEAD"] {
            let reply = ask(&mut client, method, headers);
            assert_eq!(reply.status, *status, "{method} {headers}");
            assert_eq!(reply.header("etag"), (*status != 412).then_some(tag.as_str()), "{headers}");
            if *status == 304 {
                assert_eq!((reply.header("content-type"), reply.header("content-length")), (None, None));
            }
        }
    }
    let stats = server.stats();
    assert_eq!(stats.requests, 1 + 2 * cases.len() as u64);
    assert_eq!(stats.responses_by_status.values().sum::<u64>(), stats.requests);
}

#[test]
fn a_range_is_the_part_that_it_says() {
    let server = server(Config::local());
    let mut client = server.connect();
    let tag = ask(&mut client, "GET", "").header("etag").unwrap().to_owned();
    let whole = (200, "0123456789", None);
    let none = (416, "416 Range Not Satisfiable\n", Some("bytes */10"));
    let cases = [
        ("bytes=0-0", (206, "0", Some("bytes 0-0/10"))),
        ("bytes=3-", (206, "3456789", Some("bytes 3-9/10"))),
        ("bytes=3-5", (206, "345", Some("bytes 3-5/10"))),
        ("bytes=0-99999999999999999999999", (206, "0123456789", Some("bytes 0-9/10"))),
        ("bytes=-3", (206, "789", Some("bytes 7-9/10"))),
        ("bytes=-99999999999999999999999", (206, "0123456789", Some("bytes 0-9/10"))),
        ("Bytes= ,9-9, ", (206, "9", Some("bytes 9-9/10"))),
        ("bytes=10-", none),
        ("bytes=10-20", none),
        ("bytes=99999999999999999999999-", none),
        ("bytes=-0", none),
        ("bytes=5-3", whole),
        ("bytes=0-1,3-4", whole),
        ("bytes=", whole),
        ("bytes=-", whole),
        ("bytes=+1-2", whole),
        ("bytes=1-x", whole),
        ("bytes 1-2", whole),
        ("lines=1-2", whole),
        ("bytes=1-2\r\nRange: bytes=1-2", whole),
    ];
    for (range, (status, body, content_range)) in cases {
        let reply = ask(&mut client, "GET", &format!("Range: {range}\r\n"));
        assert_eq!((reply.status, str::from_utf8(&reply.body).unwrap()), (status, body), "{range}");
        assert_eq!(reply.header("content-range"), content_range, "{range}");
        assert_eq!(ask(&mut client, "HEAD", &format!("Range: {range}\r\n")).status, 200, "{range}");
    }
    let parts: &[(&str, u16)] = &[
        (&tag, 206),
        (DATES[0], 206),
        (&format!("W/{tag}"), 200),
        ("\"a\"", 200),
        (LATER, 200),
        (EARLIER, 200),
        (&format!("{tag}\r\nIf-Range: {tag}"), 200),
    ];
    for (if_range, status) in parts {
        let reply = ask(&mut client, "GET", &format!("Range: bytes=1-\r\nIf-Range: {if_range}\r\n"));
        assert_eq!(reply.status, *status, "{if_range}");
    }
}

#[test]
fn an_error_is_an_error_whatever_the_client_has() {
    let server = server(Config { error_rate: 1.0, ..Config::local() });
    let mut client = server.connect();
    for headers in ["If-None-Match: *\r\n", "If-Match: \"a\"\r\n", "Range: bytes=0-1\r\n"] {
        let reply = ask(&mut client, "GET", headers);
        assert_eq!((reply.status, reply.header("etag")), (418, None), "{headers}");
    }
}

/// Runs a client in a folder. Whether there is one.
fn ran(folder: &Path, program: &str, arguments: &[&str], url: &str) -> bool {
    match Command::new(program).args(arguments).arg(url).current_dir(folder).env("no_proxy", "*").output() {
        Ok(output) => {
            assert!(output.status.success(), "{program}: {output:?}");
            true
        }
        Err(_) => {
            eprintln!("left out: there is no {program}");
            false
        }
    }
}

#[test]
fn curl_and_wget_download_only_what_they_have_not() {
    let server = TestServer::local();
    let url = format!("http://{}/flags/br/br.gif", server.address);
    let gif = flag_images::find("BR").unwrap().gif;
    let size = gif.len() as u64;
    let folder = tempdir().unwrap();
    let file = folder.path().join("br.gif");
    let runs: [(&str, &[&str], usize, u64); 5] = [
        ("wget", &["-q", "-N"], 0, size),
        ("wget", &["-q", "-N"], gif.len(), 0),
        ("curl", &["-sSfRO"], 0, size),
        ("curl", &["-sSfRO", "-z", "br.gif"], gif.len(), 0),
        ("curl", &["-sSfO", "-C", "-"], 1000, size - 1000),
    ];
    for (program, arguments, had, wanted) in runs {
        match had {
            0 => _ = std::fs::remove_file(&file),
            _ => File::options().write(true).open(&file).unwrap().set_len(had as u64).unwrap(),
        }
        let before = server.stats().bytes_sent;
        if !ran(folder.path(), program, arguments, &url) {
            std::fs::write(&file, gif).unwrap();
            continue;
        }
        assert_eq!(server.stats().bytes_sent - before, wanted, "{program} {arguments:?}");
        assert!(std::fs::read(&file).unwrap() == gif, "{program} {arguments:?}");
    }
}
