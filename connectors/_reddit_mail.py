"""Reddit by mail: what a keyword-alert service such as F5Bot finds there and sends to a mailbox.

It tells of what holds a keyword and of nothing else, and nobody can say what it missed: so no
time is called heard on this rung. The links carry the fullnames, as the other rungs have them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from connectors import Call, Conversation, Mention, Page
from connectors._dates import from_seconds
from connectors._imap import Mail, Taken, place, take, written
from connectors._mail import F5BOT, LINKS, form_of, letter, split
from connectors._reddit import age

if TYPE_CHECKING:
    from connectors.reddit import Options

BEFORE_SECONDS = 86_400


def by_mail(options: Options, held: Mapping[str, Any], last_ok: float) -> Conversation:
    """Read the mails on; on the first visit those since a day before `last_ok`, seconds since 1970."""
    answer = yield Call(take, (options.box, place(held.get("place"))))
    taken: Taken = answer.value
    first = _first(held, last_ok)
    found: dict[str, Mention] = {}
    spoiled = taken.too_large
    for mail in taken.mails:
        try:
            found |= {one.id: one for one in _mentions(options, mail, taken.at) if _is_after(one, first)}
        except ValueError:
            spoiled += 1
    after = {"place": written(taken.place), "first": first if taken.more else 0.0}
    return Page(tuple(sorted(found.values(), key=age)), json.dumps(after), spoiled, more=taken.more)


def _first(held: Mapping[str, Any], last_ok: float) -> float:
    """Return from when on mails tell of something new: all do, once those of the first visit are read."""
    if not held.get("place"):
        return last_ok - BEFORE_SECONDS
    first = held.get("first")
    return float(first) if isinstance(first, int | float) else 0.0


def _mentions(options: Options, mail: Mail, now: float) -> Iterator[Mention]:
    read = letter(mail.body, mail.got_at, from_seconds(now))
    for mention in split(read, F5BOT if form_of(read) == F5BOT else LINKS):
        is_wanted = mention.id.startswith("t3_") or (options.comments and mention.id.startswith("t1_"))
        if is_wanted and _is_here(options, mention.url):
            yield mention


def _is_here(options: Options, url: str) -> bool:
    wanted = set(options.subreddit.lower().split("+"))
    found = re.match(r"/r/([A-Za-z0-9_]{2,50})/", urlsplit(url).path)
    return bool({"all", "popular"} & wanted) or (found is not None and found[1].lower() in wanted)


def _is_after(mention: Mention, first: float) -> bool:
    return mention.published_at is None or mention.published_at.timestamp() >= first
