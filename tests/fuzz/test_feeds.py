"""No body of any content breaks the reading of feeds, and few lose an item that feedparser finds.

Each body goes the way it goes in the daemon: the quick reader in this process, and what that
won't read in a guarded child. The mutants are the same at every run.
"""

import random
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connectors import ConnectorError
from connectors._feed import MOST_ENTRIES, feedparser_entries, loose_entries
from connectors._text import LONGEST_LINK, link, plain
from listener.hearing.sandbox import Sandbox
from tests.fuzz import readings
from tests.fuzz.mutants import POISON, SWELLING, mutants
from tests.fuzz.seeds import WRITTEN, seeds

SEED = 20260302
BODIES = 5_200
STORM = 100_000
EVERY = 4  # so many mutants for one that feedparser reads too


@pytest.fixture(scope="module")
def sandbox():
    sandbox = Sandbox(timedelta(seconds=5))
    yield sandbox
    sandbox.close()


def in_a_child(sandbox):
    """Read as the daemon does; what even the child can't bear is read by looking for tags alone."""

    def patient(body, kind):
        try:
            return sandbox.run(feedparser_entries, body, kind)
        except ConnectorError:
            return sandbox.run(loose_entries, body, kind)

    return patient


def assert_harmless(found):
    for mention in found:
        for words in (mention.title, mention.text, mention.author, mention.id):
            words.encode()
            assert words.isprintable() or words == plain(words), repr(words)
        assert mention.url == "" or link(mention.url) == mention.url
        assert mention.published_at is None or mention.published_at.utcoffset() == timedelta(0)
        assert mention.published_at is None or 1990 <= mention.published_at.year <= 2099
        assert mention.id and len(mention.id) <= LONGEST_LINK + 20


def assert_storm(sandbox, count, seed):
    fewer, read, compared = [], 0, 0
    bodies = [*seeds(), *mutants(seeds(), count, random.Random(seed))]
    for number, (name, body, kind) in enumerate(bodies):
        found = readings.ours(body, kind, in_a_child(sandbox))
        assert_harmless(found or ())
        read += bool(found)
        if number % EVERY == 0:
            theirs = sandbox.run(readings.theirs, body, kind)
            compared += theirs > 0
            if theirs > len(found or ()):
                fewer.append((name, kind, len(found or ()), theirs, body[:3000]))
    assert not fewer, f"fewer items than feedparser's in {len(fewer)} of {compared}: {fewer[:3]}"
    assert read > count / 2
    assert compared > count / EVERY / 4


def test_thousands_of_mutants_are_read_and_none_does_harm(sandbox):
    assert_storm(sandbox, BODIES, SEED)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(10))
def test_a_storm_of_mutants_is_read_and_none_does_harm(sandbox, part):
    assert_storm(sandbox, STORM // 10, SEED + 1 + part)


@pytest.mark.parametrize("name", WRITTEN)
def test_every_make_of_feed_is_read_and_none_does_harm(name, sandbox):
    found = readings.ours(WRITTEN[name].encode(), "application/xml", in_a_child(sandbox))
    assert_harmless(found or ())
    assert bool(found) == (name not in ("json that is none", "web page", "login page", "opml", "nothing"))


@pytest.mark.parametrize(
    "poison", POISON, ids=lambda poison: poison.decode("latin-1")[:30].replace("\0", "0")
)
@pytest.mark.parametrize("place", ["<title>%s</title>", "%s", "<description>x%s</description>"])
def test_one_poisonous_item_costs_no_other(poison, place, sandbox):
    item = "<item><guid>{0}</guid><title>word {0}</title></item>"
    bad = place.encode().replace(b"%s", poison)
    body = (
        b"<rss version='2.0'><channel>"
        + "".join(item.format(n) for n in range(5)).encode()
        + b"<item><guid>bad</guid>" + bad + b"</item>"
        + "".join(item.format(n) for n in range(5, 10)).encode()
        + b"</channel></rss>"
    )  # fmt: skip
    found = readings.ours(body, "application/xml", in_a_child(sandbox))
    assert_harmless(found)
    kept = {mention.id for mention in found}
    lost = {"5", "6", "7", "8", "9"} if poison in NEVER_CLOSED else set()
    assert kept >= {str(n) for n in range(10)} - lost


# What opens and never ends takes with it what comes after: so would it in any browser.
NEVER_CLOSED = {b"<!--", b"<![CDATA["}

pieces = st.one_of(
    st.sampled_from(POISON + SWELLING),
    st.sampled_from(
        [f"<{name}>".encode() for name in ("rss", "channel", "item", "title", "feed", "entry", "id")]
    ),
    st.sampled_from(
        [f"</{name}>".encode() for name in ("rss", "channel", "item", "title", "feed", "entry", "id")]
    ),
    st.binary(max_size=20),
    st.text(max_size=20).map(lambda text: text.encode("utf-8", "replace")),
)


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(
    st.lists(pieces, max_size=40).map(b"".join),
    st.sampled_from(["", "text/xml", "text/html; charset=utf-16"]),
)
@example(b"<rss>" + b"<item><title>" * 50, "")
@example(b"\xff\xfe<\0", "")
@example(b"\x1f\x8b", "")
def test_whatever_bodies_are_made_of_they_do_no_harm(body, kind):
    assert_harmless(readings.ours(body, kind, readings.patient) or ())
    assert_harmless(readings.ours(b"<rss><channel><item>" + body, kind, readings.patient) or ())


@pytest.mark.parametrize("swelling", SWELLING, ids=lambda swelling: swelling.decode("latin-1")[:20])
@pytest.mark.parametrize(
    "frame",
    ["%s", "<rss><item><title>%s", "<rss><item><description><![CDATA[%s]]></description></item></rss>"],
)
def test_what_swells_is_read_in_one_pass(swelling, frame):
    body = frame.encode().replace(b"%s", swelling * (300_000 // len(swelling)))
    found = readings.ours(body, "", lambda body, kind: loose_entries(body, kind))
    assert len(found or ()) <= MOST_ENTRIES
    assert_harmless(found or ())
