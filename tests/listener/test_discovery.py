"""The feeds of a page are found, tried for real, and come out ready to paste."""

import json
import re
import signal
import subprocess
import sys
import time
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest

from listener.cli import cli
from listener.cli.discovering import duration, tables
from listener.discovery import MOST_TRIED, Finder, Found, address
from listener.signposts import MOST_NAMED, guesses, known, signs, text_of
from tests.servers.api import ApiServer, Said
from tests.servers.feed import rss

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NEWS = rss([(f"{n}", f"news {n}", NOON - timedelta(hours=3 * n), "", "") for n in range(4)])
TALK = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>The &amp;lt;talk&amp;gt; of \xc5\xbbory</title>
<id>t</id><updated>2026-03-02T12:00:00Z</updated><entry><id>1</id><title>hello</title><updated>2026-03-01T00:00:00Z</updated>
<link href="/1"/></entry></feed>"""
ILL = b"<rss><channel><title>Ill</title><item><title>a & b</title><guid>1</guid></item><item><title>c</title>"
HTML = {"Content-Type": "text/html"}


class Site:
    """A site on loopback: `pages` by path, with its query; anything else is a 404."""

    def __init__(self, pages):
        self.pages = pages
        self.api = ApiServer(self._answer)
        self.url = self.api.url

    def _answer(self, asked):
        where = asked.path + (
            "?" + "&".join(f"{k}={v}" for k, v in asked.query.items()) if asked.query else ""
        )
        page = self.pages.get(where, Said(b"nothing", 404))
        return Said(page.encode(), 200, HTML) if isinstance(page, str) else page

    @property
    def paths(self):
        return [asked.path for asked in self.api.asked]


@pytest.fixture
def discover():
    """Discover the feeds of a site made of these pages; return the site and what was found."""
    open_sites = []

    def run(pages, path="/"):
        site = Site(pages)
        open_sites.append(site.api.__enter__())
        with Finder("test@listener.example", private=True) as finder:
            return site, finder.discover(site.url + path)

    yield run
    for api in open_sites:
        api.__exit__()


def test_feeds_that_a_page_names_are_found_and_read(discover):
    page = """<HTML><head><base href='/blog/'>
      <link REL="alternate" type='application/rss+xml' title=x href="rss.xml">
      <link rel=alternate type=application/atom+xml href=/talk.atom>
      <link rel="alternate" hreflang="pl" href="/pl">
      <link rel="stylesheet" href="/style.css"></head>"""
    site, found = discover({"/": page, "/blog/rss.xml": NEWS, "/talk.atom": TALK})
    news, talk = found.feeds
    assert (news.url, news.kind, news.title, news.entries) == (f"{site.url}/blog/rss.xml", "rss", "Forum", 4)
    assert (news.newest, news.every) == (NOON, timedelta(hours=3))
    assert (talk.title, talk.entries, talk.every) == ("The <talk> of Żory", 1, None)
    assert site.paths[:2] == ["/robots.txt", "/"]
    assert sorted(site.paths[2:]) == ["/blog/rss.xml", "/talk.atom"]
    assert "crisis-listener/0.1 (+test@listener.example)" in site.api.asked[1].headers["user-agent"]


def test_a_page_that_is_a_feed_is_said_to_be_one(discover):
    site, found = discover({"/feed": NEWS}, "/feed")
    assert found.itself
    assert [feed.url for feed in found.feeds] == [f"{site.url}/feed"]
    assert site.paths == ["/robots.txt", "/feed"]


def test_a_feed_that_only_the_patient_reader_reads_is_found_too(discover):
    _, found = discover({"/": "<link rel=alternate type=application/rss+xml href=/ill>", "/ill": ILL})
    assert [(feed.title, feed.entries) for feed in found.feeds] == [("Ill", 2)]


def test_links_that_look_like_feeds_are_tried(discover):
    page = (
        "<a href='/about'>us</a><a href='/news.rss'>RSS</a><a href=/feedback>say</a><a href='file:///x.rss'>"
    )
    site, found = discover({"/": page, "/news.rss": NEWS})
    assert [feed.url for feed in found.feeds] == [f"{site.url}/news.rss"]
    assert "/feedback" not in site.paths and "/about" not in site.paths


def test_where_nothing_is_named_the_usual_places_are_tried(discover):
    site, found = discover({"/blog/": "<p>words</p>", "/feed.xml": NEWS}, "/blog/")
    assert [feed.url for feed in found.feeds] == [f"{site.url}/feed.xml"]
    assert "/blog/feed" in site.paths


def test_guesses_obey_robots_and_what_is_named_is_for_machines(discover):
    rules = Said(b"User-agent: *\nDisallow: /feed\nDisallow: /rss")
    site, found = discover({"/robots.txt": rules, "/": "words", "/feed.xml": NEWS})
    assert not found.feeds
    assert not {"/feed", "/feed.xml", "/rss"} & set(site.paths)
    named = "<link rel=alternate type=application/rss+xml href=/feed.xml>"
    _, found = discover({"/robots.txt": rules, "/": named, "/feed.xml": NEWS})
    assert len(found.feeds) == 1


def test_a_page_kept_from_us_does_not_hide_its_feeds(discover):
    site, found = discover({"/@ada": Said(b"no", 403), "/@ada.rss": NEWS}, "/@ada")
    assert [feed.url for feed in found.feeds] == [f"{site.url}/@ada.rss"]
    assert "403" in found.error


def test_a_page_that_robots_keeps_is_not_read(discover):
    site, found = discover({"/robots.txt": Said(b"User-agent: *\nDisallow: /"), "/": "x"})
    assert "robots.txt does not let us read" in found.error
    assert site.paths == ["/robots.txt"]


def test_the_makers_mark_leads_to_the_feeds(discover):
    page = '<meta name="generator" content="Discourse 3.5.0"><title>Forum</title>'
    site, found = discover({"/c/help/7": page, "/posts.rss": NEWS, "/c/help/7.rss": TALK}, "/c/help/7")
    assert {feed.url for feed in found.feeds} == {f"{site.url}/posts.rss", f"{site.url}/c/help/7.rss"}


def test_the_same_feed_at_several_addresses_is_one(discover):
    page = "".join(f"<link rel=alternate type=application/rss+xml href=/{n}>" for n in "abc")
    site, found = discover({"/": page, "/a": NEWS, "/b": NEWS, "/c": TALK})
    assert [feed.url for feed in found.feeds] == [f"{site.url}/a", f"{site.url}/c"]


def test_a_feed_that_moved_for_good_is_given_where_it_is(discover):
    page = "<link rel=alternate type=application/rss+xml href=/old>"
    site, found = discover({"/": page, "/old": Said(b"", 301, {"Location": "/new"}), "/new": NEWS})
    assert [feed.url for feed in found.feeds] == [f"{site.url}/new"]


def test_a_page_cannot_make_us_ask_without_end(discover):
    page = "".join(
        f"<link rel=alternate type=application/rss+xml href=/n{n}><a href=/l{n}.rss>" for n in range(5_000)
    )
    site, found = discover({"/": page})
    assert not found.feeds
    assert len(site.paths) <= 2 + MOST_TRIED + len(guesses(site.url))


def test_a_page_cannot_lead_us_inside():
    page = "<link rel=alternate type=application/rss+xml href=http://127.0.0.2:{}/feed>"
    site = Site({})
    site.pages["/"] = page.format(site.api.port)
    with site.api, Finder(judge=lambda host: host == "127.0.0.1") as finder:
        found = finder.discover(site.url)
        assert finder.discover(f"http://127.0.0.2:{site.api.port}/").error.count("private = true") == 1
    assert not found.feeds


@pytest.mark.parametrize(
    "page",
    [
        "<a " * 300_000, "<link " + "x" * 2_000_000, "<a href=" * 200_000,
        "<a href='" + "<a href=\"" * 200_000,
        ("<a " + "a" * 3_990 + ">") * 250, ("<a " + "a =" * 1_300 + ">") * 250,
        ("<a " + " " * 3_990 + ">") * 250,
        '<a href="' + "&#" + "9" * 3_900 + '">', "<meta charset=" + "x" * 999_999, "\0\x1b[2J" * 9_999,
        "<base href='//[::1'><a href=x.rss>", "<base href='javascript:1'><a href='http://[/feed'>",
    ],
)  # fmt: skip
def test_hostile_pages_are_read_in_one_pass(page):
    begun = time.process_time()
    signs("https://example.org/", text_of(page.encode(), "text/html; charset=none"))
    assert time.process_time() - begun < 2


CHANNEL = "UC" + "x" * 22
VIDEOS = "https://www.youtube.com/feeds/videos.xml?"


@pytest.mark.parametrize(
    ("url", "feed"),
    [
        (f"https://www.youtube.com/channel/{CHANNEL}/videos", f"{VIDEOS}channel_id={CHANNEL}"),
        ("https://youtube.com/playlist?list=PL123", f"{VIDEOS}playlist_id=PL123"),
        ("https://mastodon.example/@ada", "https://mastodon.example/@ada.rss"),
        ("https://mastodon.example/tags/zabka", "https://mastodon.example/tags/zabka.rss"),
        ("https://lemmy.example/c/poland", "https://lemmy.example/feeds/c/poland.xml?sort=New"),
        ("https://old.reddit.com/r/Polska/hot", "https://www.reddit.com/r/Polska/new/.rss"),
        ("https://www.reddit.com/user/ada", "https://www.reddit.com/user/ada/.rss"),
        ("https://stackoverflow.com/questions/tagged/python", "https://stackoverflow.com/feeds/tag/python"),
        (
            "https://cooking.stackexchange.com/questions/7/x",
            "https://cooking.stackexchange.com/feeds/question/7",
        ),
        ("https://news.google.com/search?q=a%20b&hl=pl", "https://news.google.com/rss/search?q=a%20b&hl=pl"),
        ("https://bsky.app/profile/ada.example", "https://bsky.app/profile/ada.example/rss"),
        ("https://medium.com/@ada", "https://medium.com/feed/@ada"),
        ("https://github.com/o/r", "https://github.com/o/r/releases.atom"),
    ],
)
def test_sites_that_everybody_knows_keep_their_feeds_where_we_look(url, feed):
    assert known(url)[0].url == feed


def test_a_channels_page_tells_its_number():
    html = f'<script>{{"channelId":"{CHANNEL}"}}</script>'
    assert f"{VIDEOS}channel_id={CHANNEL}" in [s.url for s in signs("https://www.youtube.com/@ada", html)]


@pytest.mark.parametrize(
    ("maker", "place"),
    [
        ("WordPress 6.8", "comments/feed/"),
        ("phpBB", "feed.php"),
        ("Ghost 5", "rss/"),
        ("blogger", "feeds/posts/default"),
    ],
)
def test_what_made_a_page_says_where_its_feeds_are(maker, place):
    found = signs("https://example.org/a/b", f'<META content="{maker}" name="Generator">')
    assert f"https://example.org/{place}" in [sign.url for sign in found]


def test_no_more_feeds_are_named_than_anybody_reads():
    page = "".join(f"<link rel=alternate type=application/rss+xml href=/n{n}>" for n in range(99))
    assert len(signs("https://example.org/", page)) == MOST_NAMED


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("example.org", "https://example.org"), (" Example.org/blog ", "https://example.org/blog"),
        ("feed:https://example.org/f", "https://example.org/f"), ("feed://example.org/f", "https://example.org/f"),
        ("żabka.pl", "https://xn--abka-99a.pl"), ("http://127.0.0.1:80/x", "http://127.0.0.1:80/x"),
        ("file:///etc/passwd", ""), ("javascript:alert", ""), ("", ""), ("two words", ""),
        ("http://u:p@example.org", ""),
    ],
)  # fmt: skip
def test_what_a_person_types_becomes_an_address(typed, url):
    assert address(typed).lower() == url


def test_tables_can_be_pasted_whatever_the_feeds_are_called():
    titles = ['Say "hi"\\', "Forum", "Forum", "", "ż" * 200]
    feeds = [
        Found(f"https://example.org/{n}", "rss", t, "named", 1, NOON, None) for n, t in enumerate(titles)
    ]
    sources = tomllib.loads("\n".join(tables(feeds, ["Forum"], private=True)))["source"]
    names = [source["name"] for source in sources]
    assert names == ['Say "hi"\\', "Forum 2", "Forum 3", "example.org", "ż" * 60]
    assert all(source["private"] for source in sources)


@pytest.mark.parametrize(
    ("gap", "said"),
    [
        (3 * 3600, "3h"),
        (90, "90s"),
        (60, "1m"),
        (119 * 60, "119m"),
        (86400, "1d"),
        (5 * 86400 + 9, "5d"),
        (0, "1s"),
    ],
)
def test_spans_are_written_as_the_configuration_writes_them(gap, said):
    assert duration(timedelta(seconds=gap)) == said


@pytest.fixture
def verb(capsys):
    """Run the verb; return its exit status and what it wrote on both channels."""

    def run(*arguments):
        status = cli.main(["--config", "nowhere.toml", "discover", *arguments], standalone_mode=False)
        return status, *capsys.readouterr()

    return run


def test_the_verb_prints_a_table_and_what_to_paste_and_reads_as_json(verb):
    site = Site({"/": "<link rel=alternate type=application/rss+xml href=/f>", "/f": NEWS})
    with site.api:
        status, shown, _ = verb("--private", site.url)
        _, told, _ = verb("--private", "--json", site.url)
    assert status == 0
    assert re.search(rf"Forum +rss +{site.url}/f +4 +2026-03-02T12:00:00Z +3h", shown)
    assert tomllib.loads(shown[shown.index("[[source]]") :])["source"] == [
        {"name": "Forum", "kind": "rss", "url": f"{site.url}/f", "private": True}
    ]
    (row,) = map(json.loads, told.splitlines())
    assert row == {
        "url": f"{site.url}/f", "kind": "rss", "title": "Forum", "entries": 4,
        "newest": "2026-03-02T12:00:00Z", "every": "3h",
    }  # fmt: skip


def test_the_verb_says_what_to_do_where_there_is_nothing(verb):
    site = Site({"/": "words"})
    with site.api:
        status, _, said = verb("--private", site.url)
        assert status == 1
        assert re.search(r"names no feed, and none answers at the \d+ addresses", said)
        status, _, said = verb(site.url)
    assert status == 1
    assert "inside the network" in said
    assert "--private allows that" in said
    with pytest.raises(click.UsageError, match="no http or https address"):
        verb("file:///etc/passwd")


ROOT = Path(__file__).parents[2]


def test_an_interrupted_search_stops_cleanly():
    site = Site({})
    site.api.faults = ["slow"] * 9
    with site.api:
        command = [
            sys.executable,
            "-m",
            "listener.cli",
            "--config",
            "nowhere.toml",
            "discover",
            "--private",
            site.url,
        ]
        child = subprocess.Popen(
            command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, cwd=ROOT
        )
        while not site.api.asked and child.poll() is None:
            time.sleep(0.02)
        child.send_signal(signal.SIGINT)
        said = child.communicate(timeout=20)[1]
    assert child.returncode == 130
    assert said.strip() == "stopped"
