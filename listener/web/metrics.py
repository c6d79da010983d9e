"""The numbers for Prometheus, read from the store when they are asked for.

Format: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from listener.config import Settings
from listener.store import Store, mentions, troubles, weeks
from listener.web.status import Health, Status, status


class _Now(Collector):
    """What stands in the store at the moment of asking."""

    def __init__(
        self,
        store: Store,
        settings: Callable[[], Settings],
        now: Callable[[], datetime],
        health: Callable[[], Health],
    ) -> None:
        self._store, self._settings, self._now, self._health = store, settings, now, health

    def collect(self) -> Iterator[Metric]:
        found = status(self._store, self._settings(), self._now())
        with self._store.read() as db:
            totals, notices, opened = mentions.totals(db), weeks.outbox(db), weeks.opened(db)
            ills = Counter(trouble.what for trouble in troubles.open_ones(db))
        yield from _brands(found, totals)
        yield from _sources(found)
        yield _family(
            GaugeMetricFamily,
            "source_troubles",
            "Troubles of sources that are not over.",
            ("what",),
            [((what,), number) for what, number in ills.items()],
        )
        yield _family(
            GaugeMetricFamily,
            "incidents_open",
            "Incidents not closed yet.",
            ("brand", "severity"),
            _open(found),
        )
        yield _family(
            CounterMetricFamily, "incidents", "Incidents ever opened.", ("brand", "severity"), opened.items()
        )
        yield from _outbox(found, notices)
        yield from _daemon(self._health())


def render(
    store: Store, settings: Callable[[], Settings], now: Callable[[], datetime], health: Callable[[], Health]
) -> bytes:
    """Return all metrics in the text format."""
    registry = CollectorRegistry()
    registry.register(_Now(store, settings, now, health))
    return generate_latest(registry)


def _family(
    kind: type[GaugeMetricFamily] | type[CounterMetricFamily],
    name: str,
    told: str,
    labels: tuple[str, ...],
    values: Iterable[tuple[tuple[str, ...], float]],
) -> Metric:
    family = kind(f"listener_{name}", told, labels=labels)
    for label, value in values:
        family.add_metric(label, value)
    return family


def _brands(found: Status, totals: Mapping[str, int]) -> Iterator[Metric]:
    by = ("brand",)
    yield _family(
        GaugeMetricFamily, "mentions_stored", "Mentions in the store.", by,
        [((brand.name,), totals.get(brand.name, 0)) for brand in found.brands],
    )  # fmt: skip
    yield _family(
        GaugeMetricFamily, "mentions_last_hour", "Mentions of the last hour.", by,
        [((brand.name,), brand.last_hour) for brand in found.brands],
    )  # fmt: skip
    yield _family(
        GaugeMetricFamily, "mentions_usual_hour", "Mentions of a usual hour of the last 14 days.", by,
        [((brand.name,), brand.usual) for brand in found.brands if brand.usual is not None],
    )  # fmt: skip
    yield _family(
        GaugeMetricFamily, "heard_last_hour_ratio", "Share of the last hour that was heard.", by,
        [((brand.name,), brand.heard) for brand in found.brands],
    )  # fmt: skip


def _sources(found: Status) -> Iterator[Metric]:
    by = ("source",)
    visited = [(source.name, source.state) for source in found.sources if source.state is not None]
    yield _family(
        GaugeMetricFamily, "source_coverage_ratio", "Share of the last day the source was heard.", by,
        [((source.name,), source.coverage) for source in found.sources],
    )  # fmt: skip
    yield _family(
        GaugeMetricFamily, "source_status", "1 for the status that a source has.",
        ("source", "kind", "status"),
        [((source.name, source.kind, source.status), 1) for source in found.sources],
    )  # fmt: skip
    yield _family(
        GaugeMetricFamily, "source_last_ok_timestamp_seconds", "When a visit last brought its page home.", by,
        [((name,), state.last_ok_at.timestamp()) for name, state in visited if state.last_ok_at],
    )  # fmt: skip
    yield _family(
        GaugeMetricFamily, "source_next_visit_timestamp_seconds", "When the source is due.", by,
        [((name,), s.due_at.timestamp()) for name, s in visited if s.due_at and not s.stopped],
    )  # fmt: skip
    items = CounterMetricFamily("listener_source_items", "Items of a source.", labels=("source", "what"))
    for name, state in visited:
        for what in ("heard", "stored", "spoiled"):
            items.add_metric((name, what), getattr(state, what))
    yield items


def _open(found: Status) -> list[tuple[tuple[str, ...], float]]:
    return [((saved.brand, saved.incident.severity), 1) for saved in found.open]


def _outbox(found: Status, notices: Mapping[str, Mapping[str, int]]) -> Iterator[Metric]:
    yield _family(
        GaugeMetricFamily, "notices", "Notices in the outbox.", ("way", "state"),
        [((way, state), n) for way, states in notices.items() for state, n in states.items()],
    )  # fmt: skip
    yield _family(
        GaugeMetricFamily, "notice_oldest_waiting_seconds", "Age of the oldest notice that waits.", ("way",),
        [((way,), max((found.at - since).total_seconds(), 0.0)) for way, (_, since) in found.waiting.items()],
    )  # fmt: skip


def _daemon(health: Health) -> Iterator[Metric]:
    told = health.to_json()
    yield GaugeMetricFamily("listener_healthy", "1 while nothing is wrong.", value=float(not health.troubles))
    yield GaugeMetricFamily(
        "listener_judged_ago_seconds",
        "Time since the last judgement.",
        value=float(told.get("judged_ago_seconds", 0)),
    )
    yield CounterMetricFamily("listener_visits", "Visits to sources.", value=float(told.get("visits", 0)))
    yield CounterMetricFamily(
        "listener_bugs", "Steps that failed unexpectedly.", value=float(told.get("bugs", 0))
    )
    if told.get("slack_connected") is not None:
        connected = float(bool(told["slack_connected"]))
        yield GaugeMetricFamily("listener_slack_connected", "1 while Slack's socket is up.", value=connected)
