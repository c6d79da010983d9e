"""GDELT's DOC 2.0 API: what it is asked, and what its answers say.

API: https://blog.gdeltproject.org/gdelt-doc-2-0-api-debuts/. 250 articles an ask, one ask in five
seconds; refusals come in words, with a 200.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors._contract import Answer, Get, Mention, SourceRefused, SourceUnavailable
from connectors._gkg import slot
from connectors._shapes import identity, items, part, string
from connectors._text import link, plain

MOST_ROWS = 250
PAUSE = timedelta(seconds=5)

_SEEN = re.compile(r"(\d{8})T?(\d{6})Z?")
_SPOKEN = {"English": "en", "Polish": "pl", "German": "de", "French": "fr", "Spanish": "es", "Italian": "it"}


def query(address: str, words: tuple[str, ...], start: int) -> Get:
    """Ask for the articles seen from `start` (seconds since 1970) on; for the newest where it is 0."""
    named = [f'"{word}"' if " " in word else word for word in words]
    params: dict[str, str | int] = {
        "query": f"({' OR '.join(named)})" if len(named) > 1 else named[0],
        "mode": "artlist",
        "format": "json",
        "maxrecords": MOST_ROWS,
        "sort": "dateasc" if start else "datedesc",
    }
    if start:
        params["startdatetime"] = datetime.fromtimestamp(start, UTC).strftime("%Y%m%d%H%M%S")
    return Get(address, params)


def rows(answer: Answer) -> list[Any]:
    """Return the articles of an answer; raise what it says in words instead."""
    body = answer.body.strip()
    if body == b"{}":  # how it says that there is nothing
        return []
    if not body.startswith(b"{"):  # and what it says of a wrong query, with a 200
        said = plain(body[:300].decode("utf-8", "replace"))
        if "limit" in said.lower():
            raise SourceUnavailable(f"GDELT: {said}", 2 * PAUSE)
        raise SourceRefused(f"GDELT: {said}")
    return items("GDELT", answer.json(), "articles")


def article(row: Any) -> Mention | None:
    """Return what an article is, None where it lacks address, title or time."""
    row = part(row)
    url, title = link(string(row.get("url"))), plain(string(row.get("title")), 1_000)
    seen = _SEEN.fullmatch(string(row.get("seendate")))
    at = slot(seen[1] + seen[2]) if seen else None
    if not url or not title or at is None:
        return None
    return Mention(
        identity(url), url, "", "", at, title, language=_SPOKEN.get(string(row.get("language")), "")
    )
