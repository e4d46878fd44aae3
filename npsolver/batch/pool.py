"""Local worker processes: chunks out, messages in, and what happens when a worker dies or does not come back."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from time import monotonic, sleep

from npsolver.batch.worker import work
from npsolver.case.study import Study
from npsolver.errors import InputError, NpsolverError

CHUNK_SECONDS = 0.25  # of work in one message: long against a pipe, short against the patience of a user
LARGEST_CHUNK = 256
PAUSE = 0.05  # s between looks at the messages while all workers have enough to do: looking costs them a processor
GRACE = 2.0  # s that a worker may overrun a time limit before it is killed


@dataclass
class _Worker:
    process: multiprocessing.process.BaseProcess
    pipe: object
    waiting: deque = field(default_factory=deque)  # members handed out and not reported
    chunks: int = 0
    since: float = 0.0  # when the present member began
    stopping: bool = False


class Pool:
    """`jobs` processes that write their own shards.

    Parameters
    ----------
    study : Study
    directory : str
    make_solver : callable () -> callable (case, position)
        Called once in every worker.
    jobs : int
    seconds : float, optional
        Limit per member.
    memory : int, optional
        Bytes by which a worker may grow.
    lost : callable (index, status, message)
        Records a member whose worker died or had to be killed.
    """

    def __init__(self, study: Study, directory: str, make_solver: Callable, jobs: int, seconds, memory, lost: Callable):
        self.study, self.directory, self.make_solver, self.jobs = study, directory, make_solver, jobs
        self.seconds, self.memory, self.lost = seconds, memory, lost
        # forked workers share what is imported and the study itself, and start at once; elsewhere that is not safe
        self.context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
        self.workers: list[_Worker] = []
        self.mean = 0.0
        self.stopped = False

    def run(self, indices: Sequence[int]) -> Iterator[tuple[int, str, float, str]]:
        """Yield (index, status, seconds, message) as members finish, and None now and then while nothing does."""
        todo, position = indices, 0
        returned: deque = deque()

        def take() -> list[int]:
            nonlocal position
            left = len(todo) - position + len(returned)
            size = 1 if not self.mean else int(CHUNK_SECONDS / self.mean)
            size = max(1, min(size, LARGEST_CHUNK, left // (2 * self.jobs) or 1))
            chunk = [returned.popleft() for _ in range(min(size, len(returned)))]
            more = [int(i) for i in todo[position : position + size - len(chunk)]]
            position += len(more)
            return chunk + more

        def feed(worker: _Worker) -> None:
            while worker.chunks < 2 and not self.stopped and (chunk := take()):
                worker.chunks += 1
                if not worker.waiting:
                    worker.since = monotonic()
                worker.waiting.extend(chunk)
                _send(worker, chunk)
            if not worker.waiting and not worker.stopping:
                worker.stopping = True
                _send(worker, None)

        try:
            self.workers = []
            for _ in range(min(self.jobs, len(todo))):
                self.workers.append(self._start())
            for worker in self.workers:
                feed(worker)
            while self.workers:
                sleep(self._pause())
                ready = wait([w.pipe for w in self.workers] + [w.process.sentinel for w in self.workers], timeout=0.2)
                for worker in [w for w in self.workers if w.pipe in ready or w.process.sentinel in ready]:
                    dead = not worker.process.is_alive()  # asked before its last messages are read
                    for message in _messages(worker.pipe):
                        if message[0] == "fatal":
                            raise (InputError if message[1] == "input" else NpsolverError)(message[2])
                        if message[0] == "idle":
                            worker.chunks -= 1
                            feed(worker)
                            continue
                        worker.waiting.popleft()
                        worker.since = monotonic()
                        self.mean = message[3] if not self.mean else 0.95 * self.mean + 0.05 * message[3]
                        yield message[1:]
                    if dead:
                        yield from self._buried(worker, returned)
                        if (returned or position < len(todo)) and not self.stopped and not worker.stopping:
                            self.workers.append(self._start())
                            feed(self.workers[-1])
                yield from self._overdue(returned)
                if not ready:
                    yield None
        finally:
            self.kill()

    def _pause(self) -> float:
        """Seconds for which no worker runs out of members (half of what they have, to be sure)."""
        least = min((len(worker.waiting) for worker in self.workers), default=0)
        return 0.0 if self.stopped else min(PAUSE, 0.5 * self.mean * max(least - 1, 0))

    def stop(self) -> None:
        """Let every worker finish its present member and no more."""
        self.stopped = True
        for worker in self.workers:
            if worker.process.is_alive():
                os.kill(worker.process.pid, signal.SIGTERM)
                worker.stopping = True
                _send(worker, None)

    def kill(self) -> None:
        """End all workers at once."""
        for worker in self.workers:
            if worker.process.is_alive():
                worker.process.kill()
        for worker in self.workers:
            worker.process.join()
            worker.pipe.close()
        self.workers = []

    def _start(self) -> _Worker:
        ours, theirs = self.context.Pipe()
        # with fork a child inherits every open end; it must close those of the parent
        inherited = [w.pipe for w in self.workers] + [ours] if self.context.get_start_method() == "fork" else []
        arguments = (self.study, self.directory, self.make_solver, theirs, inherited, self.seconds, self.memory)
        process = self.context.Process(target=work, args=arguments, daemon=True)
        process.start()
        theirs.close()
        return _Worker(process, ours, since=monotonic())

    def _buried(self, worker: _Worker, returned: deque) -> Iterator[tuple[int, str, float, str]]:
        """Take the work of a dead worker back; the member it died of, if any, gets a record of its own."""
        worker.process.join()
        self.workers.remove(worker)
        worker.pipe.close()
        code = worker.process.exitcode
        if worker.waiting and code and not self.stopped and not worker.stopping:
            index = worker.waiting.popleft()
            reason = signal.Signals(-code).name if code < 0 else f"exit code {code}"
            message = f"its process ended ({reason})"
            self.lost(index, "crashed", message)
            yield index, "crashed", 0.0, message
        returned.extend(worker.waiting)
        worker.waiting.clear()

    def _overdue(self, returned: deque) -> Iterator[tuple[int, str, float, str]]:
        """Kill workers that did not notice that their time is over (deep inside a library)."""
        if self.seconds is None:
            return
        for worker in list(self.workers):
            if worker.waiting and monotonic() - worker.since > 1.2 * self.seconds + GRACE:
                worker.process.kill()
                worker.process.join()
                last = [message for message in _messages(worker.pipe) if message[0] == "done"]
                for message in last:
                    worker.waiting.popleft()
                    yield message[1:]
                if not last:
                    index, message = worker.waiting.popleft(), f"took longer than {self.seconds:g} s and was killed"
                    self.lost(index, "time-limit", message)
                    yield index, "time-limit", self.seconds, message
                self.workers.remove(worker)
                worker.pipe.close()
                returned.extend(worker.waiting)
                if not self.stopped and returned:
                    self.workers.append(self._start())
                    replacement = self.workers[-1]
                    chunk = [returned.popleft() for _ in range(len(returned))]
                    replacement.chunks, replacement.waiting, replacement.since = 1, deque(chunk), monotonic()
                    _send(replacement, chunk)


def _send(worker: _Worker, message) -> None:
    try:
        worker.pipe.send(message)
    except OSError:  # it died; its sentinel tells the loop, which takes the work back
        return


def _messages(pipe) -> Iterator[tuple]:
    """What has arrived; an end of file is left to the sentinel of the process."""
    try:
        while pipe.poll():
            yield pipe.recv()
    except (EOFError, OSError):
        return
