"""The ears: one file for each kind of place, and what they all speak."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import cast

from connectors._contract import (
    Answer,
    Ask,
    Call,
    Connector,
    ConnectorError,
    Conversation,
    Get,
    Mention,
    Page,
    Post,
    SourceGarbled,
    SourceRefused,
    SourceUnavailable,
)
from connectors._text import link, plain

__all__ = [
    "Answer",
    "Ask",
    "Call",
    "Connector",
    "ConnectorError",
    "Conversation",
    "Get",
    "Mention",
    "Page",
    "Post",
    "SourceGarbled",
    "SourceRefused",
    "SourceUnavailable",
    "kinds",
    "link",
    "load",
    "plain",
]


def kinds() -> tuple[str, ...]:
    """Return the names a source's `kind` may have: the plain file names of this folder."""
    return tuple(sorted(m.name for m in iter_modules(__path__) if not m.name.startswith("_")))


def load(kind: str) -> Connector:
    """Return the connector of that name; raise KeyError where there is none."""
    if kind not in kinds():
        raise KeyError(kind)
    return cast(Connector, import_module(f"connectors.{kind}"))
