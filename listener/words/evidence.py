"""What a verdict rests on, said to whoever asks why: numbers and codes in, sentences out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from math import ceil, isfinite
from typing import Any

from babel import dates, numbers

from listener.words._card import _gate
from listener.words._figures import how_much, why
from listener.words._names import capital, severity
from listener.words._plain import plain
from listener.words._tongue import language, lasting, number, percent, translator, when, within

MOST = 10.0**12
MOST_SOURCES = 6
HOURS = (1, 2, 3, 6, 12, 24, 48, 72, 24 * 7, 24 * 14)


def heading(brand: str, on: str, step: timedelta, locale: str) -> str:
    """Return what a chart shows: whose mentions, and in how long each count was made."""
    t = translator(locale)
    facts = {"brand": plain(brand, 40), "span": within(step, locale)}
    titles = {
        "negative": t.gettext("%(brand)s: negative mentions in %(span)s"),
        "stories": t.gettext("%(brand)s: stories in %(span)s"),
        "authors": t.gettext("%(brand)s: authors in %(span)s"),
        "mood": t.gettext("%(brand)s: mean sentiment in %(span)s"),
    }
    return titles.get(on, t.gettext("%(brand)s: mentions in %(span)s")) % facts


def legend(usual: float | None, bar: float | None, locale: str, *, is_mean: bool = False) -> dict[str, str]:
    """Return what the parts of a chart mean, with the numbers that its lines stand for."""
    spell = _score if is_mean else number
    t = translator(locale)
    labels = {
        "counts": t.gettext("mean") if is_mean else t.gettext("counted"),
        "judged": t.gettext("judged"),
        "unknown": t.gettext("not heard"),
    }
    if usual is not None:
        labels["usual"] = t.gettext("usual: %(count)s") % {"count": spell(usual, locale)}
    if bar is not None:
        # So many it takes: of a count there is no half.
        least = _score(bar, locale) if is_mean else number(ceil(bar), locale)
        labels["bar"] = t.gettext("the bar: %(count)s") % {"count": least}
    return labels


def moment_of(at: datetime, tz: tzinfo | str, locale: str) -> str:
    """Return when it was, as it stands beside a mark."""
    return when(at, tz, locale)


def tick(at: datetime, whole: timedelta, tz: tzinfo | str, locale: str) -> str:
    """Return a moment as it stands under a chart that spans `whole`: the time, or the day of a long one."""
    zone, code = dates.get_timezone(tz), language(locale)
    skeleton = "Hm" if whole <= timedelta(days=2) else "MMMd"
    return str(dates.format_skeleton(skeleton, at, tzinfo=zone, locale=code))


def round_moments(first: datetime, last: datetime, tz: tzinfo | str, most: int) -> Iterator[datetime]:
    """Yield at most `most` full hours, or midnights, of the people's clock from `first` to `last`."""
    zone = dates.get_timezone(tz)
    hours = (last - first) / timedelta(hours=1)
    each = next((step for step in HOURS if hours / step <= most), HOURS[-1])
    local = first.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    found = []
    for n in range(int(hours) + 2):
        at = local + timedelta(hours=n)
        days = (at.date() - local.date()).days
        fits = at.hour % each == 0 if each <= 24 else at.hour == 0 and days % (each // 24) == 0
        if fits and first <= at <= last:
            found.append(at)
    yield from found[:most]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the sentences under it."""

    title: str
    lines: tuple[str, ...]


Row = Mapping[str, Any]


def counted(row: Row, locale: str) -> Section:
    """Return what was counted against what was usual, how rare that is, and what it rests on."""
    t = translator(locale)
    facts = row["evidence"]
    on, span = str(_rule(row).get("on", "all")), timedelta(seconds=row["span_seconds"])
    lines = [how_much(on, row["observed"], row["expected"], span, locale)]
    lines += _why(row, facts, locale)
    if (history := _number(facts.get("history_days"))) is not None:
        lasted = lasting(timedelta(days=min(history, 36_500)), locale)
        lines.append(t.gettext("What is usual rests on %(history)s of history.") % {"history": lasted})
        if facts.get("learning") is True:
            lines.append(t.gettext("That is little, so the bar was raised."))
    lines += _heard(row.get("heard"), locale)
    return Section(t.gettext("What was counted"), tuple(lines))


def _why(row: Row, facts: Row, locale: str) -> Iterator[str]:
    t = translator(locale)
    z, bar = row["z"], _number(facts.get("threshold"))
    if row["code"] == "threshold":
        count = _number(facts.get("count")) or 0
        yield t.gettext("The bar was %(count)s in that time.") % {"count": number(count, locale)}
        return
    if row["code"] == "shift":
        yield from _mood(facts, locale)
    if row["code"] == "spike":
        peaks = facts.get("peaks")
        days = len(peaks) if isinstance(peaks, list | tuple) else 0
        yield why(z, int(_number(facts.get("rank")) or 0), days, locale)
        if bar is not None:
            yield t.gettext("The bar was z = %(bar)s.") % {"bar": number(bar, locale)}
    elif bar is not None:
        if (busy := _number(facts.get("busy"))) is not None:
            text = t.gettext("The busiest of the days it is compared with held %(count)s.")
            yield text % {"count": number(busy, locale)}
        said = {"z": number(z, locale), "bar": number(bar, locale)}
        yield t.gettext("z = %(z)s; the bar was z = %(bar)s.") % said


def _mood(facts: Row, locale: str) -> Iterator[str]:
    mean, usual = _number(facts.get("mean_mood")), _number(facts.get("usual_mood"))
    if mean is not None and usual is not None:
        said = {"mean": _score(mean, locale), "usual": _score(usual, locale)}
        text = translator(locale).gettext(
            "The mean sentiment was %(mean)s, usually %(usual)s (from −1 to 1)."
        )
        yield text % said


def _heard(heard: Any, locale: str) -> Iterator[str]:
    """Say how much of the window was heard, and by which sources it came."""
    t = translator(locale)
    if not isinstance(heard, Mapping):
        return
    if (known := _number(heard.get("known"))) is not None:
        yield t.gettext("Heard of that time: %(share)s.") % {"share": percent(known, locale)}
    sources = heard.get("sources")
    rows = sources.items() if isinstance(sources, Mapping) else ()
    told = [
        f"{plain(str(name), 40)} ({number(count, locale)})"
        for name, row in rows
        if isinstance(row, Mapping) and (count := _number(row.get("count")))
    ]
    if told:
        yield t.gettext("It came from: %(sources)s.") % {"sources": ", ".join(told[:MOST_SOURCES])}


def judged(row: Row, locale: str) -> Section:
    """Return how bad it was and why, whether the same comes out, and what today's rule would say."""
    t = translator(locale)
    level = capital(severity(str(row.get("severity")), locale))
    lines = [*_reasons(row.get("reasons"), locale), *_points(row, locale)]
    lines += _capped(row.get("gate"), locale)
    lines += [_again(row, locale), *_by_todays_rule(row["by_todays_rule"], row, locale)]
    return Section(t.gettext("Why %(severity)s") % {"severity": level}, tuple(lines))


def _reasons(reasons: Any, locale: str) -> Iterator[str]:
    for reason in reasons if isinstance(reasons, list) else ():
        if isinstance(reason, Mapping) and (told := _reason(reason, locale)):
            points = int(_number(reason.get("points")) or 0)
            yield f"{told} (+{points})" if points else told


def _points(row: Row, locale: str) -> Iterator[str]:
    """Say how many points speak, and how many make it one step worse than the rule says."""
    points, crisis = _number(row.get("points")), _number(row.get("crisis_points"))
    if points is not None and crisis is not None:
        facts = {"points": number(points, locale), "crisis": number(crisis, locale)}
        facts["severity"] = severity(str(_rule(row).get("severity")), locale)
        text = translator(locale).gettext(
            "Points: %(points)s. From %(crisis)s on it is a step worse than the rule says (%(severity)s)."
        )
        yield text % facts


def _reason(reason: Row, locale: str) -> str:
    t = translator(locale)
    value = _number(reason.get("value")) or 0.0
    count, whole = number(value, locale), round(value)
    facts = {
        "count": count,
        "share": percent(min(max(value, 0.0), 1.0), locale),
        "word": plain(str(reason.get("word", "")), 60),
    }
    told = {
        "z": t.gettext("The surge is strong: z = %(count)s."),
        "negative_share": t.gettext("Share of negative mentions: %(share)s."),
        "authors": t.ngettext(
            "%(count)s author more than usual.", "%(count)s authors more than usual.", whole
        ),
        "reach": t.gettext("Reach beyond what is usual: %(count)s."),
        "domains": t.ngettext("%(count)s site more than usual.", "%(count)s sites more than usual.", whole),
        "danger": t.ngettext(
            "The word of danger “%(word)s” stands in %(count)s mention.",
            "The word of danger “%(word)s” stands in %(count)s mentions.",
            whole,
        ),
        "crisis_when": t.gettext("All that `crisis_when` of the rule asks for was so."),
        "rule": t.gettext("The rule says so by itself."),
    }
    text = told.get(str(reason.get("code")))
    return "" if text is None else text % facts


def _capped(code: Any, locale: str) -> Iterator[str]:
    if isinstance(code, str) and code:
        yield _gate(code, locale)


def _again(row: Row, locale: str) -> str:
    t = translator(locale)
    if row["same"]:
        return t.gettext("Recomputed from what was kept: the same verdict.")
    same = row["recomputed"]["same"]
    names = {
        "finding": t.gettext("the finding"),
        "severity": t.gettext("the severity"),
        "verdict": t.gettext("what became of it"),
    }
    wrong = [names[key] for key, held in same.items() if held is False and key in names]
    if not wrong:
        return t.gettext("It cannot be recomputed whole: something of what was kept is damaged.")
    return t.gettext("NOT THE SAME when recomputed from what was kept: %(what)s.") % {
        "what": ", ".join(wrong)
    }


def _by_todays_rule(told: Row, row: Row, locale: str) -> Iterator[str]:
    t = translator(locale)
    if told["stands"] == "gone":
        yield t.gettext("There is no rule of that name any more.")
        return
    if told["stands"] == "another trigger":
        trigger = {"trigger": plain(str(told.get("trigger")), 40)}
        yield t.gettext("The rule has another trigger now: %(trigger)s.") % trigger
        return
    if told["stands"] == "changed":
        names = {"names": ", ".join(plain(str(name), 40) for name in told["changed"])}
        yield t.gettext("The rule was changed since: %(names)s.") % names
    if told["fires"] is False:
        yield t.gettext("By the rule as it is now it would NOT fire.")
    elif told["fires"]:
        level = str(told.get("severity") or row.get("severity"))
        text = t.gettext("By the rule as it is now it would fire too: %(severity)s.")
        yield text % {"severity": severity(level, locale)}


def by_now(told: Row, locale: str) -> Section:
    """Return what the store says today about the window, where it is not what was said then."""
    t = translator(locale)
    title = t.gettext("What the store says today")
    if "count" not in told:
        return Section(title, (t.gettext("Nothing can be said about that window."),))
    lines = [_then_and_now(told, locale), *_moved(told, locale), *_verdict_now(told.get("verdict"), locale)]
    return Section(title, tuple(lines))


def _then_and_now(told: Row, locale: str) -> str:
    t = translator(locale)
    then, now = told["count"]["then"], told["count"]["now"]
    if now is None:
        return t.gettext("What was counted then is not counted any more: the rule asks for something else.")
    facts = {"then": number(then, locale), "now": number(now, locale)}
    if then == now:
        return t.gettext("Counted in that window: %(now)s, as it was then.") % facts
    return t.gettext("Counted in that window: %(now)s now, %(then)s then.") % facts


def _moved(told: Row, locale: str) -> Iterator[str]:
    t = translator(locale)
    late, corrected, gone = told["late"], told["corrected"], told["gone"]
    if late:
        text = t.ngettext(
            "%(count)s mention came after the verdict.", "%(count)s mentions came after the verdict.", late
        )
        yield text % {"count": number(late, locale)}
    if corrected:
        text = t.ngettext(
            "People corrected %(count)s label: %(more)s now negative, %(fewer)s no more.",
            "People corrected %(count)s labels: %(more)s now negative, %(fewer)s no more.",
            corrected,
        )
        more, fewer = number(told["to_negative"], locale), number(told["from_negative"], locale)
        yield text % {"count": number(corrected, locale), "more": more, "fewer": fewer}
    if gone:
        text = t.ngettext(
            "%(count)s mention is counted and not kept any more: forgotten, or too old.",
            "%(count)s mentions are counted and not kept any more: forgotten, or too old.",
            gone,
        )
        yield text % {"count": number(gone, locale)}
    then, now = _number(told["heard"]["then"]), _number(told["heard"]["now"])
    if then is not None and now is not None and then != now:
        shares = {"then": percent(then, locale), "now": percent(now, locale)}
        yield t.gettext("Heard of that window: %(now)s by now, %(then)s then.") % shares


def _verdict_now(told: Any, locale: str) -> Iterator[str]:
    t = translator(locale)
    if not isinstance(told, Mapping):
        return
    if told["fires"]:
        facts = {"z": number(told["z"], locale)}
        yield t.gettext("Judged by what is stored now, the rule of then fires too: z = %(z)s.") % facts
    else:
        yield t.gettext("Judged by what is stored now, the rule of then would NOT fire.")


def title(number: int, brand: str, level: str, opened_at: datetime, locale: str, tz: tzinfo | str) -> str:
    """Return which incident it is, as bad as it is now."""
    text = translator(locale).gettext("Incident %(id)s · %(brand)s · %(severity)s · opened %(at)s")
    facts = {"id": number, "brand": plain(brand, 80), "severity": severity(level, locale)}
    return text % {**facts, "at": when(opened_at, tz, locale)}


def headline(row: Row, place: int, of: int, locale: str, tz: tzinfo | str) -> str:
    """Return which finding is shown, when it was, and what became of it."""
    t = translator(locale)
    at = datetime.fromisoformat(row["at"])
    became = {
        "open": t.gettext("it opened the incident"),
        "relapse": t.gettext("the incident flared up again"),
        "worsen": t.gettext("the incident got worse"),
        "join": t.gettext("it joined the incident"),
        "silent": t.gettext("it was kept quiet"),
    }
    facts = {
        "number": place,
        "all": of,
        "at": when(at, tz, locale),
        "rule": plain(str(row["rule"]), 80),
        "became": became.get(str(row["verdict"]), plain(str(row["verdict"]), 40)),
    }
    held = t.gettext(", but was held back") if row.get("held") else ""
    return t.gettext("Finding %(number)s of %(all)s · %(at)s · rule: %(rule)s · %(became)s") % facts + held


def _rule(row: Row) -> Row:
    found = row.get("rule_then")
    return found if isinstance(found, Mapping) else {}


def _number(value: Any) -> float | None:
    """Return a number that may stand in a sentence; what was kept may have been edited by hand."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= MOST and isfinite(value) else None


def _score(value: float, locale: str) -> str:
    return numbers.format_decimal(round(value, 2), format="0.00;−0.00", locale=language(locale))
