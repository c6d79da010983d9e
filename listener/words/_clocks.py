"""What the two clocks of an incident say, once they have stopped or run out."""

from __future__ import annotations

from datetime import timedelta

from listener.words._plain import plain
from listener.words._tongue import lasting, translator


def taken(after: timedelta | None, by: str, locale: str) -> str:
    """Say how long it took until somebody had it; None is nobody."""
    t = translator(locale)
    if after is None:
        return t.gettext("Nobody acknowledged it.")
    facts = {"time": lasting(after, locale), "name": plain(by, 80)}
    return t.gettext("Acknowledged after %(time)s by %(name)s.") % facts


def answered(after: timedelta | None, within: timedelta, locale: str) -> str:
    """Say how long it took until the public was answered, against what was agreed; None is no answer."""
    t = translator(locale)
    agreed = lasting(within, locale)
    if after is None:
        return t.gettext("There was no public answer (agreed: within %(agreed)s).") % {"agreed": agreed}
    facts = {"time": lasting(after, locale), "agreed": agreed}
    if after <= within:
        return t.gettext("Answered in public after %(time)s, in time (agreed: within %(agreed)s).") % facts
    return t.gettext("Answered in public after %(time)s, too late (agreed: within %(agreed)s).") % facts
