"""Hearing: the one who holds the conversations of the connectors, and when to hold them again.

`Ears` is imported when it is first asked for: the sandbox's children live in this package
too, and have no use for a web client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from listener.hearing.backoff import SURELY_REFUSED, clamped, next_pace, next_visit
from listener.hearing.visit import Outcome, Validators, Visit

if TYPE_CHECKING:
    from listener.hearing.driver import Ears
    from listener.hearing.transfer import Limits

__all__ = [
    "SURELY_REFUSED",
    "Ears",
    "Limits",
    "Outcome",
    "Validators",
    "Visit",
    "clamped",
    "next_pace",
    "next_visit",
]


def __getattr__(name: str) -> Any:
    if name == "Ears":
        from listener.hearing.driver import Ears

        return Ears
    if name == "Limits":
        from listener.hearing.transfer import Limits

        return Limits
    raise AttributeError(name)
