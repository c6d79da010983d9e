"""What stands in the store about an incident, as the values that `words` tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from listener.config import Rule
from listener.store.incidents import Saved
from listener.words.brief import Brief, Driver, Entry, Figures, Held, Quote, Reason
from rules.triggers import Finding


def brief(saved: Saved) -> Brief:
    """Return the incident as people see it now."""
    incident, facts = saved.incident, saved.facts
    answer_by = incident.started_at + incident.playbook.answer_within if incident.started_at else None
    return Brief(
        id=saved.id,
        brand=saved.brand,
        severity=incident.severity,
        phase=incident.phase,
        rule=saved.rule,
        on=facts["on"],
        opened_at=saved.opened_at,
        observed=facts["observed"],
        expected=facts["expected"],
        span=timedelta(seconds=facts["span_seconds"]),
        z=facts["z"],
        started_at=incident.started_at,
        day_rank=facts.get("rank", 0),
        days=facts.get("days", 0),
        negative_share=facts.get("negative_share"),
        learning=facts.get("learning", False),
        history_days=facts.get("history_days", 0.0),
        late=facts.get("late", False),
        detected_at=datetime.fromisoformat(facts["at"]),
        relapses=incident.relapses,
        acknowledged_by=incident.acknowledged_by or "",
        acknowledged_at=incident.acknowledged_at,
        answer_by=answer_by,
        answered_at=incident.answered_at,
        answered_url=incident.answered_url,
        breached=incident.breached_at is not None,
        closed_at=incident.closed_at,
        verdict=incident.verdict,
        gate=facts.get("gate", ""),
        reasons=tuple(Reason(**reason) for reason in facts.get("reasons", ())),
        judged=facts.get("judged", ""),
        crisis_points=facts.get("crisis_points", 0),
        terms=tuple((term, share) for term, share in facts.get("terms", ())),
        quotes=tuple(_quote(value) for value in facts.get("quotes", ())),
        drivers=_drivers(facts),
        signs=tuple(facts.get("coordination", ())),
        version=saved.version,
        held=_held(saved),
        figures=Figures.of(facts.get("figures")),
    )


def figures(rule: Rule, finding: Finding) -> dict[str, Any]:
    """Return what of a finding its sentences need beside the counts, as it is kept with the incident."""
    frozen = finding.evidence
    kept = Figures(
        finding.code,
        bar=float(frozen.get("count", 0)),  # type: ignore[arg-type]
        mood=round(float(frozen.get("mean_mood", 0)), 3),  # type: ignore[arg-type]
        usual_mood=round(float(frozen.get("usual_mood", 0)), 3),  # type: ignore[arg-type]
        query=rule.query or "",
    )
    return asdict(kept)


def _held(saved: Saved) -> Held | None:
    """Return why the incident is held back, or was until it was told."""
    held, told = saved.incident.held, saved.facts.get("held")
    if held is not None:
        return Held(held.since, held.why, held.rule, until=held.until)
    if not told:
        return None
    since, told_at = datetime.fromisoformat(told["since"]), datetime.fromisoformat(told["told_at"])
    return Held(since, told["why"], told["rule"], told_at=told_at)


def entries(saved: Saved) -> tuple[Entry, ...]:
    """Return the incident's timeline, oldest first."""
    return tuple(Entry(e.what, e.at, e.by, e.data) for e in saved.events)


def _drivers(facts: Mapping[str, Any]) -> dict[str, tuple[Driver, ...]]:
    usual = facts.get("excess", {}).get("usual", 0.0)
    return {
        facet: tuple(
            Driver(d["what"], d["count"], d["usual"], d["share"], d["usual"] / usual if usual else None)
            for d in found
        )
        for facet, found in facts.get("drivers", {}).items()
    }


def _quote(value: Mapping[str, Any]) -> Quote:
    published = value.get("published_at")
    return Quote(
        text=value["text"],
        author=value.get("author", ""),
        url=value.get("url", ""),
        source=value.get("source", ""),
        published_at=datetime.fromisoformat(published) if published else None,
        label=value.get("label", ""),
        score=value.get("score", 0.0),
        reach=value.get("reach"),
        code=value.get("code", ""),
        role=value.get("role", ""),
    )
