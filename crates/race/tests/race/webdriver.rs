//! As much of WebDriver as the tests need: a headless Chromium, driven by chromedriver over HTTP.
//!
//! By hand: a client from the registry brings a score of crates, and one of them under a licence that is not among ours.

use std::io::{BufRead, BufReader, Write as _};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use serde_json::{Value, json};

/// How long anything may take before it counts as hanging.
const DEADLINE: Duration = Duration::from_secs(30);

/// A browser; dropping it ends it.
pub struct Browser {
    driver: Child,
    session: String,
}

impl Browser {
    /// A browser with a window of this size, in pixels; none, and a word to everybody, where none is installed.
    pub fn start(width: u32, height: u32) -> Option<Self> {
        let driver = Command::new("chromedriver")
            .args(["--port=0"])
            .process_group(0)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut driver) = driver else {
            // Past the test runner, which keeps the words of a test that passes.
            let _ = std::io::stderr()
                .write_all(b"SKIPPED: the tests in a browser (apt-get install chromium chromium-driver)\n");
            return None;
        };
        let lines = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
        let port = lines
            .filter_map(|line| Some(line.split_once("successfully on port ")?.1.trim_end_matches('.').to_owned()))
            .next();
        let url = format!("http://127.0.0.1:{}/session", port.expect("chromedriver says where it listens"));
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-first-run",
            "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
            &format!("--window-size={width},{height}"),
        ];
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }}});
        let started = send(&url, &capabilities);
        let session =
            format!("{url}/{}", started["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {started}")));
        Some(Self { driver, session })
    }

    /// Opens a page.
    pub fn open(&self, url: &str) {
        send(&format!("{}/url", self.session), &json!({"url": url}));
    }

    /// What a script returns; what it promises is waited for.
    pub fn run(&self, script: &str) -> Value {
        send(&format!("{}/execute/sync", self.session), &json!({"script": script, "args": []}))
    }

    /// Waits until an expression of the page is true.
    pub fn wait(&self, expression: &str) {
        let deadline = Instant::now() + DEADLINE;
        while self.run(&format!("return Boolean({expression})")) != true {
            let page = || self.run("return document.body.innerText");
            assert!(Instant::now() < deadline, "{expression} never came:\n{}", page().as_str().unwrap_or_default());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Types keys where the focus is, as WebDriver writes them: `\u{e004}` is Tab, `\u{e00d}` the space bar.
    pub fn keys(&self, keys: &str) {
        let strokes: Vec<Value> = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": key.to_string()})))
            .collect();
        send(
            &format!("{}/actions", self.session),
            &json!({"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]}),
        );
    }

    /// Has the browser tell pages that the user prefers something: `prefers-color-scheme`, `dark`.
    pub fn prefers(&self, what: &str, value: &str) {
        let features = json!([{"name": what, "value": value}]);
        let command = json!({"cmd": "Emulation.setEmulatedMedia", "params": {"features": features}});
        send(&format!("{}/goog/cdp/execute", self.session), &command);
    }

    /// What the console says.
    pub fn console(&self) -> Vec<Value> {
        send(&format!("{}/se/log", self.session), &json!({"type": "browser"})).as_array().cloned().unwrap_or_default()
    }

    /// The addresses of all requests that the browser sent.
    pub fn requests(&self) -> Vec<String> {
        let log = send(&format!("{}/se/log", self.session), &json!({"type": "performance"}));
        let messages = log.as_array().cloned().unwrap_or_default().into_iter();
        let messages = messages.filter_map(|entry| serde_json::from_str::<Value>(entry["message"].as_str()?).ok());
        let sent = messages.filter(|message| message["message"]["method"] == "Network.requestWillBeSent");
        sent.filter_map(|message| Some(message["message"]["params"]["request"]["url"].as_str()?.to_owned())).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = ureq::delete(&self.session).call();
        let _ = killpg(Pid::from_raw(self.driver.id() as i32), Signal::SIGKILL);
        let _ = self.driver.wait();
    }
}

/// Asks the driver; what it answers, or why it cannot.
fn send(url: &str, body: &Value) -> Value {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .proxy(None)
        .http_status_as_error(false)
        .timeout_global(Some(2 * DEADLINE))
        .build()
        .into();
    let mut answer = agent.post(url).header("Content-Type", "application/json").send(body.to_string()).unwrap();
    let text = answer.body_mut().read_to_string().unwrap();
    let mut value: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{url}: {text}"));
    assert!(answer.status().is_success(), "{url}: {text}");
    value["value"].take()
}
