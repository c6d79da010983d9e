"""The account as Markdown or HTML: what strangers wrote is text in both, and never markup or a link."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from jinja2 import Environment, PackageLoader, Template

from listener.report.account import Account, Section, Table
from listener.words import Said

# Everything that starts markup within a line, a name that is called, or an address that becomes a link.
MARKS = re.compile(r"[\\`*_\[\]<>|~&$@]|(?<=\w):(?=//)|(?<=www)\.", re.I)
# What does so only where a line begins.
BEGINS = re.compile(r"^(\d*)([#+=.)-])")


def as_markdown(account: Account) -> str:
    """Return the account as Markdown that reads well as it stands, too."""
    parts = [f"# {escaped(account.title)}", escaped(account.period)]
    for section in account.sections:
        parts += [f"## {escaped(section.title)}", *_section(section)]
    return "\n\n".join([*parts, "---", escaped(account.foot)]) + "\n"


def escaped(text: str) -> str:
    """Return a text such that Markdown shows it letter by letter."""
    return BEGINS.sub(r"\1\\\2", MARKS.sub(r"\\\g<0>", text))


def _section(section: Section) -> Iterator[str]:
    if section.lines:
        yield "\n".join(f"- {escaped(line)}" for line in section.lines)
    if section.links:
        # Addresses that were looked at before, in brackets that end them.
        yield "\n".join(f"- {escaped(link.label)}: <{link.url}>" for link in section.links)
    if section.timeline:
        yield "\n".join(f"- **{escaped(told.at)}** {_lines(told.lines)}" for told in section.timeline)
    if section.table is not None:
        yield _table(section.table)
    yield from (_quote(quote) for quote in section.quotes)
    yield from (f"### {escaped(blank)}" for blank in section.blanks)


def _lines(lines: Iterable[str]) -> str:
    return "\n  - ".join(escaped(line) for line in lines)


def _table(table: Table) -> str:
    rows = (table.head, ("---",) * len(table.head))
    drawn = [" | ".join(row) for row in rows]
    drawn += [" | ".join(escaped(cell) for cell in row) for row in table.rows]
    return "\n".join(f"| {row} |" for row in drawn)


def _quote(quote: Said) -> str:
    said = f"> {escaped(quote.text)}"
    byline = f"\n>\n> — {escaped(quote.byline)}" if quote.byline else ""
    return f"{said}{byline}" + (f"\n>\n> <{quote.url}>" if quote.url else "")


def as_html(account: Account) -> str:
    """Return the account as one page that loads nothing and runs nothing."""
    return _template().render(account=account)


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("listener.report"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("report.html")
