"""What the tests use, and what is run by hand: load, fuzzing, mutation, benchmarks, leaks."""
