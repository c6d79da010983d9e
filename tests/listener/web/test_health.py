"""What machines ask: is it well, and the numbers."""

import os
import threading
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families


def test_all_well_is_200(full):
    answer = full.visitor.get("/healthz")
    assert (answer.code, answer.json()["ok"], answer.json()["troubles"]) == (200, True, [])


def test_what_is_wrong_is_503_with_reasons(full):
    full.health.troubles = ["judging stands still"]
    answer = full.visitor.get("/healthz")
    assert (answer.code, answer.json()["troubles"]) == (503, ["judging stands still"])


def test_a_database_that_cannot_be_written_is_a_reason(full):
    full.store.close()
    answer = full.visitor.get("/healthz")
    assert answer.code == 503
    assert "database cannot be written" in answer.json()["troubles"]


def test_metrics_are_what_prometheus_reads(full):
    answer = full.visitor.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    found = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert found["listener_mentions_last_hour", (("brand", "Żabka"),)] == 30
    assert found["listener_incidents_open", (("brand", "Żabka"), ("severity", "crisis"))] == 1
    assert found["listener_source_coverage_ratio", (("source", "news"),)] == 1
    assert found["listener_source_items_total", (("source", "news"), ("what", "spoiled"))] == 2
    assert found["listener_notices", (("state", "pending"), ("way", "slack"))] == 1
    assert found["listener_visits_total", ()] == 7
    assert found["listener_healthy", ()] == 1


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files by /proc")
def test_many_requests_hold_few_connections_to_the_database(full):
    def visit():
        for path in ("/", "/incidents/1", "/metrics", "/healthz"):
            assert full.visitor.get(path).code == 200

    visitors = [threading.Thread(target=visit) for _ in range(8)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    held = [link for link in Path("/proc/self/fd").iterdir() if held_file(link) == str(full.store.path)]
    assert len(held) <= 6


def held_file(link):
    try:
        return os.readlink(link)
    except OSError:
        return ""
