"""Lines treated by several processes: in order, in memory that does not grow."""

from __future__ import annotations

import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from mistral_sanitize.cli.lines import Chunk, Outcome, treat_chunk
from mistral_sanitize.cli.payloads import Job, Treatment

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

__all__ = ["HELD", "WorkerDiedError", "outcomes"]

HELD: Final = 32 << 20
"""Bytes of lines that may be with the workers at once; a longer line goes alone."""

Outcomes = Generator[tuple[Chunk, Outcome], None, None]


class WorkerDiedError(RuntimeError):
    """A worker process was killed from outside."""


def outcomes(job: Job, chunks: Iterator[Chunk], workers: int) -> Outcomes:
    """Each chunk with what became of it, in order, by so many processes."""
    if workers == 1:
        treatment = Treatment(job)
        for chunk in chunks:
            yield chunk, treat_chunk(treatment, chunk)
    else:
        yield from _pooled(job, chunks, workers)


@dataclass(slots=True)
class _Task:
    """A chunk with a worker, or back from it."""

    chunk: Chunk
    outcome: Outcome | None = None


def _pooled(job: Job, chunks: Iterator[Chunk], workers: int) -> Outcomes:
    pool = _Pool(job, workers)
    # In the order of the file; the first one may be waited for while later ones are done.
    tasks: deque[_Task] = deque()
    held = 0
    try:
        for chunk in chunks:
            size = chunk.size
            while tasks and (
                not pool.free or len(tasks) >= 4 * workers or held + size > HELD
            ):  # fmt: skip
                if tasks[0].outcome is None:
                    pool.collect()
                else:
                    held -= tasks[0].chunk.size
                    yield _finished(tasks.popleft())
            tasks.append(task := _Task(chunk))
            pool.give(task)
            held += size
        while tasks:
            if tasks[0].outcome is None:
                pool.collect()
            else:
                yield _finished(tasks.popleft())
    finally:
        pool.close()


def _finished(task: _Task) -> tuple[Chunk, Outcome]:
    assert task.outcome is not None
    return task.chunk, task.outcome


class _Pool:
    """Worker processes, each with a pipe of its own and one task at a time.

    So neither end ever waits to write while the other does too, a dead worker is an end of file
    here, and so is our death for the workers: nobody is left behind. (With the pool of
    `concurrent.futures` a worker's death hangs up the others before Python 3.12, gh-94777, and
    ours leaves them waiting for ever.)
    """

    def __init__(self, job: Job, workers: int) -> None:
        # Imported here, since a single document should not pay for it. spawn: the one way to
        # start a process that is the same, and safe, everywhere.
        from multiprocessing import connection, get_context

        self._context = get_context("spawn")
        self._wait = connection.wait
        self._job = job
        self._workers = workers
        self._processes: list[SpawnProcess] = []
        self._idle: list[Connection] = []
        self._busy: dict[Connection, _Task] = {}

    @property
    def free(self) -> bool:
        """Whether there is a worker with nothing to do, or may be one."""
        return bool(self._idle) or len(self._processes) < self._workers

    def give(self, task: _Task) -> None:
        """Sends a task to a worker that is free."""
        if not self._idle:
            self._start()
        pipe = self._idle.pop()
        self._busy[pipe] = task
        with _mortal():
            pipe.send(task.chunk)

    def collect(self) -> None:
        """Waits for a worker to be done, and takes the outcomes of those that are."""
        for pipe in cast("list[Connection]", self._wait(list(self._busy))):
            with _mortal():
                self._busy[pipe].outcome = pipe.recv()
            del self._busy[pipe]
            self._idle.append(pipe)

    def close(self) -> None:
        """Ends the workers, whatever they are at."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.join()
        for pipe in (*self._idle, *self._busy):
            pipe.close()

    def _start(self) -> None:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_work, args=(theirs, self._job), daemon=True)
        with _interrupts_blocked():
            process.start()
            self._processes.append(process)
            self._idle.append(ours)
        theirs.close()


@contextmanager
def _mortal() -> Iterator[None]:
    """What a pipe raises when there is nobody at its other end, as `WorkerDiedError`."""
    try:
        yield
    except (EOFError, OSError):
        raise WorkerDiedError("a worker process died; is there too little memory?") from None


def _work(pipe: Connection, job: Job) -> None:
    """What a worker does, until there is nobody to do it for."""
    # Where signals cannot be blocked, it hears of Ctrl-C, which is the command's to handle.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    treatment = Treatment(job)
    with suppress(EOFError, OSError):
        while True:
            pipe.send(treat_chunk(treatment, pipe.recv()))


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Processes started within never see Ctrl-C, which the terminal sends to all of them; the
    main one gets it afterwards. A handler would come too late for one that is just starting.
    """
    mask: Callable[..., Any] | None = getattr(signal, "pthread_sigmask", None)  # not on Windows
    if mask is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = mask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        mask(signal.SIG_SETMASK, before)
