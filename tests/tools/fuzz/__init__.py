"""Coverage-guided fuzzing of what reads bytes from outside: ``python -m tests.tools.fuzz TARGET``.

`grammar` makes inputs out of bytes, `laws` says what must hold of them, `targets` is the table of
what is fuzzed, `corpus` reads and writes the inputs that were found, and `__main__` is the command.
Only the command needs atheris; `tests/test_fuzz_corpus.py` replays the inputs found without it.
README.md beside this has the record of the runs.
"""
