"""Verbs of what is kept: forget, export, report."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from listener.cli.face import Context, emit, json_option
from listener.forget import Forgotten
from listener.forget import forget as forget_author

CLEAN = "The database, its log and its backup hold none of it any more."
WITHIN_THE_HOUR = "A daemon runs here: the bytes leave the log and the backup within the hour."
NOT_REACHED = (
    "Not reached: what others wrote about this person, notes and tasks of your own people, mails, and"
    " messages in Slack other than an incident's card."
)


@click.command()
@click.option("--author", required=True, help="The name, in capitals or not, or the pseudonym stored for it.")
@click.option("--source", default="", help="Only what this source brought; everywhere if not given.")
@json_option
@click.pass_obj
def forget(context: Context, author: str, source: str, as_json: bool) -> int:
    """Erase what a person wrote, wherever it is kept, and never store it again.

    Mentions, matches and quotes go; counts stay, since they are of nobody. Of the name only a keyed hash is
    kept, by which the next visits know whom to leave out.
    """
    done = forget_author(context.store, context.settings, author, source, context.now)
    row: dict[str, Any] = {"author": author, "mentions": done.mentions, "quotes": done.quotes}
    emit([{**row, "settled": done.settled}], as_json, tuple(row))
    if not as_json:
        print("\n".join(_consequences(done, context.settings.privacy.authors)))
    return 0


def _consequences(done: Forgotten, authors: str) -> Iterator[str]:
    yield CLEAN if done.settled else WITHIN_THE_HOUR
    if done.cards:
        yield f"Cards on Slack that are drawn again without the quote: {done.cards}."
    if authors == "none":
        yield "Authors are not kept here, so what was stored cannot be found by its author."
    yield NOT_REACHED


VERBS = (forget,)
