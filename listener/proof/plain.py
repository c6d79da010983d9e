"""Values as JSON keeps them, and back: whatever a verdict rested on can be handed to the judge once more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from pydantic import BaseModel

from listener.store.times import moment, text

SECONDS, AT = "seconds", "at"
# What hand-edited values make of the code that reads them.
DAMAGED = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError)

Made = TypeVar("Made")


def plain(value: Any) -> Any:
    """Return a value as JSON has it; durations and moments say what they are."""
    if isinstance(value, timedelta):
        return {SECONDS: value.total_seconds()}
    if isinstance(value, datetime):
        return {AT: text(value)}
    if isinstance(value, BaseModel):
        return {name: plain(getattr(value, name)) for name in type(value).model_fields}
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def made(kind: type[Made], kept: Any) -> Made:
    """Return the dataclass that `plain` took apart; what this version does not know is left out.

    Raise one of DAMAGED where it cannot be made of that.
    """
    names = {each.name for each in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: _thawed(item) for name, item in kept.items() if name in names})


def lacking(kind: type[Any], kept: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the fields that must be given and are not there."""
    needed = (f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING)
    return tuple(name for name in needed if name not in kept)


def _thawed(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) == {SECONDS}:
            return timedelta(seconds=value[SECONDS])
        if set(value) == {AT}:
            return moment(value[AT])
        return {name: _thawed(item) for name, item in value.items()}
    return tuple(_thawed(item) for item in value) if isinstance(value, list) else value
