"""What the library costs, beside what else could be done: ``python -m tests.tools.benchmarks``.

`payloads` builds the requests, `rivals` are the ways to treat one, `measure` takes time and memory,
and `__main__` prints one table of ratios from one run, and the goals with their verdicts. No test
depends on a clock: `tests/test_operations.py` counts operations instead, on the same payloads.
"""
