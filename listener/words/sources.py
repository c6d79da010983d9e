"""How a source stands, in words."""

from __future__ import annotations

from listener.words._tongue import translator

STATUSES = ("new", "ok", "failing", "refused", "garbled", "paused")


def source_status(code: str, locale: str) -> str:
    """Return what a source's status means; a code we do not know stands for itself."""
    t = translator(locale)
    names = {
        "new": t.pgettext("source", "not visited yet"),
        "ok": t.pgettext("source", "is heard"),
        "failing": t.pgettext("source", "does not answer at the moment"),
        "refused": t.pgettext("source", "refuses us: a person must act"),
        "garbled": t.pgettext("source", "answers in a way we cannot read"),
        "paused": t.pgettext("source", "paused"),
    }
    return names.get(code, code)
