//! One thread of tokio, and a kept connection of hyper for each request at once.

use std::cell::RefCell;
use std::rc::Rc;
use std::vec::IntoIter;

use anyhow::{Context, Result};
use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::{JoinSet, LocalSet};

use crate::task::Task;

/// Downloads all of `tasks`, at most `concurrency` at once.
pub fn download_many(tasks: Vec<Task>, concurrency: usize) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let workers = concurrency.min(tasks.len());
    let left = Rc::new(RefCell::new(tasks.into_iter()));
    LocalSet::new().block_on(&runtime, async {
        let mut set = JoinSet::new();
        for _ in 0..workers {
            set.spawn_local(worker(Rc::clone(&left)));
        }
        while let Some(ended) = set.join_next().await {
            ended??;
        }
        Ok(())
    })
}

/// Takes the next task until there is none left, all over one connection.
async fn worker(left: Rc<RefCell<IntoIter<Task>>>) -> Result<()> {
    let next = || left.borrow_mut().next();
    let Some(mut task) = next() else { return Ok(()) };
    let stream = TcpStream::connect(&task.host).await;
    let stream = stream.with_context(|| format!("failed to connect to {}", task.host))?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::task::spawn_local(connection);
    loop {
        sender.ready().await?;
        let request = Request::get(&task.path).header("host", &task.host).body(Empty::<Bytes>::new())?;
        let response = sender.send_request(request).await?;
        let status = response.status().as_u16();
        task.finish(status, &response.into_body().collect().await?.to_bytes())?;
        match next() {
            Some(following) => task = following,
            None => return Ok(()),
        }
    }
}
