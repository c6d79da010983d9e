"""How a source stands and what ails it, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import Any

from listener.words._card import Card, Said
from listener.words._plain import plain, safe_url
from listener.words._tongue import lasting, translator, when

STATUSES = ("new", "ok", "failing", "refused", "garbled", "gone", "paused")
TROUBLES = (
    "down",
    "tls",
    "garbled",
    "refused",
    "gone",
    "silent",
    "shape",
    "rung",
    "moved",
    "overrun",
    "quiet",
    "network",
)
UNHEARD = ("down", "tls", "garbled", "refused", "gone")
MOST_NAMED = 10
MOST_NAME, MOST_DETAIL = 80, 300


@dataclass(frozen=True, slots=True)
class Ill:
    """One trouble of a source: its code, since when (the first sign of it), its facts, and its end."""

    source: str
    what: str
    since: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)
    mended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Patient:
    """A source or a brand, and what ails it at the moment; without a name it is all of them."""

    name: str
    kind: str = ""
    rung: str = ""
    ills: tuple[Ill, ...] = ()
    last_news_at: datetime | None = None
    last_ok_at: datetime | None = None
    is_brand: bool = False


def source_status(code: str, locale: str) -> str:
    """Return what a source's status means; a code we do not know stands for itself."""
    t = translator(locale)
    names = {
        "new": t.pgettext("source", "not visited yet"),
        "ok": t.pgettext("source", "is heard"),
        "failing": t.pgettext("source", "does not answer at the moment"),
        "refused": t.pgettext("source", "refuses us: a person must act"),
        "garbled": t.pgettext("source", "answers in a way we cannot read"),
        "gone": t.pgettext("source", "is gone for good and not visited any more"),
        "paused": t.pgettext("source", "paused"),
    }
    return names.get(code, code)


def source_card(patient: Patient, locale: str, tz: tzinfo | str) -> Card:
    """Return the card of a source as it stands now."""
    t = translator(locale)
    lines = [
        line for ill in patient.ills for line in (began(ill, locale, tz), remedy(ill.what, locale)) if line
    ]
    details = [
        detail for ill in patient.ills if (detail := plain(str(ill.facts.get("detail", "")), MOST_DETAIL))
    ]
    title, well = t.gettext("Source · %(name)s"), t.gettext("All is well with this source again.")
    if patient.is_brand:
        title, well = t.gettext("Brand · %(name)s"), t.gettext("People write about it again.")
    return Card(
        title=title % {"name": plain(patient.name, MOST_NAME)},
        severity="watch",
        lines=tuple(lines) or (well,),
        state=tuple(_state(patient, locale, tz)),
        quotes=tuple(Said(detail) for detail in details[:1]),
        quoted=t.gettext("What was found:") if details else "",
        closed=not patient.ills,
    )


def sources_card(told: str, ills: Sequence[Ill], locale: str, tz: tzinfo | str) -> Card:
    """Return the card of all sources together: what there is to tell, else what ails those without a card."""
    t = translator(locale)
    now = gathered(ills, locale, tz) if ills else t.gettext("All is well with the sources again.")
    return Card(
        title=t.gettext("Sources"), severity="watch", lines=tuple((told or now).splitlines()), closed=not ills
    )


def told(ills: Sequence[Ill], locale: str, tz: tzinfo | str) -> str:
    """Return what begins, and what a person must do, as an entry of a thread; empty where nothing does."""
    if len(ills) != 1:
        return gathered(ills, locale, tz) if ills else ""
    lines = [began(ills[0], locale, tz), remedy(ills[0].what, locale)]
    if detail := plain(str(ills[0].facts.get("detail", "")), MOST_DETAIL):
        lines.append(translator(locale).gettext("What was found:") + " " + detail)
    return "\n".join(line for line in lines if line)


def gathered(ills: Sequence[Ill], locale: str, tz: tzinfo | str) -> str:
    """Return many troubles as one message: how many, and the first of them by name."""
    if len(ills) == 1:
        return began(ills[0], locale, tz)
    t = translator(locale)
    count = len({ill.source for ill in ills})
    head = t.ngettext("%(count)s source has troubles:", "%(count)s sources have troubles:", count)
    lines = [head % {"count": count}] + [f"• {began(ill, locale, tz)}" for ill in ills[:MOST_NAMED]]
    return "\n".join(lines + _others(len(ills), locale))


def over(ills: Sequence[Ill], locale: str, tz: tzinfo | str) -> str:
    """Return what is over, as an entry of a thread; empty where nothing is."""
    if len(ills) == 1:
        return ended(ills[0], locale, tz)
    t = translator(locale)
    head = t.ngettext("%(count)s trouble is over:", "%(count)s troubles are over:", len(ills))
    lines = [head % {"count": len(ills)}] + [f"• {ended(ill, locale, tz)}" for ill in ills[:MOST_NAMED]]
    return "\n".join(lines + _others(len(ills), locale)) if ills else ""


def _others(count: int, locale: str) -> list[str]:
    t, more = translator(locale), count - MOST_NAMED
    text = t.ngettext("… and %(count)s more", "… and %(count)s more", max(more, 0))
    return [text % {"count": more}] if more > 0 else []


def began(ill: Ill, locale: str, tz: tzinfo | str) -> str:
    """Return what ails a source, as a sentence."""
    t, facts = translator(locale), ill.facts
    says = {
        "down": t.gettext("%(name)s has not answered since %(since)s."),
        "tls": t.gettext(
            "%(name)s cannot be reached safely since %(since)s:"
            " its certificate or its encryption (TLS) is wrong."
        ),
        "garbled": t.gettext("%(name)s answers since %(since)s in a shape that we cannot read."),
        "refused": t.gettext("%(name)s has refused us since %(since)s."),
        "gone": t.gettext("%(name)s says that it is gone for good. It is not visited any more."),
        "silent": t.gettext(
            "%(name)s answers, but has brought nothing new since %(since)s: that is not its usual rhythm."
        ),
        "shape": t.gettext("Most of what %(name)s brings cannot be read any more."),
        "rung": t.gettext("%(name)s is not read by its better way “%(lost)s” any more, but by “%(rung)s”."),
        "moved": t.gettext("%(name)s has moved for good, to %(to)s, and is read there."),
        "overrun": t.gettext(
            "The page of %(name)s is too short for how much is written there: even at one visit"
            " every %(pace)s something may be missing."
        ),
        "quiet": t.gettext(
            "Nobody writes about %(name)s any more: nothing since %(since)s, though its sources are heard."
            " That is unusual."
        ),
        "network": t.ngettext(
            "Nothing can be reached: %(count)s host stopped answering at about %(since)s."
            " Is it our own network?",
            "Nothing can be reached: %(count)s hosts stopped answering at about %(since)s."
            " Is it our own network?",
            int(facts.get("hosts", 0)),
        ),
    }
    return says.get(ill.what, ill.what) % _facts(ill, locale, tz)


def remedy(what: str, locale: str) -> str:
    """Return what a person can do about it."""
    t = translator(locale)
    does = {
        "down": t.gettext("It is tried again and again. See whether its address still opens in a browser."),
        "tls": t.gettext(
            "Its operator must mend that. Where only we are affected, look at this machine's clock."
        ),
        "garbled": t.gettext("Open its address: a login page or a new format is the usual cause."),
        "refused": t.gettext("Check its address, key and permissions in config.toml."),
        "gone": t.gettext(
            "Give it a new address in config.toml or remove it; `listener poll` tries it once more."
        ),
        "silent": t.gettext("See whether it is still written, and whether it shows us what it shows others."),
        "shape": t.gettext("It may have changed its format: see what it looks like now."),
        "rung": t.gettext("Check the key or the permission of the better way; it is tried again by itself."),
        "moved": t.gettext("Write the new address in config.toml."),
        "overrun": t.gettext("Set a shorter `fastest` for it, or find another way to it."),
        "quiet": t.gettext(
            "See whether its query still finds what is written, and whether a source has changed."
        ),
        "network": t.gettext("Check the network and the name service (DNS) of this machine."),
    }
    return does.get(what, "")


def ended(ill: Ill, locale: str, tz: tzinfo | str) -> str:
    """Return that a trouble is over, as a sentence."""
    t = translator(locale)
    says = {
        "silent": t.gettext("%(name)s has brought something new, after a silence of %(lasted)s."),
        "shape": t.gettext("What %(name)s brings can be read again."),
        "rung": t.gettext("%(name)s is read by its better way again."),
        "moved": t.gettext("%(name)s is read at the address in config.toml again."),
        "overrun": t.gettext("The pages of %(name)s reach back far enough again."),
        "quiet": t.gettext("People write about %(name)s again, after a silence of %(lasted)s."),
        "network": t.gettext("The network is back. From %(since)s to %(until)s hardly anything was heard."),
    }
    heard = t.gettext("%(name)s is heard again, after %(lasted)s.")
    return says.get(ill.what, heard) % _facts(ill, locale, tz)


def _facts(ill: Ill, locale: str, tz: tzinfo | str) -> dict[str, str | int]:
    facts, until = ill.facts, ill.mended_at or ill.since
    return {
        "name": plain(str(facts.get("name") or ill.source), MOST_NAME),
        "since": when(ill.since, tz, locale),
        "until": when(until, tz, locale),
        "lasted": lasting(max(until - ill.since, timedelta(0)), locale),
        "lost": plain(str(facts.get("lost", "")), MOST_NAME),
        "rung": plain(str(facts.get("rung", "")), MOST_NAME),
        "to": safe_url(str(facts.get("to", ""))) or "?",
        "pace": _pace(float(facts.get("pace", 0)), locale),
        "count": int(facts.get("hosts", 0)),
    }


def _pace(seconds: float, locale: str) -> str:
    t = translator(locale)
    return (
        t.gettext("%(count)s s") % {"count": round(seconds)}
        if seconds < 60
        else lasting(timedelta(seconds=seconds), locale)
    )


def _state(patient: Patient, locale: str, tz: tzinfo | str) -> Iterator[str]:
    t = translator(locale)
    if patient.is_brand:
        return
    yield t.gettext("Kind: %(kind)s") % {"kind": patient.kind} + (
        f" ({plain(patient.rung, 40)})" if patient.rung else ""
    )
    if patient.last_ok_at is not None:
        yield t.gettext("Last heard: %(at)s") % {"at": when(patient.last_ok_at, tz, locale)}
    if patient.last_news_at is not None:
        yield t.gettext("Last mention of a brand: %(at)s") % {"at": when(patient.last_news_at, tz, locale)}
