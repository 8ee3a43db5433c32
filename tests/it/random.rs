//! Random numbers from a seed that a failure shows, and that `TEST_SEED` repeats.

use std::{
    env,
    hash::{BuildHasher as _, RandomState},
};

/// A generator of random numbers, SplitMix64.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

/// The seed of a test: `TEST_SEED`, else another one each time.
pub(crate) fn seed() -> u64 {
    match env::var("TEST_SEED") {
        Ok(seed) => seed.parse().expect("TEST_SEED is a number"),
        Err(_) => RandomState::new().hash_one("seed"),
    }
}

/// Whether `TEST_LONG` asks for the numbers of the issue rather than those of a quick run.
pub(crate) fn is_long() -> bool {
    env::var_os("TEST_LONG").is_some()
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from zero to `end`, which it is not.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.number() % end.max(1)
    }

    /// Whether one of `times` draws comes out.
    pub(crate) fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let count = u64::try_from(items.len()).expect("few");
        &items[usize::try_from(self.below(count)).expect("few")]
    }
}
