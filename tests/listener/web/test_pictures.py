"""The picture of a verdict on the page of its incident."""

import http.client
import json

import pytest

from listener.charts import ChartError
from listener.store import incidents
from listener.web.pictures import Pictures
from tests.kit import NOON
from tests.listener.test_charts import size_of
from tests.listener.test_proof import World


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("judged"), storms=2)
    yield made
    made.store.close()


def kept_of(world):
    return [(one["verdict"], one["data"]) for one in world.kept()]


def show(house, world):
    """Put the findings of the world at the incident of the house."""
    with house.store.write() as db:
        for verdict, data in kept_of(world):
            incidents.find(db, 1, "surge", NOON, NOON, verdict, data)


def fetch(port, path):
    """Return status, kind and body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.getheader("content-type"), answer.read()
    finally:
        connection.close()


def test_an_incident_shows_its_picture_with_words_for_whoever_does_not_see_it(full, world):
    assert "chart.png" not in full.visitor.get("/incidents/1").text, "no finding was kept yet"
    assert full.visitor.get("/incidents/1/chart.png").code == 404
    show(full, world)
    page = full.visitor.get("/incidents/1").text
    assert 'src="/incidents/1/chart.png"' in page
    assert 'alt="Mar 16, 13:09: 2' in page and "the bar: 7" in page
    status, kind, body = fetch(full.visitor.port, "/incidents/1/chart.png")
    assert (status, kind, size_of(body)) == (200, "image/png", (1200, 560))
    assert full.visitor.get("/incidents/99/chart.png").code == 404


def test_it_is_drawn_once_for_each_language_and_what_cannot_be_drawn_is_not_tried_again(world):
    asked = []

    def draw(chart, patience):
        asked.append(chart.title)
        if "wzmianki" in chart.title:
            raise ChartError("no child to be had")
        return b"a picture"

    drawn = Pictures(world.store, draw)
    polish = world.config.model_copy(update={"locale": "pl"})
    assert [drawn.drawn(1, world.config) for _ in range(3)] == [b"a picture"] * 3
    assert [drawn.drawn(1, polish) for _ in range(3)] == [b""] * 3
    assert len(asked) == 2
    assert drawn.drawn(2, world.config) == b"", "there is no such incident"


def test_what_was_edited_by_hand_costs_the_picture_and_not_the_page(full, world):
    show(full, world)
    with full.store.write() as db:
        db.execute("UPDATE findings SET data = ?", (json.dumps({"picture": {"counts": "\x1b<script>"}}),))
    page = full.visitor.get("/incidents/1")
    assert (page.code, "chart.png" in page.text, "<script" in page.text) == (200, False, False)
    assert full.visitor.get("/incidents/1/chart.png").code == 404
