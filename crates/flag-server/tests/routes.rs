//! Each thing that can be asked for.

mod helper;

use flag_server::{Config, SERVER, Stats};
use helper::TestServer;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

#[test]
fn every_flag_is_served_and_is_what_the_manifest_says() {
    let server = TestServer::local();
    let manifest = server.manifest("");
    let rows = manifest["flags"].as_array().unwrap();
    assert_eq!(rows.len(), 194);
    let mut client = server.connect();
    for row in rows {
        let code = row["code"].as_str().unwrap();
        let cc = code.to_lowercase();
        let reply = client.get(&format!("/flags/{cc}/{cc}.gif"));
        assert_eq!((reply.status, reply.header("content-type")), (200, Some("image/gif")));
        assert_eq!(reply.body, flag_images::find(code).unwrap().gif);
        assert_eq!(row["size"], reply.body.len());
        let digest = Sha256::digest(&reply.body);
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(row["sha256"], hex);
        assert_eq!(row["attempts"], json!([{ "delay_us": 0, "status": 200 }]));
    }
}

#[test]
fn the_metadata_names_the_country() {
    let reply = TestServer::local().get("/flags/br/metadata.json");
    assert_eq!(reply.header("content-type"), Some("application/json"));
    let metadata: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(metadata, json!({ "country": "Brazil", "code": "BR" }));
}

#[test]
fn a_head_has_the_length_of_the_get_and_no_body() {
    let server = TestServer::local();
    let mut client = server.connect();
    for target in [
        "/flags/br/br.gif",
        "/flags/br/metadata.json",
        "/flags/aa/aa.gif",
        "/pictures/br.gif",
        "/",
        "/page.js",
        "/live.json",
        "/manifest.json",
    ] {
        let head = client.request("HEAD", target);
        let get = client.get(target); // would read the HEAD's body, if it had one
        assert_eq!(head.status, get.status);
        assert_eq!(head.header("content-length"), Some(get.body.len().to_string().as_str()));
    }
}

#[test]
fn the_index_shows_every_flag_with_its_name() {
    let server = TestServer::start(Config { error_rate: 1.0, ..Config::delay() });
    let mut client = server.connect();
    for target in ["/", "/flags", "/flags/", "/flags?x"] {
        let reply = client.get(target);
        assert_eq!((reply.status, reply.header("content-type")), (200, Some("text/html; charset=utf-8")), "{target}");
        let page = String::from_utf8(reply.body).unwrap();
        let links: Vec<_> = page.split("<a href=\"/flags/").skip(1).collect();
        assert_eq!(links.len(), 194);
        for (link, flag) in links.iter().zip(flag_images::all()) {
            let cc = flag.code.to_lowercase();
            let country = flag.country.replace('&', "&amp;").replace('\'', "&#39;");
            let start =
                format!("{cc}/{cc}.gif\"><img src=\"/pictures/{cc}.gif\" alt=\"\" loading=\"lazy\">{country}</a>");
            assert!(link.starts_with(&start), "{link}");
        }
        assert!(page.contains("after 500ms to 5s") && page.contains("100 % are"), "{page}");
    }
    assert_eq!(client.get("/pictures/br.gif").body, flag_images::find("BR").unwrap().gif, "at once, and no 418");
    for target in ["/pictures/zz.gif", "/pictures/BR.gif", "/pictures/br", "/pictures/"] {
        assert_eq!(client.get(target).status, 404, "{target}");
    }
    let stats = server.stats();
    assert_eq!(
        (stats.requests, stats.responses_by_status.get(&200)),
        (3, None),
        "only what is not to be had is counted"
    );
}

#[test]
fn the_page_may_load_what_is_its_own_and_nothing_else() {
    let server = TestServer::local();
    let mut client = server.connect();
    let page = client.get("/");
    let policy = page.header("content-security-policy").unwrap();
    for rule in
        ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"]
    {
        assert!(policy.contains(rule), "{policy}");
    }
    let text = String::from_utf8(page.body).unwrap();
    assert!(
        !text.contains("<style") && !text.contains("style=") && !text.contains(" onclick"),
        "the policy forbids them"
    );
    // What leads away from here is a link for people.
    let loaded =
        text.split("src=\"").skip(1).chain(text.split("<link ").skip(1).flat_map(|link| link.split("href=\"").nth(1)));
    let loaded: Vec<_> = loaded.map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(
        loaded.len() == 197 && loaded.iter().all(|path| path.starts_with('/') && !path.starts_with("//")),
        "{loaded:?}"
    );
    for (path, kind) in [("/page.css", "text/css; charset=utf-8"), ("/page.js", "text/javascript; charset=utf-8")] {
        assert!(loaded.contains(&path));
        let reply = client.get(path);
        assert_eq!((reply.status, reply.header("content-type")), (200, Some(kind)));
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        let text = String::from_utf8(reply.body).unwrap();
        assert!(!text.contains("//127") && !text.contains("http") && !text.contains("innerHTML"), "{path}");
    }
    assert_eq!(server.stats().requests, 0);
}

#[test]
fn every_response_has_our_name() {
    let server = TestServer::start(Config { error_rate: 0.5, ..Config::local() });
    let mut client = server.connect();
    let mut statuses = vec![];
    for cc in ["aa", "ad", "br", "cn", "de", "xx", "zw", "zz", "ee", "it"] {
        let reply = client.get(&format!("/flags/{cc}/{cc}.gif"));
        assert_eq!(reply.header("server"), Some(SERVER));
        statuses.push(reply.status);
    }
    for status in [200, 404, 418] {
        assert!(statuses.contains(&status), "{statuses:?}");
    }
    let others = [
        ("GET", "/", 200),
        ("GET", "/stats", 200),
        ("GET", "/manifest.json", 200),
        ("GET", "/manifest.json?codes=1", 400),
        ("POST", "/reset", 200),
        ("GET", "/reset", 405),
        ("PUT", "/flags/br/br.gif", 405),
        ("GET", "/elsewhere", 404),
    ];
    for (method, target, status) in others {
        let reply = client.request(method, target);
        assert_eq!((reply.status, reply.header("server")), (status, Some(SERVER)), "{target}");
    }
}

#[test]
fn a_method_that_is_not_allowed_learns_which_are() {
    let server = TestServer::local();
    let mut client = server.connect();
    assert_eq!(client.request("DELETE", "/flags/br/br.gif").header("allow"), Some("get, head"));
    assert_eq!(client.request("GET", "/reset").header("allow"), Some("post"));
}

#[test]
fn the_manifest_tells_of_other_codes_copies_and_attempts_too() {
    let config = Config { seed: 7, ..Config::error() };
    let manifest = TestServer::start(config.clone()).manifest("?codes=zz,BR&copies=2&attempts=3");
    assert_eq!(manifest["schema_version"], 1);
    assert_eq!(manifest["seed"], 7);
    assert_eq!(manifest["delay_ms"], json!([500.0, 5000.0]));
    assert_eq!(manifest["error_rate"], 0.25);
    let rows = manifest["flags"].as_array().unwrap();
    let keys: Vec<_> = rows.iter().map(|row| (row["code"].as_str(), row["copy"].as_u64())).collect();
    assert_eq!(keys, [(Some("ZZ"), Some(1)), (Some("ZZ"), Some(2)), (Some("BR"), Some(1)), (Some("BR"), Some(2))]);
    assert_eq!((&rows[0]["size"], &rows[0]["sha256"], &rows[0]["country"]), (&Value::Null, &Value::Null, &Value::Null));
    assert_eq!(rows[3]["country"], "Brazil");
    for (row, (code, copy)) in rows.iter().zip([("ZZ", 1), ("ZZ", 2), ("BR", 1), ("BR", 2)]) {
        assert_eq!(row["attempts"].as_array().unwrap().len(), 3);
        for attempt in 0..3 {
            let outcome = flag_server::outcome(&config, code.parse().unwrap(), copy, attempt);
            let told = &row["attempts"][attempt as usize];
            assert_eq!(told["delay_us"], outcome.delay.as_micros() as u64);
            let status = if outcome.error {
                418
            } else if code == "BR" {
                200
            } else {
                404
            };
            assert_eq!(told["status"], status);
        }
    }
}

#[test]
fn a_manifest_that_makes_no_sense_or_has_no_end_is_refused() {
    let server = TestServer::local();
    for query in [
        "codes=",
        "codes=BRA",
        "codes=B1",
        "copies=0",
        "copies=x",
        "attempts=0",
        "copies=-1",
        "code=BR",
        "copies=4000000",
        "copies=4194304",
        "attempts=99999999999",
        "copies=1000&attempts=1000",
    ] {
        let reply = server.get(&format!("/manifest.json?{query}"));
        assert_eq!(reply.status, 400, "{query}");
        assert!(!reply.body.is_empty());
    }
    // 100,000 downloads and more are within the bound.
    assert_eq!(server.manifest("?copies=516")["flags"].as_array().unwrap().len(), 100_104);
}

#[test]
fn the_counts_are_those_of_what_was_asked_for() {
    let server = TestServer::start(Config { error_rate: 1.0, ..Config::local() });
    let mut client = server.connect();
    for target in ["/", "/stats", "/manifest.json"] {
        client.get(target);
    }
    let teapot = client.get("/flags/br/br.gif").body.len();
    let not_found = client.get("/nothing").body.len();
    client.request("HEAD", "/flags/br/br.gif");
    let stats: Stats = serde_json::from_slice(&client.get("/stats").body).unwrap();
    assert_eq!(stats.requests, 3);
    assert_eq!(Vec::from_iter(stats.responses_by_status), [(404, 1), (418, 2)]);
    assert_eq!((stats.connections, stats.open_connections), (1, 1));
    assert_eq!((stats.in_flight, stats.peak_in_flight), (0, 1));
    assert_eq!(stats.bytes_sent, (teapot + not_found) as u64);
    assert!(stats.uptime_us > 0);
}

#[test]
fn the_counts_of_the_processor_grow_with_the_work() {
    let server = TestServer::local();
    let cpu = |stats: Stats| stats.cpu_user_us + stats.cpu_system_us;
    let before = cpu(server.stats());
    helper::wait_until("processor time is spent", || {
        server.manifest("?copies=50");
        cpu(server.stats()) > before
    });
}

#[test]
fn a_reset_sets_the_counts_to_zero_and_leaves_what_is_open() {
    let server = TestServer::local();
    let mut client = server.connect();
    client.get("/flags/br/br.gif");
    assert_eq!(client.request("POST", "/reset").status, 200);
    let stats: Stats = serde_json::from_slice(&client.get("/stats").body).unwrap();
    let zero = Stats {
        open_connections: 1,
        uptime_us: stats.uptime_us,
        cpu_user_us: stats.cpu_user_us,
        cpu_system_us: stats.cpu_system_us,
        ..Stats::default()
    };
    assert_eq!(stats, zero);
}
