"""What a site asks machines to leave alone is left alone."""

import queue
import time
from datetime import timedelta

import pytest

from connectors import Get, SourceRefused, SourceUnavailable
from listener.hearing.robots import MOST_BYTES, Robots, ours, understood
from listener.hearing.web import Limits, Reply, Request, Web
from tests.listener.hearing.test_asking import Options, asking  # noqa: F401
from tests.servers.api import ApiServer, Said


class Site:
    """A site on loopback with a robots.txt of one's own."""

    def __init__(self, robots):
        self.robots = robots
        self.api = ApiServer(self._answer, host="0.0.0.0")

    def _answer(self, asked):
        return self.robots if asked.path == "/robots.txt" else Said(b"page")

    @property
    def paths(self):
        return [asked.path for asked in self.api.asked]


@pytest.fixture
def site():
    site = Site(b"User-agent: *\nDisallow: /private\n")
    with site.api:
        site.url = f"http://127.0.0.1:{site.api.port}"
        yield site


@pytest.fixture
def ask(asking, listening):  # noqa: F811
    """Ask for pages in one visit; return the error it came to."""
    ears = listening()
    return lambda *pages: ears.visit(Options(pages), kind="asking").error


def page(site, path):
    return Get(site.url + path, robots=True)


def test_a_page_that_the_site_keeps_from_machines_is_not_read(site, ask):
    with pytest.raises(
        SourceRefused, match=r"^127\.0\.0\.1:\d+'s robots\.txt does not let us read /private/x$"
    ):
        raise ask(page(site, "/private/x?token=secret"))
    assert site.paths == ["/robots.txt"]


def test_a_site_is_asked_once_for_all_its_pages(site, ask):
    assert ask(page(site, "/a"), page(site, "/b?c=1")) is None
    assert ask(page(site, "/d")) is None
    assert site.paths == ["/robots.txt", "/a", "/b", "/d"]
    assert "crisis-listener/" in site.api.asked[0].headers["user-agent"]


def test_feeds_and_interfaces_are_not_asked_about(site, ask):
    assert ask(Get(site.url + "/private/feed")) is None
    assert site.paths == ["/private/feed"]


def test_our_own_name_comes_before_everybody(site, ask):
    site.robots = b"User-agent: *\nDisallow: /\n\nUser-agent: Crisis-Listener\nAllow: /\nDisallow: /n*t$\n"
    assert ask(page(site, "/a")) is None
    assert isinstance(ask(page(site, "/not")), SourceRefused)
    assert ask(page(site, "/not/quite")) is None


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_site_without_rules_allows_everything(site, ask, status):
    site.robots = Said(b"", status)
    assert ask(page(site, "/a")) is None


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_site_that_cannot_tell_now_is_not_read_now(site, ask, status):
    site.robots = Said(b"", status)
    with pytest.raises(SourceUnavailable, match=rf"answered {status} when asked for its robots\.txt"):
        raise ask(page(site, "/a"))
    assert site.paths == ["/robots.txt"]


def test_rules_may_have_moved(site, ask):
    def answer(asked):
        if asked.path == "/robots.txt":
            return Said(b"", 301, {"Location": "/rules.txt"})
        return Said(b"User-agent: *\nDisallow: /a")

    site.api.answer = answer
    assert isinstance(ask(page(site, "/a")), SourceRefused)


def test_a_connection_that_breaks_is_told_with_what_it_was_for(site, ask):
    site.api.faults = ["half"]
    with pytest.raises(
        SourceUnavailable, match=r"its robots\.txt cannot be read now: .* the connection broke"
    ):
        raise ask(page(site, "/a"))


def test_pages_wait_between_each_other_as_long_as_the_site_asks(site, ask):
    site.robots = b"User-agent: *\nCrawl-delay: 0.2\n"
    begun = time.monotonic()
    assert ask(page(site, "/a"), page(site, "/b"), page(site, "/c")) is None
    assert time.monotonic() - begun >= 0.4


def test_no_site_makes_us_wait_for_ever():
    rules = understood(Reply(200, b"User-agent: *\nCrawl-delay: 1e300\n"), "x")
    assert rules.delay == timedelta(seconds=10)
    assert understood(Reply(200, b"User-agent: *\nCrawl-delay: nan\n"), "x").delay == timedelta(0)


def test_what_is_known_grows_old(site):
    now = [0.0]
    web = Web(limits=Limits())
    robots = Robots(web, lambda: now[0])
    try:
        for hours in (0, 23, 25):
            now[0] = hours * 3600.0
            fetched(robots, site.url + "/a")
    finally:
        web.close()
    assert site.paths.count("/robots.txt") == 2


def test_what_is_known_is_bounded(site):
    site.robots = b"User-agent: *\n" + b"Disallow: /x\n" * 38_000
    web = Web(limits=Limits())
    robots = Robots(web)
    try:
        for number in range(8):
            site.api.asked.clear()
            fetched(robots, f"http://127.0.0.{number + 1}:{site.api.port}/a")
        assert len(robots._known) <= 5
    finally:
        web.close()


def fetched(robots, url):
    home = queue.SimpleQueue()
    robots.get(Request(url, [], True, home.put))
    return home.get(timeout=10)


@pytest.mark.parametrize(
    "body",
    [
        b"".join(b"User-agent: a%d\n" % n for n in range(12_000)) + b"Disallow: /x\n" * 20_000,
        b"".join(b"User-agent:%s*\n" % (b"*" * n) for n in range(900)) + b"Disallow: /x\n" * 20_000,
        b"User-agent: *\nDisallow: /" + b"*a" * 200_000 + b"b",
        b"User-agent: *\n" + b"Disallow: /*a*a*a\n" * 30_000,
        b"\0" * MOST_BYTES, b"\xff\xfe" * 9, b"<html><body>not found</body></html>", b"", b"Disallow: /",
        b"User-agent\xc2\xa0a: x: \r\rAllow", b"User-agent:\nDisallow: /",
    ],
)  # fmt: skip
def test_hostile_rules_are_read_in_bounded_time(body):
    begun = time.process_time()
    rules = understood(Reply(200, body), "x")
    assert rules.refusal("https://x.example/" + "a" * 3_000) is None or b"*a*a" in body
    assert time.process_time() - begun < 3


def test_groups_about_others_stay_groups_of_others():
    text = "User-agent: a\nUser-agent: *\nDisallow: /x\nuseragent b # us\nDisallow: /"
    assert ours(text).splitlines() == [
        "User-agent: others", "User-agent: *", "Disallow: /x", "User-agent: others", "Disallow: /",
    ]  # fmt: skip
