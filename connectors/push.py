"""What others send us: for every place that no kind of ours can ask.

The status page takes a signed `POST /mentions/NAME` and hands its body to `read`; how it is
signed is told in the README. Nothing is asked: a visit brings an empty page. The body is JSON
(one object or a list of them), NDJSON or CSV with the columns of `listener import`. A row
without an `id` is known by its words, so the same body sent again adds nothing.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from typing import Any

from pydantic import SecretStr

from connectors import Conversation, Mention, Page, SourceGarbled
from connectors._rows import Lines, Row, RowsError, header, mention, ndjson, table

MOST_ITEMS = 5_000
MOST_BYTES = 5_000_000
SHORTEST_SECRET = 16

JSON, NDJSON, CSV = "json", "ndjson", "csv"
_FORMS = {
    "application/json": JSON,
    "text/json": JSON,
    "application/x-ndjson": NDJSON,
    "application/ndjson": NDJSON,
    "application/jsonl": NDJSON,
    "application/x-jsonlines": NDJSON,
    "application/json-lines": NDJSON,
    "text/csv": CSV,
    "application/csv": CSV,
}
_CHARSETS = (
    "utf-8",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "cp1250",
    "cp1252",
    "iso8859-1",
    "iso8859-2",
    "ascii",
)


class TooMuch(SourceGarbled):
    """More than is taken at once: the sender has to cut it up."""


class UnknownForm(SourceGarbled):
    """The body says that it is something we don't read."""


@dataclass(frozen=True, slots=True)
class Options:
    """`secret` signs what is sent; whoever has it may send."""

    secret: SecretStr

    def __post_init__(self) -> None:
        if len(self.secret.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(f"secret must have {SHORTEST_SECRET} characters or more, better 32 random ones")


def fetch(options: Options, cursor: str | None) -> Conversation:
    """Ask nothing, bring nothing: what comes, comes by itself."""
    yield from ()
    return Page((), cursor)


def read(body: bytes, content_type: str) -> Page:
    """Return the mentions of a body, oldest first; what cannot be read of it is counted.

    Raises UnknownForm, TooMuch, or SourceGarbled where it isn't what it says it is.
    """
    form, charset = _form(content_type)
    if len(body) > MOST_BYTES:
        raise TooMuch(f"more than {MOST_BYTES} bytes")
    found: dict[str, Mention] = {}
    spoiled = 0
    for number, row in enumerate(_rows(_decoded(body, charset), form), 1):
        if number > MOST_ITEMS:
            raise TooMuch(f"more than {MOST_ITEMS} items at once")
        try:
            if row.value is None:
                raise ValueError(row.why)
            one = mention(row.value)
            found[one.id] = one
        except ValueError:
            spoiled += 1
    return Page(tuple(sorted(found.values(), key=_age)), None, spoiled)


def _form(content_type: str) -> tuple[str, str]:
    kind, *parameters = (part.strip() for part in content_type.lower().split(";"))
    form = _FORMS.get(kind)
    if form is None:
        raise UnknownForm("the content type must be application/json, application/x-ndjson or text/csv")
    named = dict(part.partition("=")[::2] for part in parameters)
    charset = named.get("charset", "utf-8").strip('"')
    try:
        known = codecs.lookup(charset).name
    except (LookupError, ValueError):
        known = ""
    if known not in _CHARSETS:
        raise UnknownForm(f"the charset must be utf-8, not {charset[:40]!r}")
    return form, known


def _decoded(body: bytes, charset: str) -> str:
    """Return the text; what is no letter in it stays to spoil the one item that it stands in."""
    handler = "surrogatepass" if charset.startswith("utf-16") else "surrogateescape"
    try:
        return body.decode(charset, handler).removeprefix("\ufeff")
    except ValueError as error:
        raise SourceGarbled(f"the body is not {charset}") from error


def _rows(text: str, form: str) -> Iterator[Row]:
    if form == NDJSON:
        return ndjson(StringIO(text, newline=""))
    if form == JSON:
        return _items(text)
    source = Lines(StringIO(text, newline=""))
    try:
        return table(source, header(source))
    except RowsError as error:
        raise SourceGarbled(f"this is not the CSV that is taken here: {error}") from error


def _items(text: str) -> Iterator[Row]:
    try:
        value = json.loads(text, parse_int=_int)
    except (ValueError, RecursionError) as error:
        raise SourceGarbled(f"this is not JSON: {str(error)[:120]}") from error
    if not isinstance(value, list | dict):
        raise SourceGarbled("the JSON must be an object, or a list of objects")
    for number, item in enumerate(value if isinstance(value, list) else [value], 1):
        yield Row(number, item) if isinstance(item, dict) else Row(number, None, "not a JSON object")


def _int(digits: str) -> Any:
    # A number too long for int() would cost the whole body, and not its item only.
    return int(digits) if len(digits) <= 20 else digits


def _age(found: Mention) -> tuple[Any, str]:
    return found.published_at, found.id
