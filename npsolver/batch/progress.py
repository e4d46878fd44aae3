"""How far a sweep is, how fast, and how long it will take."""

from __future__ import annotations

from collections import Counter, deque
from time import monotonic

from npsolver.output.shards import CONVERGED

INTERVAL = 0.2  # s between reports
WINDOW = 30.0  # s over which the rate is taken


class Progress:
    """Counts of a running sweep.

    Attributes
    ----------
    total, done, failed : int
    """

    def __init__(self, total: int):
        self.total, self.done, self.failed = total, 0, 0
        self.counts: Counter = Counter()
        self._start = self._reported = monotonic()
        self._recent: deque = deque([(self._start, 0)])

    def add(self, status: str) -> None:
        self.done += 1
        self.failed += status != CONVERGED
        self.counts[status] += 1

    @property
    def elapsed(self) -> float:
        return monotonic() - self._start

    def due(self) -> bool:
        """Whether it is time for a report."""
        now = monotonic()
        if now - self._reported < INTERVAL:
            return False
        self._reported = now
        self._recent.append((now, self.done))
        while len(self._recent) > 2 and now - self._recent[0][0] > WINDOW:
            self._recent.popleft()
        return True

    @property
    def rate(self) -> float:
        """Members per second, lately."""
        (before, count), now = self._recent[0], monotonic()
        return (self.done - count) / (now - before) if now > before else 0.0

    def line(self) -> str:
        """``532/1000  53 %  104/s  4 s left  2 failed``."""
        words = [f"{self.done}/{self.total}", f"{100 * self.done // self.total} %"]
        if self.rate > 0.0:
            words.append(f"{self.rate:.3g}/s")
            words.append(f"{duration((self.total - self.done) / self.rate)} left")
        if self.failed:
            words.append(f"{self.failed} failed")
        return "  ".join(words)


def duration(seconds: float) -> str:
    """``"42 s"``, ``"3 min 10 s"``, ``"2 h 05 min"``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
