"""Why a press of a button changed nothing."""

from __future__ import annotations

from datetime import datetime, tzinfo

from listener.words._plain import plain
from listener.words._tongue import translator, when

REFUSALS = ("taken", "closed", "unknown", "nothing", "forbidden", "failed")


def refusal(
    code: str, locale: str, tz: tzinfo | str, *, incident: int = 0, by: str = "", at: datetime | None = None
) -> str:
    """Return the answer to a press that came too late or from the wrong person.

    `by` and `at` say who did it first, and when, where that is known.
    """
    t = translator(locale)
    facts = {"id": incident, "name": plain(by, 80), "at": "" if at is None else when(at, tz, locale)}
    sentences = {
        "taken": t.gettext("Incident %(id)s has already been acknowledged."),
        "closed": t.gettext("Incident %(id)s is already closed."),
        "unknown": t.gettext("There is no incident %(id)s here."),
        "forbidden": t.gettext("You are not on the list of people who may do that for incident %(id)s."),
        "nothing": t.gettext("That is already so: nothing has changed in incident %(id)s."),
    }
    if code == "taken" and by:
        sentences["taken"] = (
            t.gettext("Incident %(id)s was already acknowledged by %(name)s at %(at)s.")
            if at is not None
            else t.gettext("Incident %(id)s was already acknowledged by %(name)s.")
        )
    failed = t.gettext("That could not be done for incident %(id)s. Please try again.")
    return sentences.get(code, failed) % facts
