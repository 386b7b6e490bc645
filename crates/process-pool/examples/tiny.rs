//! scratch
use executor::{Executor, MapOptions, Task};
use process_pool::{ProcessPool, RemoteTask};
use serde::{Deserialize, Serialize};
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::time::Instant;
#[derive(Serialize, Deserialize)]
struct Sqrt(f64);
impl Task for Sqrt {
    type Output = f64;
    fn run(self) -> f64 {
        self.0.sqrt()
    }
}
impl RemoteTask for Sqrt {
    const NAME: &'static str = "sqrt";
}
fn main() -> ExitCode {
    if let Some(code) = process_pool::worker::enter(|t| {
        t.add::<Sqrt>();
    }) {
        return code;
    }
    let chunk: usize = std::env::args().nth(1).unwrap().parse().unwrap();
    for _ in 0..8 {
        let pool = ProcessPool::new(2).unwrap();
        pool.map((0..4).map(|i| Sqrt(i as f64))).for_each(drop);
        let t = Instant::now();
        let n = 100_000;
        let map = pool
            .map_with(MapOptions::new().chunksize(NonZeroUsize::new(chunk).unwrap()), (0..n).map(|i| Sqrt(i as f64)));
        let sub = t.elapsed();
        let s: f64 = map.map(Result::unwrap).sum();
        let e = t.elapsed();
        pool.shutdown(true, false);
        println!(
            "chunk {chunk}: {:.3} µs a task, submit {:.3} ({s:.0}) {:?}",
            e.as_secs_f64() * 1e6 / n as f64,
            sub.as_secs_f64() * 1e6 / n as f64,
            pool.usage()
        );
    }
    ExitCode::SUCCESS
}
