"""The figures of a report as values for programs; durations are in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta, tzinfo
from typing import Any

from listener.report.courses import Course, Judged, Past
from listener.words import Quote, entry


def as_row(past: Past, locale: str, tz: tzinfo) -> Mapping[str, Any]:
    """Return the report as values that JSON knows, but for its times."""
    brief = past.brief
    return {
        "id": brief.id,
        "brand": brief.brand,
        "severity": brief.severity,
        "verdict": brief.verdict,
        "opened_at": brief.opened_at,
        "closed_at": brief.closed_at,
        "relapses": brief.relapses,
        "courses": [_course(course) for course in past.courses],
        "findings": [_finding(one) for one in past.findings],
        "negative_share": brief.negative_share,
        "terms": [{"term": term, "share": share} for term, share in brief.terms],
        "drivers": {facet: [asdict(driver) for driver in found] for facet, found in brief.drivers.items()},
        "coordination": [dict(sign) for sign in brief.signs],
        "quotes": [_quote(quote) for quote in brief.quotes],
        "timeline": [
            {"at": one.at, "what": one.what, "by": one.by, "text": entry(one, course.brief, locale, tz)}
            for course in past.courses
            for one in course.entries
        ],
        "tasks": [
            {"title": duty.title, "phase": duty.phase, "role": duty.role, "owner": duty.owner,
             "due_at": duty.due_at, "done_at": duty.done_at}
            for duty in past.incident.duties
        ],
    }  # fmt: skip


def _course(course: Course) -> dict[str, Any]:
    return {
        "began_at": course.began_at,
        "started_at": course.started_at,
        "called_at": course.called_at,
        "acknowledged_at": course.taken_at,
        "acknowledged_by": course.taken_by or None,
        "acknowledged_after_seconds": _seconds(course.taken_after),
        "expired": course.expired,
        "answered_at": course.answered_at,
        "answered_url": course.answered_url,
        "answered_after_seconds": _seconds(course.answered_after),
        "answer_within_seconds": _seconds(course.answer_within),
    }


def _finding(one: Judged) -> dict[str, Any]:
    finding = one.finding
    return {
        "at": finding.at,
        "found_at": one.found_at,
        "rule": one.rule,
        "severity": one.severity,
        "observed": finding.observed,
        "expected": round(finding.expected, 2),
        "z": round(finding.z, 2),
        "span_seconds": _seconds(finding.span),
    }


def _quote(quote: Quote) -> dict[str, str | datetime | None]:
    return {
        "text": quote.text,
        "author": quote.author,
        "url": quote.url,
        "source": quote.source,
        "published_at": quote.published_at,
        "label": quote.label,
        "code": quote.code,
        "role": quote.role,
    }


def _seconds(span: timedelta | None) -> float | None:
    return None if span is None else span.total_seconds()
