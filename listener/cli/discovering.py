"""The verb that finds the feeds of a page: discover."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import click

from listener.cli.face import Context, bar, emit, json_option, stamp
from listener.config import ConfigError
from listener.discovery import Discovery, Finder, Found, address

LONGEST_NAME = 60
WAYS_ON = """\
What may still help:
  - the page of the section, forum or thread that you care for, instead of the front page;
  - a link or an orange symbol named RSS, Atom or "subscribe" on the page: its address is the feed's;
  - a news search: listener discover 'https://news.google.com/search?q={host}'"""


@click.command()
@click.argument("url")
@click.option("--private", is_flag=True, help="Allow addresses inside the network.")
@json_option
@click.pass_obj
def discover(context: Context, url: str, private: bool, as_json: bool) -> int:
    """Find the feeds of a page, try each, and print [[source]] tables to paste.

    URL is a page as you see it in a browser, or just the name of a site. What the page names, what
    is known of sites of its make (WordPress, Discourse, Mastodon, Lemmy, Reddit, Stack Exchange,
    YouTube, Google News …), and, failing that, where many sites keep feeds: all of it is asked
    for real, politely, and at most two dozen addresses. robots.txt is obeyed.

    \b
    listener discover example.org
    listener discover https://forum.example.org/c/support/7
    listener discover --json 'https://news.google.com/search?q=zabka&hl=pl&gl=PL&ceid=PL:pl'
    listener discover --private http://intranet.local/blog
    """
    if not (asked := address(url)):
        raise click.UsageError(f"{url!r} is no http or https address, such as https://example.org/blog")
    contact, taken = _configured(context)
    with Finder(contact, private=private) as finder, bar("trying") as advance:
        found = finder.discover(asked, lambda done, all_of_them: advance(1))
    emit(
        map(_row, found.feeds),
        as_json,
        ("title", "kind", "url", "entries", "newest", "every"),
        "no feed found",
    )
    for line in _said(found, private):
        print(line, file=sys.stderr)
    if found.feeds and not as_json:
        print("\nTo listen to them, paste into config.toml what you want:\n")
        print("\n".join(tables(found.feeds, taken, private=private)))
    return int(not found.feeds)


def tables(feeds: Iterable[Found], taken: Iterable[str] = (), *, private: bool = False) -> Iterator[str]:
    """Yield a [[source]] table for each feed, with a name that is not `taken`."""
    names = set(taken)
    for feed in feeds:
        names.add(name := _name(feed, names))
        yield f"[[source]]{_pace(feed)}"
        yield f"name = {_quoted(name)}"
        yield f"kind = {_quoted(feed.kind)}"
        yield f"url  = {_quoted(feed.url)}"
        if private:
            yield "private = true"
        yield ""


def _configured(context: Context) -> tuple[str, list[str]]:
    """Return the contact that sites are told, and the names in use; nothing where nothing is configured."""
    try:
        return context.settings.contact, [source.name for source in context.settings.sources]
    except ConfigError:
        return "", []


def _row(feed: Found) -> dict[str, Any]:
    return {
        "url": feed.url,
        "kind": feed.kind,
        "title": feed.title,
        "entries": feed.entries,
        "newest": stamp(feed.newest),
        "every": duration(feed.every),
    }


def _said(found: Discovery, private: bool) -> Iterator[str]:
    """Yield what a person should know beside the feeds, or why there are none."""
    if found.itself:
        yield "This address is a feed itself."
    if found.error:
        yield f"The page could not be read: {found.error}"
        if "private = true" in found.error and not private:
            yield "Here --private allows that."
    elif not found.feeds:
        yield f"{found.url} names no feed, and none answers at the {found.tried} addresses that were tried."
    if not found.feeds and not private:
        yield WAYS_ON.format(host=urlsplit(found.url).hostname)


def duration(gap: timedelta | None) -> str | None:
    """Return a span in its largest whole unit, as config.toml writes durations."""
    if gap is None:
        return None
    seconds = max(round(gap.total_seconds()), 1)
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= 2 * size or (seconds >= size and seconds % size == 0):
            return f"{round(seconds / size)}{unit}"
    return f"{seconds}s"


def _pace(feed: Found) -> str:
    every = duration(feed.every)
    return f"{' ' * 16}# an entry about every {every}" if every else ""


def _name(feed: Found, names: set[str]) -> str:
    wanted = feed.title[:LONGEST_NAME].strip() or urlsplit(feed.url).hostname or "feed"
    number, name = 1, wanted
    while name in names:
        number += 1
        name = f"{wanted} {number}"
    return name


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # for what is printable, JSON's strings are TOML's


VERBS = (discover,)
