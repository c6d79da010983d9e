"""Reading JSON that may be anything: what has another shape than documented is as good as absent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import Any

from connectors._contract import Mention, SourceGarbled
from connectors._text import link

LONGEST_ID = 250
LONGEST_TOKEN = 1_000


def string(value: object) -> str:
    return value if isinstance(value, str) else ""


def whole(value: object) -> int | None:
    """Return a count or an id as a number: those above zero that a database can hold."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 18:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**62:
        return None
    return value


def part(value: object, *path: str) -> dict[str, Any]:
    """Return the object that stands at a path of names, an empty one where none does."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def items(place: str, answer: object, *names: str) -> list[Any]:
    """Return the list that stands under one of the names; raise SourceGarbled where none does."""
    for name in names:
        if isinstance(answer, dict) and isinstance(answer.get(name), list):
            found: list[Any] = answer[name]
            return found
    raise SourceGarbled(f"{place}: the answer has no list of {' or '.join(names)}")


def identity(text: str) -> str:
    """Return a text that stands for itself as an id: too long or odd ones by their digest."""
    text = text.strip()
    if len(text) <= LONGEST_ID and text.isascii() and text.isprintable():
        return text
    return blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()


def token(value: object) -> str:
    """Return what a server gave to ask for the next page with, nothing where it cannot be sent back."""
    text = string(value)
    return text if len(text) <= LONGEST_TOKEN and text.isascii() and text.isprintable() else ""


def readable(found: Iterable[Any], read: Callable[[Any], Mention | None]) -> tuple[tuple[Mention, ...], int]:
    """Return the mentions made of the items, and how many could not be read."""
    mentions, spoiled = [], 0
    for item in found:
        mention = read(item) if isinstance(item, dict) else None
        if mention is None:
            spoiled += 1
        else:
            mentions.append(mention)
    return tuple(mentions), spoiled


def address(name: str, url: str) -> None:
    """Raise ValueError where an option holds no http(s) address."""
    if not link(url) or "?" in url or "#" in url:
        raise ValueError(f"{name} must be an http(s) address without ? and #, not {url[:200]!r}")
