//! How many sequences a run tries, and from which seed. Both are fixed, so that a run that passed
//! passes again; to look further set `BATON_TEST_SEQUENCES`, or `BATON_TEST_SEED` to a number.

use crate::seeds;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

const SEQUENCES: u32 = 2_000;

pub fn sequences() -> u32 {
    match std::env::var("BATON_TEST_SEQUENCES") {
        Ok(number) => number.parse().expect("a number"),
        Err(_) => SEQUENCES,
    }
}

pub fn runner() -> TestRunner {
    runner_of(sequences())
}

/// For what takes several sequences at a time.
pub fn runner_of(cases: u32) -> TestRunner {
    let mut seed = [7; 32];
    if let Some(given) = seeds::given() {
        seed[..8].copy_from_slice(&given.to_le_bytes());
    }
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed))
}

/// The values themselves, where a test wants to look at each more than once.
pub fn drawn<S: Strategy>(strategy: &S, count: u32) -> Vec<S::Value> {
    let mut runner = runner();
    let trees = (0..count).map(|_| strategy.new_tree(&mut runner));
    trees
        .map(|tree| tree.expect("nothing is filtered").current())
        .collect()
}
