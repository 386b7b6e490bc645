//! Asks our own server what it has and what it did.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use ureq::Agent;
use ureq::http::Request;

const TIMEOUT: Duration = Duration::from_secs(20);
/// The largest answer.
const LARGEST: u64 = 64 << 20;

/// Sends one request, on a connection of its own, and returns the body of the answer.
///
/// # Errors
/// No connection, no answer within 20 s, an answer that is cut short or other than a 2xx.
pub fn ask(address: SocketAddr, method: &str, path: &str) -> Result<Vec<u8>> {
    exchange(address, method, path).with_context(|| format!("failed to ask the flag server for {method} {path}"))
}

fn exchange(address: SocketAddr, method: &str, path: &str) -> Result<Vec<u8>> {
    // The server counts connections: one for each question, which ends with it. Timeouts are for each phase, because a global
    // one costs a thread for each request.
    let config = Agent::config_builder().proxy(None).max_idle_connections(0).http_status_as_error(false);
    let config = config.timeout_connect(Some(TIMEOUT)).timeout_recv_response(Some(TIMEOUT));
    let agent = config.timeout_recv_body(Some(TIMEOUT)).build().new_agent();
    let mut answer = agent.run(Request::builder().method(method).uri(format!("http://{address}{path}")).body(())?)?;
    let body = answer.body_mut().with_config().limit(LARGEST).read_to_vec()?;
    ensure!(answer.status().is_success(), "status {}: {}", answer.status(), String::from_utf8_lossy(&body).trim());
    Ok(body)
}
