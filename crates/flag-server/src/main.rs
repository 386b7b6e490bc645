//! The program: reads the command line, listens, says where, and serves until it is told to stop.

mod args;
mod ending;

use anyhow::{Context, Result, anyhow};
use args::{Args, Kind};
use ending::Ending;
use flag_server::{Config, listen, raise_open_file_limit, run, serve_faults};
use std::io::{self, ErrorKind, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::ExitCode;
use tokio::sync::watch;
use tokio::task::JoinSet;

fn main() -> ExitCode {
    match start(&Args::read()) {
        Ok(status) => status.into(),
        Err(error) => {
            eprintln!("flag-server: failed to {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(args: &Args) -> Result<u8> {
    if !args.bind.is_loopback() {
        eprintln!("warning: {} can be reached from other machines", args.bind);
    }
    if let Err(error) = raise_open_file_limit() {
        eprintln!("warning: failed to raise the limit of open files: {error}");
    }
    let configs = args.configs().context("read the flags")?;
    // All of them listen before any says so.
    let servers = configs
        .into_iter()
        .map(|(kind, config)| Ok((kind, config, listen_as(kind, args)?)))
        .collect::<Result<Vec<_>>>()?;
    // One thread is enough for any client on this machine, and leaves it the other processors.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("start the runtime")?.block_on(serve(servers, args.exit_with_parent))
}

/// Serves until the ending; returns the status to end with.
async fn serve(servers: Vec<(Kind, Config, TcpListener)>, with_parent: bool) -> Result<u8> {
    // A reader of the address may connect, or stop us, at once.
    let ending = Ending::prepare(with_parent).context("listen for signals")?;
    for (kind, _, listener) in &servers {
        announce(*kind, listener).context("say where the server listens")?;
    }

    let (stop, stopped) = watch::channel(false);
    let mut running = JoinSet::new();
    for (kind, config, listener) in servers {
        let mut stopped = stopped.clone();
        let stopped = async move {
            let _ = stopped.wait_for(|stop| *stop).await;
        };
        running.spawn(async move {
            match kind {
                // No answer of this one is waited for: its threads end with the program.
                Kind::Faults => {
                    serve_faults(listener, config, faults::Limits::default())?;
                    stopped.await;
                }
                _ => drop(run(listener, config, stopped).await?),
            }
            io::Result::Ok(())
        });
    }
    let all_stopped = async {
        while let Some(server) = running.join_next().await {
            server?.context("serve")?;
        }
        Ok(0)
    };
    tokio::select! {
        status = all_stopped => status,
        status = ending.wait(&stop) => Ok(status),
    }
}

fn listen_as(kind: Kind, args: &Args) -> Result<TcpListener> {
    let address = SocketAddr::new(args.bind, args.port.unwrap_or(kind.port()));
    listen(address).map_err(|error| {
        let advice = match error.kind() {
            ErrorKind::AddrInUse if args.kind.is_some() => {
                "; stop what listens there, or choose another port with --port (0 for any)"
            }
            ErrorKind::AddrInUse => "; stop what listens there, or start one server with a --port of its own",
            ErrorKind::PermissionDenied => "; ports below 1024 are for root: choose another",
            _ => "",
        };
        let (label, port) = (kind.label(), address.port());
        anyhow!("start the {label} server on port {port} of {}: {error}{advice}", address.ip())
    })
}

/// Writes the one line by which a program that started us learns the address.
fn announce(kind: Kind, listener: &TcpListener) -> io::Result<()> {
    let mut stdout = io::stdout();
    writeln!(stdout, "{} site: http://{}{}", kind.label(), listener.local_addr()?, kind.base())?;
    stdout.flush()
}
