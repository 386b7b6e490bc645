//! Futures in the order of completion.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::Future;
use crate::cell::Listener;
use crate::completion_queue::CompletionQueue;
use crate::pace::Pace;

/// A future, or a pair of a key and a future: what [`as_completed`] takes, and gives back as it was given.
///
/// ```
/// use executor::{AsFuture, Future};
///
/// fn count_done<F: AsFuture>(futures: &[F]) -> usize {
///     futures.iter().filter(|future| future.as_future().done()).count()
/// }
/// assert_eq!(count_done(&[Future::finished(Ok(1))]), 1);
/// assert_eq!(count_done(&[("with a key", Future::finished(Ok(1)))]), 1);
/// ```
pub trait AsFuture {
    /// What the future's task gives back.
    type Output;

    /// The future.
    fn as_future(&self) -> &Future<Self::Output>;
}

impl<T> AsFuture for Future<T> {
    type Output = T;

    fn as_future(&self) -> &Future<T> {
        self
    }
}

impl<K, T> AsFuture for (K, Future<T>) {
    type Output = T;

    fn as_future(&self) -> &Future<T> {
        &self.1
    }
}

/// The futures as they are finished: first those that are, then in the order of completion. With a key beside each, which says what it was
/// for, there is no need for the chapter's `to_do_map`.
///
/// They may come from several executors. All are taken from the iterator, so submitted, before this returns.
///
/// ```
/// use executor::{Executor, ThreadPool, as_completed};
///
/// let pool = ThreadPool::new(3)?;
/// let roots = [4.0, 9.0, 16.0].map(|number: f64| (number, pool.submit(move || number.sqrt())));
/// for (number, future) in as_completed(roots) {
///     assert_eq!(future.result(), Ok(number.sqrt()));
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn as_completed<I>(futures: I) -> AsCompleted<I::Item, I::IntoIter>
where
    I: IntoIterator<Item: AsFuture>,
{
    AsCompleted::new(usize::MAX, futures.into_iter())
}

/// As [`as_completed`], but holds at most `window` futures at a time: takes the next from the iterator, so submits
/// its task, only when one that is finished has been handed out. This is how 100,000 tasks fit into little memory.
///
/// A window of twice the number of workers keeps these busy.
///
/// ```
/// use std::num::NonZeroUsize;
///
/// use executor::{Executor, ThreadPool, as_completed_within};
///
/// let pool = ThreadPool::new(2)?;
/// let tasks = (0..1000_u64).map(|number| pool.submit(move || number));
/// let window = NonZeroUsize::new(4).expect("four is not zero");
/// let sum: u64 = as_completed_within(window, tasks).map(|future| future.result().unwrap_or(0)).sum();
/// assert_eq!(sum, 499_500);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn as_completed_within<I>(window: NonZeroUsize, futures: I) -> AsCompleted<I::Item, I::IntoIter>
where
    I: IntoIterator<Item: AsFuture>,
{
    AsCompleted::new(window.get(), futures.into_iter())
}

/// The iterator of [`as_completed`]. Dropping it leaves nothing behind; the tasks go on.
///
/// ```
/// use executor::{Executor, ThreadPool, as_completed};
///
/// let pool = ThreadPool::new(2)?;
/// let mut completed = as_completed((0..3).map(|number| pool.submit(move || number)));
/// assert_eq!(completed.len(), 3);
/// let first = completed.next().expect("there are three");
/// assert!(first.done());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "the futures come out of it"]
pub struct AsCompleted<F: AsFuture, I> {
    /// `None`, when all were taken.
    source: Option<I>,
    window: usize,
    queue: Arc<CompletionQueue>,
    /// The futures that are held, each in the place that its ticket says.
    held: Vec<Option<F>>,
    /// Places in `held` that are free.
    free: Vec<usize>,
    /// Tickets of finished futures, the next one to be handed out last.
    ready: Vec<usize>,
    pace: Pace,
}

impl<F: AsFuture, I: Iterator<Item = F>> AsCompleted<F, I> {
    fn new(window: usize, source: I) -> Self {
        let mut this = Self {
            source: Some(source),
            window,
            queue: Arc::default(),
            held: Vec::new(),
            free: Vec::new(),
            ready: Vec::new(),
            pace: Pace::new(Instant::now()),
        };
        this.fill();
        this
    }

    /// Gives up when not all futures are finished within this time from now: then the next item is the error
    /// [`Unfinished`], and it is the last one.
    ///
    /// ```
    /// use std::{thread::sleep, time::Duration};
    ///
    /// use executor::{Executor, ThreadPool, as_completed};
    ///
    /// let pool = ThreadPool::new(2)?;
    /// let naps = [0, 200].map(|millis| pool.submit(move || sleep(Duration::from_millis(millis))));
    /// let mut completed = as_completed(naps).timeout(Duration::from_millis(50));
    /// assert!(matches!(completed.next(), Some(Ok(_))));
    /// let Some(Err(unfinished)) = completed.next() else { panic!("one is still asleep") };
    /// assert_eq!(unfinished.to_string(), "1 (of 2) futures unfinished");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn timeout(self, timeout: Duration) -> TimedAsCompleted<F, I> {
        TimedAsCompleted { futures: self, deadline: Instant::now().checked_add(timeout), yielded: 0, over: false }
    }

    /// The futures that did not come out, of those that were taken from the source: to cancel them, after the first error perhaps.
    ///
    /// ```
    /// use executor::{Executor, ThreadPool, as_completed};
    ///
    /// let pool = ThreadPool::new(1)?;
    /// let tasks = (0..100).map(|number| pool.submit(move || if number == 2 { Err("no") } else { Ok(number) }));
    /// let mut completed = as_completed(tasks);
    /// let failed = completed.by_ref().find(|future| future.peek(|result| !matches!(result, Ok(Ok(_)))) == Some(true));
    /// assert!(failed.is_some());
    /// for future in completed.into_rest() {
    ///     future.cancel();
    /// }
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn into_rest(mut self) -> Vec<F> {
        let rest: Vec<F> = self.held.iter_mut().filter_map(Option::take).collect();
        rest.iter().for_each(|future| _ = future.as_future().cell().listen(Listener::None));
        rest
    }

    /// Takes futures from the source until as many are held as may be.
    fn fill(&mut self) {
        while self.held.len() - self.free.len() < self.window {
            let Some(source) = &mut self.source else {
                return;
            };
            let Some(future) = source.next() else {
                self.source = None;
                return;
            };
            let ticket = self.free.pop().unwrap_or(self.held.len());
            if !future.as_future().cell().listen(Listener::Queue(self.queue.clone(), ticket)) {
                // In its turn behind those that were finished earlier, or they might never be handed out.
                self.queue.deliver(ticket);
            }
            if ticket == self.held.len() {
                self.held.push(Some(future));
            } else {
                self.held[ticket] = Some(future);
            }
        }
    }

    /// The next finished future; `None` at the end, and at the deadline.
    fn next_before(&mut self, deadline: Option<Instant>) -> Option<F> {
        self.fill();
        if self.ready.is_empty() {
            let to_come = self.held.len() - self.free.len();
            if to_come == 0 {
                return None;
            }
            if let Some(nap) = self.pace.nap(to_come) {
                thread::sleep(nap);
            }
            self.queue.collect(&mut self.ready, deadline);
            self.pace.collected(self.ready.len(), Instant::now());
            self.ready.reverse();
        }
        let ticket = self.ready.pop()?;
        self.free.push(ticket);
        self.held[ticket].take()
    }
}

impl<F: AsFuture, I: Iterator<Item = F>> Iterator for AsCompleted<F, I> {
    type Item = F;

    fn next(&mut self) -> Option<F> {
        self.next_before(None)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let held = self.held.iter().flatten().count();
        let (least, most) = self.source.as_ref().map_or((0, Some(0)), Iterator::size_hint);
        (least.saturating_add(held), most.and_then(|most| most.checked_add(held)))
    }
}

impl<F: AsFuture, I: ExactSizeIterator<Item = F>> ExactSizeIterator for AsCompleted<F, I> {}

impl<F: AsFuture, I> Drop for AsCompleted<F, I> {
    fn drop(&mut self) {
        for future in self.held.iter().flatten() {
            future.as_future().cell().listen(Listener::None);
        }
    }
}

/// The iterator of [`AsCompleted::timeout`].
///
/// ```
/// use std::time::Duration;
///
/// use executor::{Future, as_completed};
///
/// let mut completed = as_completed([Future::finished(Ok(1))]).timeout(Duration::from_secs(60));
/// assert!(completed.all(|future| future.is_ok()));
/// ```
#[must_use = "the futures come out of it"]
pub struct TimedAsCompleted<F: AsFuture, I> {
    futures: AsCompleted<F, I>,
    deadline: Option<Instant>,
    yielded: usize,
    over: bool,
}

/// The time of an [`as_completed`] was over before all futures were finished. Here are those that are not.
///
/// ```
/// use std::time::Duration;
///
/// use executor::{Unfinished, as_completed, pair};
///
/// let (_promise, future) = pair::<u8>();
/// let mut completed = as_completed([future]).timeout(Duration::ZERO);
/// if let Some(Err(Unfinished { futures, of })) = completed.next() {
///     assert_eq!((futures.len(), of), (1, 1));
///     futures[0].cancel();
/// }
/// ```
pub struct Unfinished<F> {
    /// The futures that are not finished.
    pub futures: Vec<F>,
    /// How many futures there were in all.
    pub of: usize,
}

impl<F: AsFuture, I: Iterator<Item = F>> Iterator for TimedAsCompleted<F, I> {
    type Item = Result<F, Unfinished<F>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        if let Some(future) = self.futures.next_before(self.deadline) {
            self.yielded += 1;
            return Some(Ok(future));
        }
        self.over = true;
        let futures: Vec<_> = self.futures.held.iter_mut().filter_map(Option::take).collect();
        for future in &futures {
            future.as_future().cell().listen(Listener::None);
        }
        let of = self.yielded + futures.len();
        (!futures.is_empty()).then_some(Err(Unfinished { futures, of }))
    }
}

impl<F: fmt::Debug> fmt::Debug for Unfinished<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unfinished").field("futures", &self.futures).field("of", &self.of).finish()
    }
}

impl<F> fmt::Display for Unfinished<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (of {}) futures unfinished", self.futures.len(), self.of)
    }
}

impl<F: fmt::Debug> std::error::Error for Unfinished<F> {}
