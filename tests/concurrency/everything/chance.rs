//! Chance that can be had again.

/// Numbers that look random and follow from a seed alone (SplitMix64): so that a client of a history
/// wants the same again when the history is run again.
pub(super) struct Chance(u64);

impl Chance {
    /// The numbers of one of many who are given the same seed.
    pub(super) fn of(seed: u64, whose: usize) -> Self {
        let mut chance = Self(seed ^ u64::try_from(whose).unwrap().rotate_left(32));
        chance.next();
        chance
    }

    /// One of 0, 1 … `count` − 1.
    pub(super) fn below(&mut self, count: usize) -> usize {
        let count = u64::try_from(count).unwrap();
        usize::try_from(self.next() % count).unwrap()
    }

    /// True once in so many times.
    pub(super) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of these.
    pub(super) fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    /// At least so many of these, in any order, each at most once.
    pub(super) fn some_of<'a, T>(&mut self, all: &'a [T], at_least: usize) -> Vec<&'a T> {
        let mut left: Vec<&T> = all.iter().collect();
        let count = at_least + self.below(all.len() + 1 - at_least);
        (0..count).map(|_| left.swap_remove(self.below(left.len()))).collect()
    }

    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
