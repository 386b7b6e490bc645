//! A process task made of a function, in one line.

/// Makes a [`RemoteTask`](crate::RemoteTask) of a function: a serialisable tuple struct that holds the arguments, and whose
/// [`run`](crate::Task::run) calls the function with them.
///
/// ```
/// use executor::processes::Tasks;
/// use executor::{Executor, remote_task};
///
/// remote_task!(/** The square root. */ pub Root(f64) -> f64 = f64::sqrt);
/// remote_task!(Add(u32, u32) -> u32 = |a, b| a + b);
/// remote_task!(#[derive(Debug)] WhichWorker() -> Option<usize> = executor::worker);
///
/// fn list(tasks: &mut Tasks) {
///     tasks.add::<Root>().add::<Add>().add::<WhichWorker>();
/// }
///
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     // In a worker, this runs its tasks.
///     if executor::processes::enter(list).is_some() {
///         return Ok(());
///     }
///     let pool = executor::ProcessPool::new(2)?;
///     assert_eq!(pool.submit(Add(2, 3)).result()?, 5);
///     assert_eq!(pool.map(Root, [4.0, 9.0]).collect::<Result<Vec<_>, _>>()?, [2.0, 3.0]);
///     assert!(pool.submit(WhichWorker()).result()?.is_some());
///     Ok(())
/// }
/// ```
///
/// The struct has up to six fields. It may have attributes and a visibility, and so may its fields: `pub Store(#[serde(with = "serde_bytes")] pub Vec<u8>)`.
/// The function is a path, or a closure that captures nothing. The task's name is that of the struct with its module, so two tasks have the
/// same name only if they are declared in two functions of one module; [`Tasks::add`](crate::processes::Tasks::add) refuses that.
///
/// The crate must be known as `executor` where this is used: serde's derive asks for a literal path.
#[macro_export]
macro_rules! remote_task {
    (
        $(#[$attribute:meta])*
        $visibility:vis $name:ident($($(#[$field_attribute:meta])* $field_visibility:vis $field:ty),* $(,)?) -> $output:ty = $function:expr
    ) => {
        $(#[$attribute])*
        #[derive($crate::__serde::Serialize, $crate::__serde::Deserialize)]
        #[serde(crate = "executor::__serde")]
        $visibility struct $name($($(#[$field_attribute])* $field_visibility $field),*);

        impl $crate::Task for $name {
            type Output = $output;

            fn run(self) -> $output {
                let function: fn($($field),*) -> $output = $function;
                $crate::remote_task!(@call function, self, $($field),*)
            }
        }

        impl $crate::RemoteTask for $name {
            const NAME: &'static str = concat!(module_path!(), "::", stringify!($name));
        }
    };
    (@call $function:ident, $task:ident,) => { $function() };
    (@call $function:ident, $task:ident, $a:ty) => { $function($task.0) };
    (@call $function:ident, $task:ident, $a:ty, $b:ty) => { $function($task.0, $task.1) };
    (@call $function:ident, $task:ident, $a:ty, $b:ty, $c:ty) => { $function($task.0, $task.1, $task.2) };
    (@call $function:ident, $task:ident, $a:ty, $b:ty, $c:ty, $d:ty) => {
        $function($task.0, $task.1, $task.2, $task.3)
    };
    (@call $function:ident, $task:ident, $a:ty, $b:ty, $c:ty, $d:ty, $e:ty) => {
        $function($task.0, $task.1, $task.2, $task.3, $task.4)
    };
    (@call $function:ident, $task:ident, $a:ty, $b:ty, $c:ty, $d:ty, $e:ty, $f:ty) => {
        $function($task.0, $task.1, $task.2, $task.3, $task.4, $task.5)
    };
}
