"""Library calls that wait by themselves: a few threads, and nobody waits for one for ever.

A thread can't be killed. So a call that is overdue is given up: whoever asked is told, the
thread is left to end when it will, and its place is taken by another, up to a bound.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Any

from connectors import SourceUnavailable

Done = Callable[[Any, BaseException | None], None]

OVERDUE = timedelta(seconds=60)
MOST_LOST = 16


@dataclass(slots=True, eq=False)
class _Job:
    function: Callable[..., Any]
    args: tuple[Any, ...]
    done: Done
    due_at: float
    running: bool = False
    open: bool = True


class Calls:
    """Runs functions, `at_once` at a time; `run` may be called from any thread."""

    def __init__(self, name: str, at_once: int, overdue: timedelta = OVERDUE) -> None:
        self._name, self._at_once, self._overdue = name, at_once, overdue
        self._waiting: deque[_Job] = deque()
        self._open: set[_Job] = set()
        self._running = self._lost = 0
        self._closing = False
        self._change = threading.Condition()
        self._watch: threading.Thread | None = None

    def run(self, function: Callable[..., Any], args: tuple[Any, ...], done: Done) -> None:
        """Call the function on a thread of its own; `done` gets its value or what it raised, once."""
        job = _Job(function, args, done, monotonic() + self._overdue.total_seconds())
        with self._change:
            self._open.add(job)
            self._waiting.append(job)
            if self._watch is None:
                self._watch = threading.Thread(
                    target=self._keep_watch, name=f"{self._name}-watch", daemon=True
                )
                self._watch.start()
            self._change.notify()
            self._start()

    def close(self) -> None:
        """Give up what is under way."""
        with self._change:
            self._closing = True
            self._change.notify()
        if self._watch is not None:
            self._watch.join(5)

    def _start(self) -> None:
        """Start what may start; the lock is held."""
        while self._waiting and self._running < self._at_once and self._lost < MOST_LOST:
            job = self._waiting.popleft()
            job.running = True
            self._running += 1
            threading.Thread(target=self._work, args=(job,), name=self._name, daemon=True).start()

    def _work(self, job: _Job) -> None:
        value, error = None, None
        try:
            value = job.function(*job.args)
        except BaseException as raised:  # even SystemExit from a library ends here, and is told
            error = raised
        with self._change:
            mine = self._settle(job)
            if mine:
                self._running -= 1
            else:
                self._lost -= 1
            self._start()
        if mine:
            job.done(value, error)

    def _settle(self, job: _Job) -> bool:
        """Whether nobody has answered for the job yet; from now on somebody has."""
        mine, job.open = job.open, False
        self._open.discard(job)
        return mine

    def _keep_watch(self) -> None:
        while True:
            with self._change:
                if self._closing:
                    late = list(self._open)
                else:
                    now = monotonic()
                    late = [job for job in self._open if job.due_at <= now]
                for job in late:
                    self._give_up(job)
                if not late and not self._closing:
                    due_at = min((job.due_at for job in self._open), default=None)
                    self._change.wait(None if due_at is None else max(due_at - monotonic(), 0.001))
            seconds = self._overdue.total_seconds()
            for job in late:
                job.done(None, SourceUnavailable(f"no answer within {seconds:g} s; it was given up"))
            if self._closing and not self._open:
                return

    def _give_up(self, job: _Job) -> None:
        self._settle(job)
        if job.running:
            self._running -= 1
            self._lost += 1
            self._start()
        else:
            self._waiting.remove(job)
