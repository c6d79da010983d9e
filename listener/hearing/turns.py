"""Whose turn it is: no host gets more than its share, none waits behind another's queue.

What was slow last time waits apart: it may take only a part of what runs at once, and of its
host only what is left over by one. So what hangs again delays nothing that answers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from heapq import heappop, heappush
from typing import Generic, TypeVar

T = TypeVar("T")

NEVER = float("inf")
_IDLE, _READY, _PARKED = range(3)


class _Line(Generic[T]):
    """What waits for one host, and how many of it run; nothing of it begins before `rests_until`."""

    __slots__ = ("gap", "host", "quick", "rests_until", "running", "slow", "slow_running", "state", "watched")

    def __init__(self, host: Hashable) -> None:
        self.host = host
        self.quick: deque[T] = deque()
        self.slow: deque[T] | None = None
        self.running = self.slow_running = 0
        self.gap = self.rests_until = 0.0
        self.state = _IDLE
        self.watched = False  # stands among those that rest


class Turns(Generic[T]):
    """Waiting things by host; at most `at_once` run, `per_host` of them to one host.

    `most_slow` of those that run may be slow ones. Times are seconds of one clock, which
    whoever asks brings along.
    """

    def __init__(self, at_once: int, per_host: int, most_slow: int | None = None) -> None:
        self._at_once, self._per_host = at_once, per_host
        self._most_slow = at_once if most_slow is None else most_slow
        self._lines: dict[Hashable, _Line[T]] = {}
        self._ready: deque[_Line[T]] = deque()
        self._parked: deque[_Line[T]] = deque()  # only slow things wait there, and too many of them run
        self._resting: list[tuple[float, int, _Line[T]]] = []
        self._all = self._slow = self._number = 0

    @property
    def due_at(self) -> float:
        """When the first of the hosts that rest may go on."""
        return self._resting[0][0] if self._resting else NEVER

    def add(self, host: Hashable, thing: T, *, gap: float = 0.0, slow: bool = False) -> None:
        """Let it wait its turn; `gap` is the least time between two beginnings of its host."""
        line = self._lines.get(host)
        if line is None:
            line = self._lines[host] = _Line(host)
        line.gap = gap
        if not slow:
            line.quick.append(thing)
        elif line.slow is None:
            line.slow = deque((thing,))
        else:
            line.slow.append(thing)
        if line.state == _PARKED and not slow:
            self._parked.remove(line)
            line.state = _IDLE
        self._line_up(line)

    def begin(self, host: Hashable) -> bool:
        """Whether a quick thing may begin at once, for nobody waits: then it runs from now on."""
        if self._ready or self._all >= self._at_once or host in self._lines:
            return False
        line = self._lines[host] = _Line(host)
        line.running = 1
        self._all += 1
        return True

    def next(self, now: float = 0.0) -> T | None:
        """Return what may begin now, taking the hosts in turn; None where all have to wait."""
        self._rested(now)
        while self._ready and self._all < self._at_once:
            line = self._ready.popleft()
            line.state = _IDLE
            if line.rests_until > now:
                self._watch(line)
                continue
            if line.quick:
                thing = line.quick.popleft()
            elif line.slow and self._slow < self._most_slow:
                thing = line.slow.popleft()
                line.slow_running += 1
                self._slow += 1
            else:
                line.state = _PARKED
                self._parked.append(line)
                continue
            self._all += 1
            line.running += 1
            if line.gap:
                line.rests_until = max(line.rests_until, now + line.gap)
            self._line_up(line)
            return thing
        return None

    def over(self, host: Hashable, *, slow: bool = False) -> None:
        """Say that one of the host's has ended."""
        line = self._lines[host]
        self._all -= 1
        line.running -= 1
        if slow:
            line.slow_running -= 1
            self._slow -= 1
            if self._parked:
                freed = self._parked.popleft()
                freed.state = _IDLE
                self._line_up(freed)
        self._line_up(line)
        self._drop(line)

    def hold(self, host: Hashable, until: float) -> list[T]:
        """Let the host rest; return what waits for it, which waits here no longer."""
        line = self._lines.get(host)
        if line is None:
            line = self._lines[host] = _Line(host)
        line.rests_until = max(line.rests_until, until)
        waiting = [*line.quick, *(line.slow or ())]
        line.quick.clear()
        line.slow = None
        if line.state == _READY:
            self._ready.remove(line)
        elif line.state == _PARKED:
            self._parked.remove(line)
        line.state = _IDLE
        self._watch(line)
        return waiting

    def rests_until(self, host: Hashable) -> float:
        line = self._lines.get(host)
        return line.rests_until if line is not None else 0.0

    def rest(self) -> list[T]:
        """Return all that waits."""
        return [thing for line in self._lines.values() for thing in (*line.quick, *(line.slow or ()))]

    def _line_up(self, line: _Line[T]) -> None:
        """Let the host have a turn, if something of it may begin."""
        if line.state != _IDLE or line.running >= self._per_host:
            return
        if line.quick or (line.slow and (not line.slow_running or line.slow_running < self._per_host - 1)):
            line.state = _READY
            self._ready.append(line)

    def _watch(self, line: _Line[T]) -> None:
        if not line.watched:
            line.watched = True
            self._number += 1
            heappush(self._resting, (line.rests_until, self._number, line))

    def _rested(self, now: float) -> None:
        """Let those go on that have rested."""
        while self._resting and self._resting[0][0] <= now:
            line = heappop(self._resting)[2]
            line.watched = False
            if line.rests_until > now:
                self._watch(line)
            else:
                line.rests_until = 0.0
                self._line_up(line)
                self._drop(line)

    def _drop(self, line: _Line[T]) -> None:
        """Forget a host that has nothing more to say; one that rests is remembered until it has rested."""
        if line.running or line.state != _IDLE or line.quick or line.slow:
            return
        if line.rests_until:
            self._watch(line)
        else:
            self._lines.pop(line.host, None)
