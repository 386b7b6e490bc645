//! Tasks that `remote_task!` makes of functions.

use std::panic::catch_unwind;

use executor::processes::Tasks;
use executor::{Executor, RemoteTask, Task, remote_task};
use libtest_mimic::Trial;

use crate::support::pool;

remote_task!(Process() -> u32 = std::process::id);
remote_task!(/** Doubles. */ #[derive(Clone, Debug)] Double(u32) -> u32 = |number| number * 2);
remote_task!(pub Join(pub String, Vec<String>,) -> String = join);
remote_task!(Six(u8, u8, u8, u8, u8, u8) -> u64 = |a, b, c, d, e, f| u64::from_be_bytes([0, 0, a, b, c, d, e, f]));
remote_task!(Len(#[serde(with = "serde_bytes")] Vec<u8>) -> usize = |bytes| bytes.len());

mod other {
    executor::remote_task!(pub Double(pub u32) -> String = |number| number.to_string());
}

fn join(separator: String, words: Vec<String>) -> String {
    words.join(&separator)
}

pub fn list(tasks: &mut Tasks) {
    tasks.add::<Process>().add::<Double>().add::<Join>().add::<Six>().add::<Len>();
}

pub fn trials() -> Vec<Trial> {
    crate::trials![
        a_function_of_no_one_or_several_arguments_runs_in_a_worker,
        tasks_of_two_modules_may_have_the_same_short_name,
        two_tasks_of_one_name_are_refused,
    ]
}

fn a_function_of_no_one_or_several_arguments_runs_in_a_worker() {
    let pool = pool(1);
    assert_eq!(pool.submit(Process()).result(), Ok(pool.worker_ids()[0]));
    assert_eq!(pool.map(Double, 1..4).collect::<Result<Vec<_>, _>>(), Ok(vec![2, 4, 6]));
    let words = ["one", "two"].map(str::to_owned).to_vec();
    assert_eq!(pool.submit(Join("+".to_owned(), words)).result().as_deref(), Ok("one+two"));
    assert_eq!(pool.submit(Six(1, 2, 3, 4, 5, 6)).result(), Ok(0x0102_0304_0506));
    assert_eq!(pool.submit(Len(vec![0; 300])).result(), Ok(300));
}

fn tasks_of_two_modules_may_have_the_same_short_name() {
    assert_eq!(Double::NAME, "processes::remote_task::Double");
    Tasks::default().add::<Double>().add::<other::Double>();
    assert_eq!((Double(7).run(), other::Double(7).run()), (14, "7".to_owned()));
}

fn two_tasks_of_one_name_are_refused() {
    let twice = || _ = Tasks::default().add::<Double>().add::<Double>();
    let panic = catch_unwind(twice).expect_err("the name is taken");
    let message = panic.downcast_ref::<String>().expect("the message names the tasks");
    assert_eq!(message.matches("processes::remote_task::Double").count(), 2, "{message}");
}
