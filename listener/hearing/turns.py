"""Whose turn it is: no host gets more than its share, none waits behind another's queue."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Turns(Generic[T]):
    """Waiting things by host; at most `at_once` run, `per_host` of them to one host."""

    def __init__(self, at_once: int, per_host: int) -> None:
        self._at_once, self._per_host = at_once, per_host
        self._waiting: dict[Hashable, deque[T]] = {}
        self._running: dict[Hashable, int] = {}
        self._next: deque[Hashable] = deque()  # hosts that wait and are not at their limit
        self._all = 0

    def add(self, host: Hashable, thing: T) -> None:
        line = self._waiting.get(host)
        if line is not None:
            line.append(thing)
            return
        self._waiting[host] = deque((thing,))
        if self._running.get(host, 0) < self._per_host:
            self._next.append(host)

    def next(self) -> T | None:
        """Return what may begin now, taking the hosts in turn; None where all have to wait."""
        if not self._next or self._all >= self._at_once:
            return None
        host = self._next.popleft()
        line = self._waiting[host]
        thing = line.popleft()
        self._all += 1
        self._running[host] = running = self._running.get(host, 0) + 1
        if not line:
            del self._waiting[host]
        elif running < self._per_host:
            self._next.append(host)
        return thing

    def over(self, host: Hashable) -> None:
        """Say that one of the host's has ended."""
        self._all -= 1
        running = self._running[host] - 1
        if running:
            self._running[host] = running
        else:
            del self._running[host]
        if running == self._per_host - 1 and host in self._waiting:
            self._next.append(host)

    def rest(self) -> Iterator[T]:
        for line in self._waiting.values():
            yield from line
