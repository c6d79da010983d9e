"""A kept verdict, reached once more: from what was frozen alone, and apart from it by the rule as it is now.

What the store holds may have been edited by hand, or written by another version. Whatever
cannot be read is said in a sentence under `troubles`, and the rest is told all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from math import isfinite
from typing import Any

from listener import evidence
from listener.config import Rule
from listener.proof.plain import DAMAGED, made, plain
from listener.store.incidents import RANK
from rules import life
from rules.life import Course
from rules.severity import Table
from rules.triggers import Fact, Finding, Trigger, kinds, load

SHOWN = ("reasons", "heard", "held", "query", "reading", "picture")
MOST = 10**12
SHORTEST, LONGEST = timedelta(seconds=1), timedelta(days=366)
VERDICT = ("threshold", "rank", "learning")
SPEAKING = tuple(verdict.value for verdict in life.Verdict)

# Severity, gate and reasons, as they are kept.
Weighed = tuple[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Again:
    """What came out the second time; None is what could not be worked out from what was kept."""

    finding: Finding | None
    weighed: Weighed | None
    verdict: str | None
    troubles: tuple[str, ...] = ()


def recomputed(kept: Mapping[str, Any], rule: Rule | None, table: Table | None = None) -> dict[str, Any]:
    """Return a kept finding, whether the same verdict comes of it, and what would be said today.

    `rule` is the one of that name as it stands now, None where it is gone, and `table` what
    severity is read from now. `same` holds where all that was kept of the verdict comes out as
    it was; what an older version did not keep is not asked for.
    """
    row: dict[str, Any] = {"rule": kept["rule"], "verdict": kept["verdict"], "found_at": kept.get("found_at")}
    data = kept.get("data")
    try:
        if not isinstance(data, Mapping):
            raise ValueError("it is no JSON object")
        finding = finding_of(data)
        trigger = trigger_of(data["trigger"])
    except DAMAGED as error:
        return {**row, "at": kept.get("at"), "same": False, "troubles": [_said("what was kept", error)]}
    then = _then(data, kept["verdict"], finding, trigger, rule)
    troubles = [*then.troubles, *_at_odds(kept, data, finding)]
    same = {
        "finding": then.finding == finding,
        "severity": None if then.weighed is None else then.weighed == _weighed(data),
        "verdict": None if then.verdict is None else then.verdict == kept["verdict"],
    }
    return {
        **row,
        "same": False not in same.values() and not troubles,
        **finding.to_json(),
        "severity": data.get("severity"),
        "gate": data.get("gate"),
        "negative_share": data.get("negative_share"),
        "recomputed": {
            "finding": _briefly(then.finding),
            "severity": then.weighed[0] if then.weighed else None,
            "gate": then.weighed[1] if then.weighed else None,
            "verdict": then.verdict,
            "same": same,
        },
        "by_todays_rule": by_todays_rule(data, finding, rule, table),
        **_points(data),
        **({"rule_then": data["rule"]} if "rule" in data else {}),
        **{name: data[name] for name in SHOWN if name in data},
        "troubles": troubles,
    }


def _at_odds(kept: Mapping[str, Any], data: Mapping[str, Any], finding: Finding) -> list[str]:
    """Return what was kept in two places and differs: then one of them was edited."""
    rule, weighed, lived = (data.get(name) for name in ("rule", "weighed", "life"))
    pairs: dict[str, tuple[Any, Any]] = {}
    if isinstance(at := kept.get("at"), str):
        pairs["its time"] = at[:19], finding.to_json()["at"][:19]
    if isinstance(rule, Mapping):
        pairs["the name of its rule"] = kept["rule"], rule.get("name")
    if isinstance(weighed, Mapping):
        pairs["its negative share"] = data.get("negative_share"), weighed.get("negative_share")
    if isinstance(lived, Mapping):
        pairs["what became of it"] = kept["verdict"], lived.get("verdict")
    return [f"{what} was kept twice, and differs" for what, (one, two) in pairs.items() if one != two]


def _weighed(data: Mapping[str, Any]) -> Weighed:
    return data.get("severity"), data.get("gate"), data.get("reasons")


def _points(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the points that spoke, and those of a crisis."""
    try:
        points = sum(int(reason["points"]) for reason in data["reasons"])
        return {"points": points, "crisis_points": int(data["weighed"]["table"]["crisis"])}
    except DAMAGED:
        return {}


def _briefly(finding: Finding | None) -> dict[str, Any] | None:
    """Return what a verdict came to; what it rests on stands beside it."""
    if finding is None:
        return None
    facts = {name: finding.evidence[name] for name in VERDICT if name in finding.evidence}
    return {"z": finding.z, "observed": finding.observed, "expected": finding.expected, **facts}


def finding_of(data: Mapping[str, Any]) -> Finding:
    """Return the finding that was kept; raise one of DAMAGED where no sentence could be made of it."""
    finding = Finding.from_json(data["finding"])
    if not all(
        isfinite(each) and abs(each) <= MOST for each in (finding.observed, finding.expected, finding.z)
    ):
        raise ValueError("a number of the finding is none")
    if any(each != each for value in finding.evidence.values() for each in _numbers(value)):
        raise ValueError("a number of its evidence is none")
    if not SHORTEST <= finding.span <= LONGEST or not 1970 < finding.at.year < 9000:
        raise ValueError("the window of the finding is none")
    return finding


def _numbers(value: Fact) -> tuple[Fact, ...]:
    return value if isinstance(value, tuple) else (value,)


def trigger_of(kind: Any) -> Trigger:
    """Return the trigger of that name; raise ValueError where there is none."""
    if kind not in kinds():
        raise ValueError(f"there is no trigger {str(kind)[:40]!r}")
    return load(kind)


def _then(
    data: Mapping[str, Any], told: str, finding: Finding, trigger: Trigger, today: Rule | None
) -> Again:
    """Reach trigger, severity and what became of the finding, each from what was frozen for it."""
    troubles: list[str] = []
    again, weighed, verdict = None, None, None
    try:
        rule = rule_then(data, trigger)
    except DAMAGED as error:
        rule = None
        troubles.append(_said("the rule as it was then", error))
    try:
        # The version before kept no options: the rule's own of today are the nearest there is.
        options = rule.options if rule else _nearest(trigger, data["trigger"], today)
        again = trigger.again(options, finding)
    except DAMAGED as error:
        troubles.append(_said("the numbers of the finding", error))
    if "weighed" in data:
        try:
            severity, gate, reasons = evidence.weigh_again(data["weighed"])
            weighed = severity, gate, [reason.to_json() for reason in reasons]
        except DAMAGED as error:
            troubles.append(_said("the reasons of the severity", error))
    if "life" in data:
        try:
            verdict = _verdict(data, told, finding)
        except DAMAGED as error:
            troubles.append(_said("the course of the incident", error))
    return Again(again, weighed, verdict, tuple(troubles))


def rule_then(data: Mapping[str, Any], trigger: Trigger) -> Rule | None:
    """Return the rule as it was, None where a version before did not keep it; raise one of DAMAGED."""
    if "rule" not in data:
        return None
    options = made(trigger.Options, data["rule"]["options"])
    return replace_options(Rule.model_validate(_known(data["rule"])), options)


def replace_options(rule: Rule, options: Any) -> Rule:
    return rule.model_copy(update={"options": options})


def _known(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the verdict needs of a rule: what a rule keeps for telling people is not asked again."""
    named = ("name", "brand", "query", "trigger", "preset", "on", "severity", "crisis_when", "playbook")
    return {name: kept[name] for name in named if name in kept}


def _nearest(trigger: Trigger, kind: str, today: Rule | None) -> Any:
    return today.options if today is not None and today.trigger == kind else trigger.Options()


def _verdict(data: Mapping[str, Any], told: str, finding: Finding) -> str | None:
    kept = data["life"]
    if kept["verdict"] not in SPEAKING:
        return None
    before = None if kept["before"] is None else course_then(kept["before"])
    move = life.held if data.get("held") else life.after
    return move(before, finding.at, finding.z, RANK[data["severity"]], finding.code)[1].value


def course_then(kept: Mapping[str, Any]) -> Course:
    """Return the course that `plain` took apart."""
    course = made(Course, kept)
    return replace(course, held=made(life.Held, kept["held"])) if kept.get("held") else course


def telling(kept: Sequence[Mapping[str, Any]]) -> int:
    """Return which of the findings says most: the worst, and of several the newest. 0 where there is none."""

    def rank(at: int) -> int:
        data = kept[at].get("data")
        return RANK.get(str(data.get("severity")), -1) if isinstance(data, Mapping) else -1

    return max(range(len(kept)), key=lambda at: (rank(at), at), default=0)


def by_todays_rule(
    data: Mapping[str, Any], finding: Finding, rule: Rule | None, table: Table | None = None
) -> dict[str, Any]:
    """Return what the rule as it stands in the configuration would say to the same numbers."""
    if rule is None:
        return {"stands": "gone", "fires": None}
    if rule.trigger != data["trigger"]:
        return {"stands": "another trigger", "trigger": rule.trigger, "fires": None}
    changed = _changed(data.get("rule"), rule)
    row: dict[str, Any] = {"stands": "changed" if changed else "as it was", "changed": changed}
    try:
        found = load(rule.trigger).again(rule.options, finding)
        row["fires"] = found is not None
        if found is not None:
            row |= {"z": found.z}
            row |= {name: found.evidence[name] for name in VERDICT if name in found.evidence}
            if "weighed" in data:
                row["severity"] = evidence.weigh_again(data["weighed"], rule, table)[0]
    except DAMAGED as error:
        row |= {"fires": None, "trouble": _said("the numbers of the finding", error)}
    return row


def _changed(kept: Any, rule: Rule) -> dict[str, list[Any]]:
    """Return what differs by name: as it was, as it is."""
    if not isinstance(kept, Mapping):
        return {}
    now = plain(rule)
    was, options = dict(kept), kept.get("options")
    pairs = {name: (was.get(name), now[name]) for name in now if name != "options" and name in was}
    if isinstance(options, Mapping):
        pairs |= {f.name: (options.get(f.name), now["options"][f.name]) for f in fields(rule.options)}
    return {name: [old, new] for name, (old, new) in pairs.items() if old != new}


def _said(what: str, error: BaseException) -> str:
    detail = f"it lacks {error}" if isinstance(error, KeyError) else " ".join(str(error).split())
    return f"{what} cannot be read: {detail[:200] or type(error).__name__}"
