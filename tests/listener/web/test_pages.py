"""What people see in a browser."""

import re
from html.parser import HTMLParser

import pytest

from listener import config
from listener.store import mentions


class Page(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.found, self.words = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())

    def all(self, tag):
        return [attrs for name, attrs in self.found if name == tag]


def test_brands_show_the_last_hour_against_what_is_usual(full):
    text = Page(full.visitor.get("/").text).text
    assert "Żabka 30 1 far more than usual 30" in text


def test_a_brand_that_nobody_writes_about_is_calm_where_it_was_heard(full):
    assert "Kettle <b> 0 0 as usual 0" in Page(full.visitor.get("/").text).text


def test_sources_show_visit_rung_status_and_coverage(full):
    text = Page(full.visitor.get("/").text).text
    assert "news rss (feed) is heard 3 min ago in 2 min 100%" in text
    assert "forum rss refuses us: a person must act 403 <Forbidden> just now in 1 h 0%" in text
    assert "sleeping rss paused never – 0%" in text


def test_open_incidents_and_the_outbox_stand_on_it(full):
    page = Page(full.visitor.get("/").text)
    assert {"href": "/incidents/1"} in page.all("a")
    assert "Slack: 1 message waits, for 5 min by now." in page.text


def test_an_empty_house_is_calm_and_not_known(house):
    text = Page(house.visitor.get("/").text).text
    assert "None: no crisis is under way." in text
    assert "not heard" in text
    assert "as usual" not in text


def test_a_brand_without_history_is_still_learning(house, row, noon):
    with house.store.write() as db:
        mentions.add(db, "news", [row(1, noon)], noon)
    assert "Żabka 1 – still learning what is usual 1" in Page(house.visitor.get("/").text).text


def test_troubles_are_told_first(full):
    full.health.troubles = ["source overdue: news", "something new"]
    text = Page(full.visitor.get("/").text).text
    assert "A source is not visited any more: news." in text
    assert "something new" in text


def test_an_incident_has_its_card_timeline_and_tasks(full):
    text = Page(full.visitor.get("/incidents/1").text).text
    assert "30 negative mentions in 15 minutes, usually 0.3." in text
    assert "Opened. Severity: crisis." in text
    assert "Confirm the facts identify head of PR" in text


@pytest.mark.parametrize("path", ["/", "/incidents/1"])
def test_strangers_words_stay_words(full, path):
    page = Page(full.visitor.get(path).text)
    assert not page.all("script")
    assert all(link["href"].startswith(("/", "http://", "https://")) for link in page.all("a"))
    assert not [
        attrs for _, attrs in page.found if any(name.startswith("on") or name == "style" for name in attrs)
    ]


@pytest.mark.parametrize("path", ["/", "/incidents/1", "/nowhere", "/style.css", "/healthz"])
def test_every_answer_forbids_what_it_does_not_need(full, path):
    headers = full.visitor.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "no-store")


def test_nothing_comes_from_elsewhere(full):
    page = Page(full.visitor.get("/").text)
    fetched = [
        attrs.get("src") or attrs.get("href") for tag, attrs in page.found if tag in ("link", "img", "script")
    ]
    assert fetched == ["/style.css"]
    assert "url(" not in full.visitor.get("/style.css").text


def test_pages_speak_polish(full, configured):
    full.settings = configured("pl")
    for path in ("/", "/incidents/1"):
        page = Page(full.visitor.get(path).text)
        assert page.all("html") == [{"lang": "pl"}]
        assert not re.findall(
            r"\b(Last|hour|Sources?|Brands?|usual|visit|Timeline|Tasks?|opened|heard)\b", page.text
        )


def test_tables_have_headings_and_pictures_have_words(full):
    html = full.visitor.get("/").text
    page = Page(html)
    assert all("scope" in heading for heading in page.all("th"))
    assert all(picture["aria-label"] for picture in page.all("svg"))


@pytest.mark.parametrize(
    "path", ["/incidents/99", "/incidents/99999999999999999999999", "/incidents/x", "/../etc/passwd"]
)
def test_what_is_not_there_is_said_plainly(full, path):
    answer = full.visitor.get(path)
    assert answer.code == 404
    assert "Traceback" not in answer.text


def test_a_database_that_is_gone_is_a_sentence(full):
    full.store.close()
    full.store.path.unlink()
    answer = full.visitor.get("/incidents/1")
    assert answer.code in (404, 503)
    assert "Traceback" not in answer.text


def test_pages_follow_a_new_configuration(full):
    full.settings = full.settings.model_copy(update={"brands": (config.Brand(name="Neu"),)})
    assert "Neu" in full.visitor.get("/").text
