//! What the workers of these tests can do.

use std::{fs::OpenOptions, io::Write, process, thread::sleep, time::Duration};

use executor::{processes::Tasks, remote_task};

remote_task!(pub Square(pub u64) -> u64 = |number| number * number);
remote_task!(pub Nap(pub u64) -> u64 = |millis| { sleep(Duration::from_millis(millis)); millis });
remote_task!(pub Slowly(pub u64, pub u64) -> u64 = |number, millis| { sleep(Duration::from_millis(millis)); number });
remote_task!(pub Pid() -> u32 = process::id);
remote_task!(pub Boom() -> u32 = || panic!("out of luck"));
remote_task!(pub Poison() -> u32 = || process::abort());
remote_task!(pub Large(pub usize) -> Vec<u8> = |length| vec![7; length]);
remote_task!(pub Slot() -> Option<usize> = || { sleep(Duration::from_millis(50)); executor::worker() });

// Writes a line to a file when it runs, and again when it has: what was run, and how often, is told by the file.
remote_task!(pub Note(pub String, pub u64, pub u64) -> u64 = |path, number, millis| {
    let mut file = OpenOptions::new().create(true).append(true).open(path).expect("a file of the test's");
    // In one piece: others write at the same moment.
    file.write_all(format!("{number}\n").as_bytes()).expect("a file of the test's");
    sleep(Duration::from_millis(millis));
    number
});

pub fn list(tasks: &mut Tasks) {
    tasks.add::<Square>().add::<Nap>().add::<Slowly>().add::<Pid>().add::<Boom>().add::<Poison>();
    tasks.add::<Large>().add::<Slot>().add::<Note>();
    // A program of another version has another list.
    if std::env::var_os(OTHER_VERSION).is_some() {
        tasks.add::<Unknown>();
    }
}

pub const OTHER_VERSION: &str = "TASK_QUEUE_TEST_OTHER_VERSION";

remote_task!(pub Unknown() -> u32 = || 0);
