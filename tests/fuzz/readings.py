"""What is done with each body: our readings, and feedparser's own count, importable by a child."""

import io
from datetime import timedelta

from connectors import ConnectorError
from connectors._feed import feedparser_entries, mentions, parse
from connectors._hurry import Overdue, within

BASE = "https://base.example/feed"
LONG = timedelta(seconds=6)
ABSURD = -1


def ours(body, kind, patient):
    """Return the mentions of a body, or None where it is said to be no feed.

    `patient(body, kind)` reads what the quick reader won't. Any error but a ConnectorError comes through.
    """
    try:
        feed = within(LONG, lambda: parse(body, kind))
        if feed is None:
            feed = patient(body, kind)
        return None if feed is None else within(LONG, lambda: mentions(feed, BASE)[0])
    except ConnectorError:
        return None


def patient(body, kind):
    return within(LONG, lambda: feedparser_entries(body, kind))


def theirs(body, kind):
    """Return how many entries feedparser finds, ABSURD where it raises, takes too long or sees no feed."""
    import feedparser

    try:
        read = within(timedelta(seconds=1), lambda: _parsed(feedparser, body, kind))
    except Overdue:
        return ABSURD
    except Exception:
        return ABSURD
    return len(read["entries"]) if read.get("version") else ABSURD


def _parsed(feedparser, body, kind):
    headers = {"content-type": kind} if kind else {}
    return feedparser.parse(io.BytesIO(body), response_headers=headers)
