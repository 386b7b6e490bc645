//! A function and what it is to be called with.

use crate::Task;

/// A call of a function, as a task: what a thread pool's `map` submits.
///
/// ```
/// use executor::ThreadPool;
///
/// let pool = ThreadPool::new(2)?;
/// // Each item of `map` is such a call.
/// let lengths: Result<Vec<usize>, _> = pool.map(str::len, ["one", "three"]).collect();
/// assert_eq!(lengths?, [3, 5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Call<F, A> {
    function: F,
    input: A,
}

impl<F: FnOnce(A) -> O, A, O> Task for Call<F, A> {
    type Output = O;

    fn run(self) -> O {
        (self.function)(self.input)
    }
}

/// A call for each input.
///
/// ```
/// use executor::{ThreadPool, threads::ThreadMap};
///
/// // It is in the type of what `map` returns.
/// let pool = ThreadPool::new(2)?;
/// let mut halves: ThreadMap<'_, fn(u32) -> u32, [u32; 2]> = pool.map(|number| number / 2, [4, 6]);
/// assert_eq!(halves.next(), Some(Ok(2)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Calls<F, I> {
    function: F,
    inputs: I,
}

impl<F, I> Calls<F, I> {
    /// Of this function, with these inputs.
    pub(crate) fn new(function: F, inputs: impl IntoIterator<IntoIter = I>) -> Self {
        Self { function, inputs: inputs.into_iter() }
    }
}

impl<F: Clone, I: Iterator> Iterator for Calls<F, I> {
    type Item = Call<F, I::Item>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(Call { function: self.function.clone(), input: self.inputs.next()? })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inputs.size_hint()
    }
}
