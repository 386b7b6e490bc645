//! nginx, as a second fast server: so that ours does not set the limit for all.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use anyhow::{Context, Result, bail};

use crate::measure::server::Server;
use crate::plan::placeholders::find;
use crate::plan::workload::every_code;

/// How long it may take until it accepts connections.
const START: Duration = Duration::from_secs(5);

/// A running nginx; dropping it ends it.
#[derive(Debug)]
pub struct Nginx {
    child: Child,
    /// Where the flags are, without a slash at the end.
    pub base_url: String,
}

/// Where nginx lies, which is often not in PATH.
pub fn program() -> Option<PathBuf> {
    find("nginx").or_else(|| find("/usr/sbin/nginx"))
}

impl Nginx {
    /// Starts nginx with one worker on a free port of the loopback. It serves the flags of `source` out of `folder`, which
    /// is made here.
    ///
    /// # Errors
    /// nginx is not installed or does not start; a folder that cannot be written to; a flag that `source` does not give.
    pub fn start(source: &Server, folder: &Path) -> Result<Self> {
        let program = program().context("nginx is not installed: apt-get install nginx")?;
        for code in every_code() {
            let code = code.to_ascii_lowercase();
            let place = folder.join("flags").join(&code);
            fs::create_dir_all(&place).with_context(|| format!("failed to create {}", place.display()))?;
            let image = source.get(&format!("/flags/{code}/{code}.gif"))?;
            fs::write(place.join(format!("{code}.gif")), image)?;
        }
        // Free now. If another program takes it in the next milliseconds, nginx ends and says so.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let config = folder.join("nginx.conf");
        fs::write(&config, configuration(folder, address))?;
        // It ends when we do, however we end, and not at a Ctrl-C, which is ours to answer.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).arg(program).arg("-c").arg(&config).arg("-e").arg("stderr");
        command.stdin(Stdio::null()).stdout(Stdio::null()).process_group(0);
        let child = command.spawn().context("failed to start nginx by setpriv, of util-linux")?;
        let mut nginx = Self { child, base_url: format!("http://{address}/flags") };
        nginx.wait_until_ready(address)?;
        Ok(nginx)
    }

    fn wait_until_ready(&mut self, address: SocketAddr) -> Result<()> {
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("failed to start nginx: it ended with {status}");
            }
            if begun.elapsed() > START {
                bail!("failed to start nginx: it takes no connections on {address}");
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // It may have ended by itself, and has nothing to tidy up.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One process, its files kept open, no log, connections that stay.
fn configuration(folder: &Path, address: SocketAddr) -> String {
    let folder = folder.display();
    format!(
        "daemon off;
master_process off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr crit;
worker_rlimit_nofile 16384;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    log_not_found off;
    server_tokens off;
    sendfile on;
    keepalive_requests 1000000000;
    keepalive_timeout 120s;
    open_file_cache max=1000 inactive=600s;
    open_file_cache_valid 600s;
    types {{ image/gif gif; }}
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen {address} backlog=4096;
        root {folder};
    }}
}}
"
    )
}
