"""The plain twin of the digest: all that the HTML says, for whoever reads mail as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from listener.words import translator

if TYPE_CHECKING:
    from listener.digest.page import Page, Section
    from listener.digest.rows import Told

WIDTH = 76


def text_of(page: Page, locale: str) -> str:
    """Return the page as lines of plain text."""
    return "\n".join(_lines(page, locale)) + "\n"


def _lines(page: Page, locale: str) -> Iterator[str]:
    t = translator(locale)
    yield page.title
    yield page.period
    if page.note:
        yield from _wrapped(page.note)
    for section in page.sections:
        yield from _section(section, locale)
    if page.sources:
        yield from _heading(t.gettext("How well we heard"))
        for source in page.sources:
            visit = t.gettext("last visit: %(at)s") % {"at": source.last_visit}
            yield from _wrapped(f"{source.name}: {source.share}, {source.status}, {visit}", "- ")
    yield from ("", "--")
    for sentence in page.foot:
        yield from _wrapped(sentence)


def _section(section: Section, locale: str) -> Iterator[str]:
    t = translator(locale)
    yield from ("", "", section.name.upper(), "=" * min(len(section.name), WIDTH))
    yield from _wrapped(" ".join((section.headline, *section.said)))
    for gap in section.gaps:
        yield from _wrapped(gap, "! ")
    yield from _wrapped(section.described)
    yield from _heading(t.gettext("Incidents"))
    for incident in section.incidents:
        yield from _wrapped(f"{incident.title}. {' '.join(incident.lines)}", "- ")
        if incident.url:
            yield f"  {incident.url}"
    if not section.incidents:
        yield t.gettext("There was none.")
    yield from _terms(t.gettext("What people complain of"), section.complaints, locale)
    yield from _terms(t.gettext("What people praise"), section.praise, locale)
    if section.loudest:
        yield from _heading(t.gettext("The loudest mentions"))
    for loud in section.loudest:
        yield from _wrapped(loud.text, "> ")
        yield from _wrapped(loud.byline, "  ")
        if loud.url:
            yield f"  {loud.url}"


def _terms(heading: str, terms: tuple[Told, ...], locale: str) -> Iterator[str]:
    t = translator(locale)
    yield from _heading(heading)
    for term in terms:
        facts = {"term": term.text, "count": term.count, "before": term.before}
        yield "- " + t.gettext("%(term)s: %(count)s (week before: %(before)s)") % facts
    if not terms:
        yield t.gettext("Nothing was told twice.")


def _heading(text: str) -> tuple[str, ...]:
    return ("", text, "-" * min(len(text), WIDTH))


def _wrapped(text: str, mark: str = "") -> list[str]:
    rest = " " * len(mark) if not mark.startswith(">") else mark
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=mark,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
