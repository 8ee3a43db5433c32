//! Scheduling of jobs (each the statements for one answer): they wait in lanes, queues by their expected cost, and no
//! lane can occupy all threads.
//!
//! 1. Each lane runs as many jobs at once as there are processors. General threads, one more than there are processors,
//!    take the oldest job of any lane. Quick threads, as many as there are processors, take only quick jobs. So dear
//!    jobs leave a general thread for moderate jobs, and dear and moderate jobs leave the quick threads for quick ones.
//! 2. A thread that has finished a job takes the next job itself. A sleeping thread is assigned a job before it is
//!    woken, so that no thread is woken in vain, and no thread sleeps while a job that it may run is waiting.
//! 3. A quick job goes to a quick thread if one sleeps, and to the thread that has slept for the shortest time, since
//!    its connection still has pages in its cache.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, Thread, ThreadId},
    time::{Duration, Instant},
};

/// The expected cost of a job. Each has a lane, the queue in which its jobs wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    Quick,
    Moderate,
    Dear,
}

/// The lanes (queues by expected cost) from which a thread takes jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Serves {
    All,
    Quick,
}

/// The reason why a thread gets no job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nothing {
    /// No job arrived within the time that the thread waits.
    Yet,
    /// The lanes (queues of jobs) are closed, so that no job will arrive.
    Ever,
}

/// The jobs that wait, and the threads that sleep since none waits for them.
#[derive(Debug)]
pub(super) struct Lanes<T> {
    state: Mutex<LanesState<T>>,
}

#[derive(Debug)]
struct LanesState<T> {
    quick: Waiting<T>,
    moderate: Waiting<T>,
    dear: Waiting<T>,
    arrived: u64,
    /// The sleeping threads, in the order in which they fell asleep.
    asleep: Vec<(Serves, Thread)>,
    /// The jobs that are assigned to woken threads, which have not taken them yet.
    given: Vec<(ThreadId, Lane, T)>,
    is_closed: bool,
}

/// The waiting jobs of one lane (a queue by expected cost), and how many of its jobs run.
#[derive(Debug)]
struct Waiting<T> {
    /// The jobs, each with its arrival number.
    jobs: VecDeque<(u64, T)>,
    running: usize,
    /// The greatest number of jobs of the lane (a queue of jobs) that run at once.
    most: usize,
}

impl<T> Waiting<T> {
    fn new(most: usize) -> Self {
        Self {
            jobs: VecDeque::new(),
            running: 0,
            most,
        }
    }

    /// Returns the arrival number of the lane's first waiting job, if the lane may run one more job now.
    fn ready(&self) -> Option<u64> {
        let next = self.jobs.front().filter(|_| self.running < self.most);
        next.map(|(number, _)| *number)
    }
}

/// The permit to run one job of a lane (a queue by expected cost), released when it is dropped.
#[derive(Debug)]
pub(super) struct Turn<T> {
    lanes: Arc<Lanes<T>>,
    lane: Lane,
    /// Whether the permit was released.
    is_over: bool,
}

impl<T> Lanes<T> {
    /// Creates the lanes (queues by expected cost) for a number of processors and of connections. Dear jobs leave one
    /// connection to other jobs.
    pub(super) fn new(processors: usize, connections: usize) -> Self {
        let dear = processors.min(connections.saturating_sub(1)).max(1);
        Self {
            state: Mutex::new(LanesState {
                quick: Waiting::new(processors),
                moderate: Waiting::new(processors),
                dear: Waiting::new(dear),
                arrived: 0,
                asleep: Vec::new(),
                given: Vec::new(),
                is_closed: false,
            }),
        }
    }

    /// Returns which lanes each thread serves, with one item for each thread to start.
    pub(super) fn threads(processors: usize) -> impl Iterator<Item = Serves> {
        let general = std::iter::repeat_n(Serves::All, processors + 1);
        general.chain(std::iter::repeat_n(Serves::Quick, processors))
    }

    fn lock(&self) -> MutexGuard<'_, LanesState<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a job to the end of a lane (a queue by expected cost).
    pub(super) fn push(&self, lane: Lane, job: T) {
        let mut state = self.lock();
        let number = state.arrived;
        state.arrived += 1;
        state.of(lane).jobs.push_back((number, job));
        state.wake();
    }

    /// Releases `done`, the permit of a finished job, if given, and takes the next job. Waits for a job at most for
    /// `patience`, if given.
    pub(super) fn take(
        self: &Arc<Self>,
        serves: Serves,
        patience: Option<Duration>,
        done: Option<Turn<T>>,
    ) -> Result<(T, Turn<T>), Nothing> {
        let until = patience.map(|patience| Instant::now() + patience);
        let own = thread::current();
        let mut state = self.lock();
        if let Some(mut done) = done {
            done.is_over = true;
            state.of(done.lane).running -= 1;
        }
        loop {
            let next = state.given_to(own.id()).or_else(|| state.next(serves));
            state.wake();
            if let Some((lane, job)) = next {
                let (lanes, is_over) = (Arc::clone(self), false);
                let turn = Turn {
                    lanes,
                    lane,
                    is_over,
                };
                return Ok((job, turn));
            }
            if state.is_closed {
                return Err(Nothing::Ever);
            }
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return Err(Nothing::Yet);
            }
            state.asleep.push((serves, own.clone()));
            drop(state);
            match left {
                Some(left) => thread::park_timeout(left),
                None => thread::park(),
            }
            state = self.lock();
            // The thread may have woken spuriously.
            state.asleep.retain(|(_, thread)| thread.id() != own.id());
        }
    }

    /// Closes the lanes (queues of jobs), so that the threads end once no job is left.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        let asleep = state.asleep.drain(..);
        asleep.for_each(|(_, thread)| thread.unpark());
    }
}

impl<T> LanesState<T> {
    fn of(&mut self, lane: Lane) -> &mut Waiting<T> {
        match lane {
            Lane::Quick => &mut self.quick,
            Lane::Moderate => &mut self.moderate,
            Lane::Dear => &mut self.dear,
        }
    }

    /// Returns the one of `lanes` that has the oldest job that may begin.
    fn ready(&mut self, lanes: &[Lane]) -> Option<Lane> {
        let ready = lanes
            .iter()
            .filter_map(|lane| Some((self.of(*lane).ready()?, *lane)));
        ready
            .min_by_key(|(number, _)| *number)
            .map(|(_, lane)| lane)
    }

    fn begin(&mut self, lane: Lane) -> Option<(Lane, T)> {
        let waiting = self.of(lane);
        let (_, job) = waiting.jobs.pop_front()?;
        waiting.running += 1;
        Some((lane, job))
    }

    /// Removes the next job that a thread with these lanes (queues of jobs) may run, counts it as running, and returns
    /// it.
    fn next(&mut self, serves: Serves) -> Option<(Lane, T)> {
        let lane = self.ready(serves.lanes())?;
        self.begin(lane)
    }

    /// Removes and returns the job that was assigned to this thread when it was woken, if any.
    fn given_to(&mut self, thread: ThreadId) -> Option<(Lane, T)> {
        let at = self.given.iter().position(|(to, ..)| *to == thread)?;
        let (_, lane, job) = self.given.swap_remove(at);
        Some((lane, job))
    }

    /// Assigns each job that may begin to a sleeping thread, as long as there are any, and wakes the thread.
    fn wake(&mut self) {
        for serves in [Serves::Quick, Serves::All] {
            while let Some(at) = self.asleep.iter().rposition(|one| one.0 == serves)
                && let Some((lane, job)) = self.next(serves)
            {
                let (_, thread) = self.asleep.remove(at);
                self.given.push((thread.id(), lane, job));
                thread.unpark();
            }
        }
    }
}

impl Serves {
    const fn lanes(self) -> &'static [Lane] {
        match self {
            Self::All => &[Lane::Quick, Lane::Moderate, Lane::Dear],
            Self::Quick => &[Lane::Quick],
        }
    }
}

impl<T> Drop for Turn<T> {
    fn drop(&mut self) {
        if !self.is_over {
            let mut state = self.lanes.lock();
            state.of(self.lane).running -= 1;
            state.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Option<Duration> = Some(Duration::ZERO);

    type Taken = Result<(u32, Turn<u32>), Nothing>;

    fn number(taken: &Taken) -> Result<u32, Nothing> {
        taken
            .as_ref()
            .map(|(number, _)| *number)
            .map_err(|nothing| *nothing)
    }

    #[test]
    fn each_lane_leaves_threads_to_the_quicker() {
        let lanes = Arc::new(Lanes::new(2, 8));
        for job in 0..3 {
            lanes.push(Lane::Dear, job);
            lanes.push(Lane::Moderate, 10 + job);
            lanes.push(Lane::Quick, 20 + job);
        }
        let mut taken = Vec::new();
        let mut take = |serves| {
            let next = lanes.take(serves, NOW, None);
            let number = number(&next);
            taken.push(next);
            number
        };
        assert_eq!(take(Serves::Quick), Ok(20));
        // The oldest job is next, whatever its cost.
        assert_eq!(
            [(); 4].map(|()| take(Serves::All)),
            [Ok(0), Ok(10), Ok(1), Ok(11)]
        );
        assert_eq!(take(Serves::All), Ok(21));
        assert_eq!(take(Serves::All), Err(Nothing::Yet), "each lane runs two");
        drop(taken.remove(1));
        assert_eq!(
            number(&lanes.take(Serves::Quick, NOW, None)),
            Err(Nothing::Yet)
        );
        assert_eq!(
            number(&lanes.take(Serves::All, NOW, None)),
            Ok(2),
            "the first dear one ended"
        );
    }

    #[test]
    fn dear_jobs_leave_a_connection_to_the_others() {
        for (connections, dear) in [(1, 1), (2, 1), (3, 2), (9, 4)] {
            let lanes = Arc::new(Lanes::new(4, connections));
            (0..9).for_each(|job| lanes.push(Lane::Dear, job));
            let taken: Vec<Taken> = (0..9).map(|_| lanes.take(Serves::All, NOW, None)).collect();
            assert_eq!(taken.iter().flatten().count(), dear, "{connections}");
        }
    }

    #[test]
    fn a_job_never_waits_for_a_thread_that_sleeps() {
        const JOBS: u32 = 3000;
        let lanes = Arc::new(Lanes::new(2, 8));
        let threads: Vec<_> = Lanes::<u32>::threads(2)
            .map(|serves| {
                let lanes = Arc::clone(&lanes);
                thread::spawn(move || {
                    let (mut count, mut done) = (0, None);
                    while let Ok((_, turn)) = lanes.take(serves, None, done.take()) {
                        done = Some(turn);
                        count += 1;
                    }
                    count
                })
            })
            .collect();
        for job in 0..JOBS {
            let lane = [Lane::Quick, Lane::Moderate, Lane::Dear][job as usize % 3];
            lanes.push(lane, job);
            if job % 97 == 0 {
                thread::sleep(Duration::from_micros(200));
            }
        }
        lanes.close();
        let done: u32 = threads
            .into_iter()
            .map(|thread| thread.join().expect("a thread"))
            .sum();
        assert_eq!(done, JOBS);
        assert_eq!(
            number(&lanes.take(Serves::All, None, None)),
            Err(Nothing::Ever)
        );
    }
}
