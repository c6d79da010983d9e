"""`check` tries every source for real and says what a person must do."""

from datetime import UTC, datetime

import pytest

from listener.cli.advice import todo
from listener.poll import Visited
from tests.running import rows
from tests.servers.api import ApiServer, Said

HEAD = '[listener]\ndatabase = "l.db"\ndashboard = "{dashboard}"\n[[brand]]\nname = "Acme"\n'
RSS = '[[source]]\nname = "{name}"\nkind = "rss"\nurl = "{url}"\nprivate = {private}\n'
PUSH = '[[source]]\nname = "hooks"\nkind = "push"\nsecret = "0123456789abcdef"\n'
FEED = b"<rss version='2.0'><channel><item><guid>1</guid><title>Acme</title></item></channel></rss>"


def answer(asked):
    if asked.path == "/page":
        return Said(
            b"<!doctype html><html><title>Hello</title></html>", headers={"Content-Type": "text/html"}
        )
    status = int(asked.path[1:] or 200)
    return Said(FEED if status == 200 else b"", status)


@pytest.fixture
def checked(tmp_path):
    """Run `check` on feeds at these paths; return what it said of each source."""

    def check(*paths, dashboard="off", private="true", more=""):
        with ApiServer(answer) as api:
            feeds = "".join(RSS.format(name=p, url=f"{api.url}/{p}", private=private) for p in paths)
            config = HEAD.format(dashboard=dashboard) + feeds + more
            (tmp_path / "config.toml").write_text(config)
            return {row["name"]: row for row in rows(tmp_path, "check") if row["what"] == "source"}

    return check


def test_each_source_is_tried_and_told_with_what_to_do(checked):
    told = checked("200", "401", "404", "410", "500", "page", more=PUSH)
    assert {name: row["ok"] for name, row in told.items()} == {
        "200": True, "401": False, "404": False, "410": False, "500": False, "page": False, "hooks": False,
    }  # fmt: skip
    assert told["200"]["detail"] == "1 mentions, 1 of a brand"
    assert "token" in told["401"]["do"]
    assert "listener discover" in told["404"]["do"]
    assert "take the source out" in told["410"]["do"]
    assert "Hello" in told["page"]["detail"]
    assert "listener discover" in told["page"]["do"]
    assert "dashboard" in told["hooks"]["do"]
    assert told["200"]["do"] == ""


def test_a_place_to_push_to_is_well_where_there_is_a_dashboard(checked):
    assert checked(dashboard="127.0.0.1:0", more=PUSH)["hooks"]["ok"]


def test_an_inner_address_is_told_with_the_key_that_allows_it(checked):
    assert "private = true" in checked("200", private="false")["200"]["do"]


@pytest.mark.parametrize("status", ["refused", "garbled", "failing", "gone"])
def test_there_is_something_to_do_about_whatever_goes_wrong(status):
    at = datetime(2026, 3, 2, tzinfo=UTC)
    assert todo(Visited("s", status, 0, 0, 0, 0, at, "something odd"))
