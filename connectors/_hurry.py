"""A time limit for code that knows none, in the main thread of a process.

The kernel's timer interrupts what runs, regular expressions included. A timer that was
already running goes on afterwards with what is left of it.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from typing import TypeVar

T = TypeVar("T")


class Overdue(BaseException):
    """The time is over; no Exception, so that no library takes it for one of its own."""


def within(limit: timedelta, work: Callable[[], T]) -> T:
    """Return what the work gives; raise Overdue after the limit. Outside of a main thread there is none."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        return work()
    began = monotonic()
    handler = signal.signal(signal.SIGALRM, _ring)
    left, _ = signal.setitimer(signal.ITIMER_REAL, limit.total_seconds())
    try:
        return work()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - (monotonic() - began), 0.01))


def _ring(*_: object) -> None:
    raise Overdue
