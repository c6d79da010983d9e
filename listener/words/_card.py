"""An incident as a card: what happened, how much, why, what people write, and what has been done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta, tzinfo

from listener.words import _drivers
from listener.words._figures import how_much, surge, why
from listener.words._names import capital, label, phase, role, severity
from listener.words._plain import plain, safe_url
from listener.words._severity import because
from listener.words._tongue import lasting, number, percent, translator, when
from listener.words.brief import Brief, Held, Quote
from rules.playbook import PHASES

ACKNOWLEDGE, DISMISS = "acknowledge", "dismiss"
MOST_QUOTES = 3


@dataclass(frozen=True, slots=True)
class Link:
    """An address to open, and what stands in its place."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a stranger wrote, and who, where and when: plain text, whatever it looks like."""

    text: str
    byline: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """Something a person may press; `action` is what the inbox is told."""

    action: str
    label: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A card in words, for whichever way out: `lines` say what happened, `state` what was done."""

    title: str
    severity: str
    lines: tuple[str, ...]
    state: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    quotes: tuple[Said, ...] = ()
    quoted: str = ""
    buttons: tuple[Button, ...] = ()
    foot: str = ""
    closed: bool = False

    @property
    def summary(self) -> str:
        """The card in two lines, where there is no room for more."""
        return "\n".join((self.title, *self.lines[:1], *self.lines[1:2]))


def card(brief: Brief, locale: str, tz: tzinfo | str) -> Card:
    """Return the card of an incident as it stands now."""
    t = translator(locale)
    quotes = tuple(_said(quote, brief, locale, tz) for quote in brief.quotes[:MOST_QUOTES])
    return Card(
        title=_title(brief, locale),
        severity=brief.severity,
        lines=tuple(_lines(brief, locale, tz)),
        state=tuple(_state(brief, locale, tz)),
        links=tuple(_links(brief, locale)),
        quotes=quotes,
        quoted=t.gettext("What people write:") if quotes else "",
        buttons=tuple(_buttons(brief, locale)),
        foot=_foot(brief, locale, tz),
        closed=brief.closed_at is not None,
    )


def direct(brief: Brief, tell_role: str, locale: str, tz: tzinfo | str) -> Card:
    """Return the card for one person of the ladder, who is asked to take the incident."""
    t = translator(locale)
    whole = card(brief, locale, tz)
    asked = t.gettext("You are called as %(role)s.") % {"role": role(tell_role, locale)}
    if any(button.action == ACKNOWLEDGE for button in whole.buttons):
        asked += " " + t.gettext("Press Acknowledge if you take it; otherwise the next person is called.")
    buttons = tuple(button for button in whole.buttons if button.action == ACKNOWLEDGE)
    return replace(whole, lines=(asked, *whole.lines), buttons=buttons)


def _title(brief: Brief, locale: str) -> str:
    t = translator(locale)
    title = f"{capital(severity(brief.severity, locale))} · {plain(brief.brand, 80)}"
    if brief.relapses:
        title += " · " + t.gettext("relapse %(number)s") % {"number": brief.relapses}
    if brief.closed_at is not None:
        title += " · " + phase("closed", locale)
    return f"{t.gettext('DRILL')} · {title}" if brief.drill else title


def _lines(brief: Brief, locale: str, tz: tzinfo | str) -> Iterator[str]:
    t = translator(locale)
    figures = brief.figures
    yield surge(brief.on, plain(brief.brand, 80), locale, figures)
    yield how_much(brief.on, brief.observed, brief.expected, brief.span, locale, figures)
    if told := why(brief.z, brief.day_rank, brief.days, locale, figures):
        yield told
    if brief.negative_share is not None:
        yield t.gettext("Share of negative mentions: %(share)s.") % {
            "share": percent(brief.negative_share, locale)
        }
    if brief.terms:
        terms = ", ".join(plain(term, 40) for term, _ in brief.terms[:5])
        yield t.gettext("Words that stand out: %(terms)s.") % {"terms": terms}
    if told := _drivers.origin(brief, locale):
        yield told
    yield from _drivers.signs(brief, locale)
    yield from _cautions(brief, locale, tz)


def _cautions(brief: Brief, locale: str, tz: tzinfo | str) -> Iterator[str]:
    t = translator(locale)
    if told := because(brief, locale):
        yield told
    if brief.gate:
        yield _gate(brief.gate, locale)
    if brief.learning:
        history = lasting(timedelta(days=brief.history_days), locale)
        learning = t.gettext(
            "Still learning what is normal here (history so far: %(history)s): the bar is higher."
        )
        yield learning % {"history": history}
    if brief.late:
        yield _late(brief, locale, tz)
    if brief.held is not None and brief.held.told_at is not None:
        yield held_back(brief.held, brief, locale, tz)
    if brief.severity == "watch" and brief.started_at is None:
        yield t.gettext("For watching only: it starts nothing, and nobody is called.")


def _gate(code: str, locale: str) -> str:
    t = translator(locale)
    gate, _, who = code.partition(":")
    sentences = {
        "author": t.gettext("Nearly all of it comes from one author%(who)s, so it stays a watch."),
        "domain": t.gettext(
            "Nearly all of it comes from one site%(who)s and a few authors, so it stays a watch."
        ),
    }
    other = t.gettext("It stays a watch: %(gate)s.") % {"gate": plain(code, 60)}
    name = f" ({plain(who, 60)})" if who else ""
    return sentences[gate] % {"who": name} if gate in sentences else other


def _late(brief: Brief, locale: str, tz: tzinfo | str) -> str:
    t = translator(locale)
    first, last = sorted((brief.opened_at, brief.detected_at or brief.opened_at))
    happened, seen = when(first, tz, locale), when(last, tz, locale, beside=first)
    if first == last:
        return t.gettext("Detected late: it happened at %(at)s.") % {"at": happened}
    return t.gettext("Detected late: it happened at %(at)s and was noticed at %(seen)s.") % {
        "at": happened,
        "seen": seen,
    }


def held_back(held: Held, brief: Brief, locale: str, tz: tzinfo | str) -> str:
    """Say since when and why something is held back, or was."""
    t = translator(locale)
    facts = {
        "since": when(held.since, tz, locale, beside=brief.opened_at),
        "rule": plain(held.rule, 80),
        "until": "" if held.until is None else when(held.until, tz, locale, beside=brief.opened_at),
    }
    if held.told_at is not None:
        if held.why == "budget":
            text = t.gettext("Held back since %(since)s, for the budget of the rule “%(rule)s” was spent.")
        else:
            text = t.gettext("Held back since %(since)s by the quiet hours of the rule “%(rule)s”.")
        return text % facts
    if held.why == "budget":
        text = t.gettext(
            "Held back since %(since)s: the budget of the rule “%(rule)s” is spent until %(until)s."
            " Nobody is told before, unless it becomes a crisis."
        )
    else:
        text = t.gettext(
            "Held back since %(since)s: the quiet hours of the rule “%(rule)s” last until %(until)s."
            " Nobody is told before, unless it becomes a crisis."
        )
    return text % facts


def _state(brief: Brief, locale: str, tz: tzinfo | str) -> Iterator[str]:
    t = translator(locale)
    if brief.held is not None and brief.held.told_at is None:
        yield held_back(brief.held, brief, locale, tz)
    if brief.acknowledged_by:
        yield _taken(brief, locale, tz)
    elif brief.started_at is not None and brief.closed_at is None:
        yield t.gettext("Nobody has acknowledged it yet.")
    yield from _clock(brief, locale, tz)
    if brief.phase in PHASES[:-1]:
        yield t.gettext("Phase: %(phase)s (%(number)s of %(all)s).") % {
            "phase": phase(brief.phase, locale),
            "number": PHASES.index(brief.phase) + 1,
            "all": len(PHASES) - 1,
        }
    if brief.closed_at is not None:
        at = when(brief.closed_at, tz, locale, beside=brief.opened_at)
        facts = {"at": at, "verdict": verdict(brief.verdict, locale)}
        yield t.gettext("Closed at %(at)s: %(verdict)s.") % facts


def _taken(brief: Brief, locale: str, tz: tzinfo | str) -> str:
    t = translator(locale)
    name = plain(brief.acknowledged_by, 80)
    if brief.acknowledged_at is None:
        return t.gettext("Acknowledged by %(name)s.") % {"name": name}
    at = when(brief.acknowledged_at, tz, locale, beside=brief.opened_at)
    return t.gettext("Acknowledged by %(name)s at %(at)s.") % {"name": name, "at": at}


def _clock(brief: Brief, locale: str, tz: tzinfo | str) -> Iterator[str]:
    t = translator(locale)
    by = "" if brief.answer_by is None else when(brief.answer_by, tz, locale, beside=brief.opened_at)
    if brief.answered_at is not None:
        waited = lasting(brief.answered_at - (brief.started_at or brief.opened_at), locale)
        if brief.breached and by:
            text = t.gettext("Answered in public after %(waited)s; it was due by %(by)s.")
        else:
            text = t.gettext("Answered in public after %(waited)s.")
        yield text % {"waited": waited, "by": by}
    elif by and brief.breached:
        yield t.gettext("Public answer missed: it was due by %(by)s.") % {"by": by}
    elif by and brief.closed_at is None:
        yield t.gettext("Public answer due by %(by)s.") % {"by": by}


def verdict(code: str, locale: str) -> str:
    """Return what it was closed as; a verdict in a person's own words stands for itself."""
    t = translator(locale)
    names = {
        "over": t.pgettext("verdict", "it is over"),
        "no crisis": t.pgettext("verdict", "not a crisis"),
        "new normal": t.pgettext("verdict", "this is the new normal"),
        "held back": t.pgettext("verdict", "it was over while it was held back"),
    }
    return names.get(code, plain(code, 200)) or names["over"]


def _links(brief: Brief, locale: str) -> Iterator[Link]:
    url = safe_url(brief.answered_url)
    if url:
        yield Link(translator(locale).gettext("The public answer"), url)


def _said(quote: Quote, brief: Brief, locale: str, tz: tzinfo | str) -> Said:
    t = translator(locale)
    if quote.code == "erased":
        return Said(t.gettext("(Erased: its author asked for that.)"))
    at = quote.published_at and when(quote.published_at, tz, locale, beside=brief.opened_at)
    reach = t.gettext("reach %(count)s") % {"count": number(quote.reach, locale)} if quote.reach else ""
    parts = (
        _drivers.role(quote.role, locale),
        plain(quote.author, 60),
        plain(quote.source, 60),
        at,
        label(quote.label, locale),
        reach,
    )
    return Said(plain(quote.text, 300), " · ".join(part for part in parts if part), safe_url(quote.url))


def _buttons(brief: Brief, locale: str) -> Iterator[Button]:
    t = translator(locale)
    if brief.closed_at is not None:
        return
    if not brief.acknowledged_by:
        yield Button(ACKNOWLEDGE, t.gettext("Acknowledge"), "primary")
    yield Button(DISMISS, t.gettext("Not a crisis"))


def _foot(brief: Brief, locale: str, tz: tzinfo | str) -> str:
    return translator(locale).gettext("Incident %(id)s · rule: %(rule)s · %(at)s") % {
        "id": brief.id,
        "rule": plain(brief.rule, 80),
        "at": when(brief.opened_at, tz, locale),
    }
