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
    for workers in [2, 20] {
        let mut times: Vec<_> = (0..200)
            .map(|_| {
                let t = Instant::now();
                let pool = ProcessPool::new(workers).unwrap();
                let s: f64 = pool.map((0..20).map(|i| Sqrt(i as f64))).map(Result::unwrap).sum();
                assert!((s - 57.19).abs() < 1.0, "{s}");
                drop(pool);
                t.elapsed()
            })
            .collect();
        times.sort();
        println!("20 sqrt, {workers}: min {:?} median {:?} max {:?}", times[0], times[100], times[199]);
    }
    for chunk in [1, 16, 256] {
        for _ in 0..3 {
            let pool = ProcessPool::new(2).unwrap();
            pool.map((0..4).map(|i| Sqrt(i as f64))).for_each(drop);
            let t = Instant::now();
            let n = 100_000;
            let s: f64 = pool
                .map_with(
                    MapOptions::new().chunksize(NonZeroUsize::new(chunk).unwrap()),
                    (0..n).map(|i| Sqrt(i as f64)),
                )
                .map(Result::unwrap)
                .sum();
            let e = t.elapsed();
            pool.shutdown(true, false);
            println!("chunk {chunk}: {:.3} µs a task ({s:.0}) {:?}", e.as_secs_f64() * 1e6 / n as f64, pool.usage());
        }
    }
    ExitCode::SUCCESS
}
