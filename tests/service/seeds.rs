//! What tests that draw at random begin with. It is fixed, so that a run that passed passes again; to
//! look further set `BATON_TEST_SEED` to a number.

/// Where a test begins, also printed.
pub fn seed() -> u64 {
    let seed = given().unwrap_or(7);
    println!("BATON_TEST_SEED={seed}");
    seed
}

/// Where the environment wants tests to begin.
pub fn given() -> Option<u64> {
    let text = std::env::var("BATON_TEST_SEED").ok()?;
    Some(text.parse().expect("BATON_TEST_SEED is a number"))
}
