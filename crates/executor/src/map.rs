//! Results in the order of the tasks.

use std::collections::VecDeque;
use std::fmt;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};
use std::vec;

use crate::{Chunk, Error, Executor, Future, Task, TimedOut};

/// How [`Executor::map_tasks_with`] goes about it. The default is [`Executor::map_tasks`].
///
/// ```
/// use std::num::NonZeroUsize;
///
/// use executor::{MapOptions, ThreadPool};
///
/// let pool = ThreadPool::new(2)?;
/// let size = NonZeroUsize::new(8).expect("eight is not zero");
/// // An endless input: 8 chunks of 8 are taken ahead of the results that were asked for.
/// let options = MapOptions::new().chunksize(size).buffersize(size);
/// let squares = pool.map_with(options, |number: u64| number * number, 0..);
/// assert_eq!(squares.take(4).collect::<Result<Vec<_>, _>>()?, [0, 1, 4, 9]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct MapOptions {
    chunksize: Option<NonZeroUsize>,
    buffersize: Option<NonZeroUsize>,
    timeout: Option<Duration>,
}

impl MapOptions {
    /// One task at a time, all submitted at once, no timeout.
    pub fn new() -> Self {
        Self::default()
    }

    /// Hands over this many tasks as one piece of work, which costs a process pool one message instead of many.
    pub fn chunksize(mut self, tasks: NonZeroUsize) -> Self {
        self.chunksize = Some(tasks);
        self
    }

    /// Takes only this many tasks (in chunks: this many chunks) ahead of the results that were asked for, so that
    /// endless inputs work.
    pub fn buffersize(mut self, pieces: NonZeroUsize) -> Self {
        self.buffersize = Some(pieces);
        self
    }

    /// Gives up when a result has not come within this time, counted from the call of `map`: the next item is
    /// [`Error::MapTimedOut`], it is the last one, and what has not started is cancelled.
    ///
    /// ```
    /// use std::{thread::sleep, time::Duration};
    ///
    /// use executor::{Error, MapOptions, ThreadPool};
    ///
    /// let pool = ThreadPool::new(1)?;
    /// let after = Duration::from_millis(20);
    /// let mut naps = pool.map_with(MapOptions::new().timeout(after), sleep, [Duration::from_millis(200)]);
    /// assert_eq!(naps.next(), Some(Err(Error::MapTimedOut { after })));
    /// assert_eq!(naps.next(), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

/// The results of [`Executor::map_tasks`], in the order of the tasks. An error comes where the value would have come,
/// and what is after it still comes. Dropping the iterator cancels what has not started.
///
/// ```
/// use executor::{Executor, Inline};
///
/// let mut results = Inline.map_tasks([|| 1, || panic!("no"), || 3]);
/// assert_eq!(results.next(), Some(Ok(1)));
/// assert!(results.next().is_some_and(|result| result.is_err()));
/// assert_eq!(results.next(), Some(Ok(3)));
/// ```
#[must_use = "the results come out of it; dropped, it cancels what has not started"]
pub struct Map<'pool, E, T: Task, I: Iterator<Item = T>> {
    pool: &'pool E,
    options: MapOptions,
    deadline: Option<Instant>,
    /// `None`, when all were taken, or the map has given up.
    tasks: Option<I>,
    /// What was submitted, and whose results were not asked for.
    submitted: VecDeque<Piece<T::Output>>,
    /// The rest of the chunk whose results are being asked for.
    chunk: vec::IntoIter<Result<T::Output, Box<Error>>>,
}

/// What one worker does one after another: a task, or a chunk of this many tasks.
enum Piece<O> {
    Task(Future<O>),
    Chunk(usize, Future<Chunk<O>>),
}

impl<'pool, E, T, I> Map<'pool, E, T, I>
where
    E: Executor<T>,
    T: Task,
    I: Iterator<Item = T>,
{
    pub(crate) fn new(pool: &'pool E, options: MapOptions, tasks: I) -> Self {
        let deadline = options.timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut map = Self {
            pool,
            options,
            deadline,
            tasks: Some(tasks),
            submitted: VecDeque::new(),
            chunk: Vec::new().into_iter(),
        };
        map.submit_ahead();
        map
    }

    /// Submits as many pieces as may be ahead.
    fn submit_ahead(&mut self) {
        let most = self.options.buffersize.map_or(usize::MAX, NonZeroUsize::get);
        while self.submitted.len() < most {
            let Some(tasks) = &mut self.tasks else { return };
            let piece = match self.options.chunksize.map_or(1, NonZeroUsize::get) {
                1 => tasks.next().map(|task| Piece::Task(self.pool.submit(task))),
                size => {
                    let chunk: Vec<T> = tasks.take(size).collect();
                    let len = chunk.len();
                    (len > 0).then(|| Piece::Chunk(len, self.pool.submit_chunk(chunk)))
                }
            };
            match piece {
                Some(piece) => self.submitted.push_back(piece),
                None => self.tasks = None,
            }
        }
    }

    /// Waits for the results of a piece of work; `None`, if they do not come in time. The error of a whole
    /// chunk is the error of each of its tasks.
    fn first_result(&mut self, piece: Piece<T::Output>) -> Option<Result<T::Output, Error>> {
        match piece {
            Piece::Task(future) => self.wait(future),
            Piece::Chunk(len, future) => {
                let results = self.wait(future)?;
                let results = results.unwrap_or_else(|error| (0..len).map(|_| Err(Box::new(error.clone()))).collect());
                self.chunk = results.into_iter();
                self.next_of_chunk()
            }
        }
    }

    fn next_of_chunk(&mut self) -> Option<Result<T::Output, Error>> {
        Some(self.chunk.next()?.map_err(|error| *error))
    }

    fn wait<O>(&self, future: Future<O>) -> Option<Result<O, Error>> {
        let Some(deadline) = self.deadline else {
            return Some(future.result());
        };
        let left = deadline.saturating_duration_since(Instant::now());
        future.result_timeout(left).map_err(|TimedOut(future)| future.cancel()).ok()
    }
}

impl<E, T, I> Iterator for Map<'_, E, T, I>
where
    E: Executor<T>,
    T: Task,
    I: Iterator<Item = T>,
{
    type Item = Result<T::Output, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(result) = self.next_of_chunk() {
            return Some(result);
        }
        let piece = self.submitted.pop_front()?;
        self.submit_ahead();
        let result = self.first_result(piece);
        Some(result.unwrap_or_else(|| {
            self.tasks = None;
            self.cancel();
            Err(Error::MapTimedOut { after: self.options.timeout.unwrap_or_default() })
        }))
    }

    /// With a timeout there may be fewer.
    fn size_hint(&self) -> (usize, Option<usize>) {
        let ahead = self.ahead();
        let (least, most) = self.tasks.as_ref().map_or((0, Some(0)), Iterator::size_hint);
        let least = if self.deadline.is_some() { 0 } else { least.saturating_add(ahead) };
        (least, most.and_then(|most| most.checked_add(ahead)))
    }
}

impl<E, T: Task, I: Iterator<Item = T>> Map<'_, E, T, I> {
    /// How many results are to come of what was submitted.
    fn ahead(&self) -> usize {
        let of = |piece: &Piece<T::Output>| match piece {
            Piece::Task(_) => 1,
            Piece::Chunk(len, _) => *len,
        };
        self.chunk.len() + self.submitted.iter().map(of).sum::<usize>()
    }

    /// Cancels what has not started.
    fn cancel(&mut self) {
        for piece in self.submitted.drain(..) {
            match piece {
                Piece::Task(future) => future.cancel(),
                Piece::Chunk(_, future) => future.cancel(),
            };
        }
    }
}

impl<E, T: Task, I: Iterator<Item = T>> Drop for Map<'_, E, T, I> {
    fn drop(&mut self) {
        self.cancel();
    }
}

impl<E, T: Task, I: Iterator<Item = T>> fmt::Debug for Map<'_, E, T, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Map at {:p} submitted={}>", self, self.submitted.len())
    }
}
