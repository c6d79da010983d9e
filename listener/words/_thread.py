"""The timeline of an incident: every event as a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any

from listener.words._card import held_back, verdict
from listener.words._figures import how_much
from listener.words._names import phase, role, severity, way
from listener.words._plain import plain
from listener.words._tongue import lasting, number, translator, when
from listener.words.brief import Brief, Entry, Figures, Held

MOST_NOTE = 1500


def entry(entry: Entry, brief: Brief, locale: str, tz: tzinfo | str) -> str:
    """Return the sentence for one event; several, one to a line, where several people were told."""
    sentence = _SENTENCES.get(entry.what)
    return plain(entry.what, 80) if sentence is None else sentence(entry, brief, locale, tz)


def _opened(entry: Entry, brief: Brief, locale: str, tz: tzinfo | str) -> str:
    text = translator(locale).gettext("Opened. Severity: %(severity)s.")
    return _with_figures(text, entry, brief, locale) + _kept(entry, brief, locale, tz)


def _worsened(entry: Entry, brief: Brief, locale: str, tz: tzinfo | str) -> str:
    text = translator(locale).gettext("It is getting worse. Severity: %(severity)s.")
    return _with_figures(text, entry, brief, locale) + _kept(entry, brief, locale, tz)


def _relapsed(entry: Entry, brief: Brief, locale: str, tz: tzinfo | str) -> str:
    t = translator(locale)
    calm = t.gettext("It has flared up again after a calm. Severity: %(severity)s.")
    hot = t.gettext("It is worse now than when it was closed. Severity: %(severity)s.")
    again = t.gettext("Calls and clocks start anew.")
    told = _with_figures(calm if entry.data.get("calm", True) else hot, entry, brief, locale)
    if "held" in entry.data:
        return told + _kept(entry, brief, locale, tz)
    return told if _severity(entry, brief) == "watch" else f"{told} {again}"


def _kept(entry: Entry, brief: Brief, locale: str, tz: tzinfo | str) -> str:
    """Say that nobody is told of an event for now, nothing where everybody was."""
    held = entry.data.get("held")
    if not held:
        return ""
    until = datetime.fromisoformat(str(held["until"]))
    kept = Held(entry.at, str(held.get("why", "")), str(entry.data.get("rule", "")), until=until)
    return " " + held_back(kept, brief, locale, tz)


def _held(entry: Entry, brief: Brief, locale: str, tz: tzinfo | str) -> str:
    return _kept(entry, brief, locale, tz).strip() or translator(locale).gettext("Held back.")


def _released(entry: Entry, brief: Brief, locale: str, tz: tzinfo | str) -> str:
    t = translator(locale)
    told = _with_figures(t.gettext("Told now. Severity: %(severity)s."), entry, brief, locale)
    if "since" not in entry.data:
        return told
    since = datetime.fromisoformat(str(entry.data["since"]))
    held = Held(since, str(entry.data.get("why", "")), str(entry.data.get("rule", "")), told_at=entry.at)
    return f"{told} {held_back(held, brief, locale, tz)}"


def _calmed(entry: Entry, brief: Brief, locale: str, tz: tzinfo | str) -> str:
    return translator(locale).gettext("It was over before it was to be told, and nobody was called.")


def _severity(entry: Entry, brief: Brief) -> str:
    return str(entry.data.get("severity") or brief.severity)


def _with_figures(text: str, entry: Entry, brief: Brief, locale: str) -> str:
    """Say the sentence with the numbers of the event itself, where it carries them."""
    said = text % {"severity": severity(_severity(entry, brief), locale)}
    data = entry.data
    if not {"observed", "expected"} <= data.keys():
        return said
    span = timedelta(seconds=data["span_seconds"]) if "span_seconds" in data else brief.span
    on = str(data.get("on", brief.on))
    figures = Figures.of(data.get("figures"))
    said += " " + how_much(on, int(data["observed"]), float(data["expected"]), span, locale, figures)
    if "z" not in data or figures.code == "threshold":
        return said
    return f"{said} z = {number(float(data['z']), locale)}."


def _told(entry: Entry, brief: Brief, locale: str, tz: tzinfo | str) -> str:
    t = translator(locale)
    data = entry.data
    lines = []
    if data.get("late"):
        late = lasting(timedelta(minutes=float(data.get("minutes_late", 0))), locale)
        lines.append(t.gettext("Told late (by up to %(late)s), all together:") % {"late": late})
    lines += [_step(step, bool(data.get("late")), brief, locale, tz) for step in data.get("steps", ())]
    lines += [
        t.gettext("Nobody could be told as %(role)s: no person has this role and a way to be reached.")
        % {"role": role(str(code), locale)}
        for code in data.get("unreachable", ())
    ]
    return "\n".join(lines)


def _step(step: Mapping[str, Any], late: bool, brief: Brief, locale: str, tz: tzinfo | str) -> str:
    t = translator(locale)
    ways = ", ".join(way(str(code), locale) for code in step.get("by", ()))
    facts = {
        "role": role(str(step.get("tell", "")), locale),
        "people": ", ".join(plain(str(name), 60) for name in step.get("people", ())),
        "by": ways,
    }
    if late and step.get("at"):
        at = datetime.fromisoformat(str(step["at"]))
        facts["at"] = when(at, tz, locale, beside=brief.opened_at)
        return t.gettext("Told %(role)s: %(people)s (%(by)s), due at %(at)s.") % facts
    return t.gettext("Told %(role)s: %(people)s (%(by)s).") % facts


def _called(entry: Entry, brief: Brief, locale: str, tz: tzinfo | str) -> str:
    t = translator(locale)
    by = "" if brief.answer_by is None else when(brief.answer_by, tz, locale, beside=brief.opened_at)
    if any(str(key).startswith("breach") for key in entry.data.get("keys", ())):
        text = t.gettext("The time for a public answer has run out; it was due by %(by)s.")
        return text % {"by": by} if by else t.gettext("The time for a public answer has run out.")
    left = int(entry.data.get("minutes_left", 0))
    text = t.ngettext(
        "%(count)s minute left for a public answer.", "%(count)s minutes left for a public answer.", left
    )
    said = text % {"count": left}
    return f"{said} {t.gettext('(This was due earlier.)')}" if entry.data.get("late") else said


def _acknowledged(entry: Entry, brief: Brief, locale: str, tz: tzinfo | str) -> str:
    t = translator(locale)
    return t.gettext("%(name)s has taken it. No one else is called.") % {"name": plain(entry.by, 80)}


def _expired(entry: Entry, brief: Brief, locale: str, tz: tzinfo | str) -> str:
    t = translator(locale)
    return t.gettext(
        "The acknowledgement has expired, since nothing was noted after it. The calls start anew."
    )


def _advanced(entry: Entry, brief: Brief, locale: str, tz: tzinfo | str) -> str:
    text = translator(locale).gettext("Phase: %(phase)s%(by)s.")
    return text % {"phase": phase(str(entry.data.get("phase", "")), locale), "by": _by(entry)}


def _answered(entry: Entry, brief: Brief, locale: str, tz: tzinfo | str) -> str:
    t = translator(locale)
    waited = lasting(entry.at - (brief.started_at or brief.opened_at), locale)
    said = t.gettext("Answered in public after %(waited)s%(by)s.") % {"waited": waited, "by": _by(entry)}
    url = plain(str(entry.data.get("url", "")), 2000)
    return f"{said} {url}" if url else said


def _closed(entry: Entry, brief: Brief, locale: str, tz: tzinfo | str) -> str:
    text = translator(locale).gettext("Closed%(by)s: %(verdict)s.")
    return text % {"by": _by(entry), "verdict": verdict(str(entry.data.get("verdict", "over")), locale)}


def _reopened(entry: Entry, brief: Brief, locale: str, tz: tzinfo | str) -> str:
    return translator(locale).gettext("Opened again%(by)s.") % {"by": _by(entry)}


def _role(entry: Entry, brief: Brief, locale: str, tz: tzinfo | str) -> str:
    text = translator(locale).gettext("%(role)s in this incident: %(person)s%(by)s.")
    name = role(str(entry.data.get("role", "")), locale)
    facts = {"role": name[:1].upper() + name[1:], "person": plain(str(entry.data.get("person", "")), 80)}
    return text % {**facts, "by": _by(entry)}


def _note(entry: Entry, brief: Brief, locale: str, tz: tzinfo | str) -> str:
    text = plain(str(entry.data.get("text", "")), MOST_NOTE)
    return translator(locale).gettext("Note%(by)s: %(text)s") % {"by": _by(entry), "text": text}


def _task_added(entry: Entry, brief: Brief, locale: str, tz: tzinfo | str) -> str:
    t = translator(locale)
    said = t.gettext("New task%(by)s: %(title)s") % {"by": _by(entry), "title": _task(entry)}
    due_at = entry.data.get("due_at")
    if not due_at:
        return said
    at = when(datetime.fromisoformat(str(due_at)), tz, locale, beside=brief.opened_at)
    return f"{said} ({t.gettext('due by %(at)s') % {'at': at}})"


def _task_taken(entry: Entry, brief: Brief, locale: str, tz: tzinfo | str) -> str:
    owner = plain(str(entry.data.get("owner") or entry.by), 80)
    text = translator(locale).gettext("%(owner)s sees to the task: %(title)s")
    return text % {"owner": owner, "title": _task(entry)}


def _task_done(entry: Entry, brief: Brief, locale: str, tz: tzinfo | str) -> str:
    text = translator(locale).gettext("Task done%(by)s: %(title)s")
    return text % {"by": _by(entry), "title": _task(entry)}


def _task(entry: Entry) -> str:
    """Return the task's title; where the event only knows its number, that, counted from one."""
    title = plain(str(entry.data.get("title", "")), 200)
    return title or f"#{int(entry.data.get('task', 0)) + 1}"


def _by(entry: Entry) -> str:
    """Return the person in brackets, nothing where it was the daemon itself."""
    return "" if entry.by in ("", "listener") else f" ({plain(entry.by, 80)})"


Sentence = Callable[[Entry, Brief, str, "tzinfo | str"], str]
_SENTENCES: Mapping[str, Sentence] = {
    "opened": _opened,
    "worsened": _worsened,
    "relapsed": _relapsed,
    "held": _held,
    "released": _released,
    "calmed": _calmed,
    "told": _told,
    "called": _called,
    "acknowledged": _acknowledged,
    "expired": _expired,
    "advanced": _advanced,
    "answered": _answered,
    "closed": _closed,
    "reopened": _reopened,
    "role": _role,
    "note": _note,
    "task added": _task_added,
    "task taken": _task_taken,
    "task done": _task_done,
}
