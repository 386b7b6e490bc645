//! Requests to a worker: a byte of how they are made, then bytes for the channel or the items of one request.

use executor::Task;
use executor::processes::wire::items::next_item;
use executor::processes::wire::reply::next_result;
use executor::processes::wire::request::{RequestBuilder, read_request};
use executor::processes::{RemoteTask, Tasks};
use serde::{Deserialize, Serialize};

use crate::input::Input;

/// Gives back what it was given.
#[derive(Serialize, Deserialize)]
struct Echo(Vec<u8>);

impl Task for Echo {
    type Output = Vec<u8>;

    fn run(self) -> Vec<u8> {
        self.0
    }
}

impl RemoteTask for Echo {
    const NAME: &'static str = "echo";
}

/// Every whole item of every request gets one result; and what was written into a request comes out of it.
pub fn target(bytes: &[u8]) {
    let mut input = Input(bytes);
    match input.byte() {
        0 => read_any(input.0),
        separator => write_and_read(input.0.split(|&byte| byte == separator).collect()),
    }
}

fn read_any(mut channel: &[u8]) {
    let mut body = Vec::new();
    while let Ok(Some(name)) = read_request(&mut channel, &mut body) {
        let mut out = Vec::new();
        tasks().run(name, &body, &mut out);
        let mut row = &body[..];
        let items = std::iter::from_fn(|| next_item(&mut row)).count();
        assert_eq!(results(&out).len(), items);
    }
}

fn write_and_read(items: Vec<&[u8]>) {
    let mut request = RequestBuilder::of::<Echo>();
    items.iter().for_each(|item| request.item(&Echo(item.to_vec())).expect("bytes can be encoded"));
    let request = request.build();
    let (mut channel, mut body, mut out) = (request.bytes(), Vec::new(), Vec::new());
    let name = read_request(&mut channel, &mut body).expect("memory can be read").expect("there is a request");
    assert!(channel.is_empty());
    tasks().run(name, &body, &mut out);
    assert_eq!(results(&out), items.iter().map(|item| Some(item.to_vec())).collect::<Vec<_>>());
}

fn tasks() -> Tasks {
    let mut tasks = Tasks::default();
    tasks.add::<Echo>();
    tasks
}

/// The values of a row of results, which has nothing else in it; `None` for a failure.
fn results(mut row: &[u8]) -> Vec<Option<Vec<u8>>> {
    let results = std::iter::from_fn(|| next_result(&mut row))
        .map(|result| Some(postcard::from_bytes(result.ok()?).expect("the output of an echo")))
        .collect();
    assert!(row.is_empty());
    results
}
