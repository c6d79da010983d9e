"""A person who was forgotten is nowhere any more, and does not come back."""

import json
from datetime import timedelta

import pytest

from connectors import Page
from listener import desk, upkeep
from listener.briefing import brief
from listener.forget import ForgetError, forget
from listener.hearing import Outcome
from listener.intake import author_key, pseudonym
from listener.labelling import label
from listener.poll import Poller
from listener.store import DaemonLock, Store, counts, forgotten, incidents, labels, mentions
from listener.words import card
from tests.kit import (
    BRAND,
    MINUTE,
    NOON,
    SLACK,
    SOURCE,
    an_intake,
    heard,
    imported,
    incident,
    mention,
    notices,
    opened,
    row,
    saved,
    settings,
)
from tests.running import rows, verb

FORUM = SOURCE.replace("feed", "forum")
CANARY = "kanarek7 śpiewa"
SAID = {"text": f"Acme leaks, says {CANARY}", "author": "Zoë Żak", "url": "https://feed.test/7",
        "source": "feed", "published_at": None, "label": "negative", "score": -0.7, "reach": 3}  # fmt: skip
OTHER = {**SAID, "text": "Acme is fine", "author": "Jan", "url": ""}


@pytest.fixture
def store(tmp_path):
    made = opened(tmp_path)
    yield made
    made.close()


def config_of(tmp_path, authors="plain", *more):
    return settings(tmp_path, BRAND, SOURCE, FORUM, f'[privacy]\nauthors = "{authors}"\n', *more)


def stored(store):
    with store.read() as db:
        return sorted((m.source, m.author) for m in mentions.search(db, 0))


def brings(store, config, *page, source="feed", now=NOON):
    """Let a visit bring a page, as the daemon's thread does; return what came of it."""

    class Ears:
        def visit(self, visit, done):
            done(Outcome(visit.source, Page(page, "c"), None, {}, False, "", now, now))

    poller = Poller(store, Ears(), an_intake(store, config), config, lambda: 0.5)
    poller.start(now, [source])
    return poller.settle(lambda: now, 0)[0]


@pytest.mark.parametrize("authors", ["plain", "pseudonym"])
@pytest.mark.parametrize("asked", ["Zoë Żak", " zoë żak ", "ZOE\u0308 Z\u0307AK"])
def test_what_they_wrote_goes_and_what_others_wrote_stays(store, tmp_path, authors, asked):
    config = config_of(tmp_path, authors)
    brings(store, config, mention(1, author="Zoë Żak"), mention(2, author="Jan"), mention(3, author=""))
    brings(store, config, mention(1, author="zoë żak"), source="forum")
    done = forget(store, config, asked, "", NOON)
    assert (done.mentions, done.quotes) == (2, 0)
    left = stored(store)
    assert [source for source, _ in left] == ["feed", "feed"]
    assert left[0] == ("feed", "")
    assert forget(store, config, asked, "", NOON).mentions == 0


def test_matches_go_with_the_mentions_and_counts_stay(store, tmp_path):
    config = config_of(tmp_path)
    brings(store, config, mention(1, author="Ada"), mention(2, author="Jan"))
    forget(store, config, "Ada", "", NOON)
    with store.read() as db:
        assert mentions.totals(db) == {"Acme": 1}
        assert counts.total(db, "Acme", "all", 0, 10**9) == 2


@pytest.mark.parametrize("authors", ["plain", "pseudonym", "none"])
def test_they_do_not_come_back_by_a_visit(store, tmp_path, authors):
    config = config_of(tmp_path, authors)
    brings(store, config, mention(1, author="Ada"), mention(2, author="Jan"))
    forget(store, config, "Ada", "", NOON)
    again = brings(
        store,
        config,
        mention(1, author="Ada"),
        mention(3, author="ADA"),
        mention(4, "Acme again", author="Jan"),
    )
    assert (again.status, again.heard, again.new, again.spoiled) == ("ok", 3, 1, 0)
    assert len(stored(store)) == (3 if authors == "none" else 2)


def test_they_do_not_come_back_by_an_import(store, tmp_path):
    config = config_of(tmp_path)
    forget(store, config, "Ada", "", NOON)
    lines = [
        {"published_at": "2026-03-10", "text": "Acme here", "author": name, "brand": "Acme"}
        for name in ("ada", "Jan")
    ]
    report = imported(store, an_intake(store, config), lines, NOON, tmp_path / "past.ndjson")
    assert (report.stored, report.unmatched, report.bad) == (1, 1, 0)


def test_one_who_is_forgotten_while_a_page_is_being_read_is_not_stored(store, tmp_path):
    config = config_of(tmp_path)
    made = an_intake(store, config)
    other = Store(store.path)

    read = made.row

    def slow(one, *args, **more):
        with other.write() as db:
            forgotten.keep_out(db, pseudonym(author_key(other), "Ada"), "", NOON)
        made.row = read
        return read(one, *args, **more)

    made.row = slow

    class Ears:
        def visit(self, visit, done):
            page = Page((mention(1, author="Ada"), mention(2, author="Jan")), "c")
            done(Outcome(visit.source, page, None, {}, False, "", NOON, NOON))

    poller = Poller(store, Ears(), made, config, lambda: 0.5)
    poller.start(NOON, ["feed"])
    assert poller.settle(lambda: NOON, 0)[0].new == 1
    assert stored(store) == [("feed", "Jan")]
    other.close()


def test_what_was_said_of_their_labels_goes_with_what_they_wrote(store, tmp_path):
    config = config_of(tmp_path)
    brings(
        store, config, mention("1", "Acme is bad", author="Zoë"), mention("2", "Acme is bad", author="Jan")
    )
    for number in (1, 2):
        label(store, config, number, "neutral", "Anna", NOON)
    forget(store, config, "Zoë", "", NOON)
    with store.read() as db:
        assert [(one.mention, one.label) for one in labels.given(db)] == [(2, "neutral")]
        assert labels.number(db) == 1


def test_one_source_only_where_that_is_asked(store, tmp_path):
    config = config_of(tmp_path)
    for source in ("feed", "forum"):
        brings(store, config, mention(1, author="Ada"), source=source)
    assert forget(store, config, "Ada", "feed", NOON).mentions == 1
    for source in ("feed", "forum"):
        brings(store, config, mention(2, "Acme again", author="Ada"), source=source, now=NOON + MINUTE)
    assert stored(store) == [("forum", "Ada"), ("forum", "Ada")]


def test_the_pseudonym_names_them_as_well(store, tmp_path):
    config = config_of(tmp_path, "pseudonym")
    brings(store, config, mention(1, author="Ada"))
    ((_, hidden),) = stored(store)
    assert forget(store, config, hidden, "", NOON).mentions == 1
    assert brings(store, config, mention(1, author="Ada")).new == 0


def test_the_list_holds_no_name(store, tmp_path):
    config = config_of(tmp_path)
    forget(store, config, "Ada Nowak", "", NOON)
    with store.read() as db:
        (kept,) = forgotten.of(db, "feed")
    assert kept == pseudonym(author_key(store), "ada nowak")
    assert "ada" not in kept.casefold()
    assert b"nowak" not in (store.path.read_bytes()).lower()


def test_their_quotes_are_emptied_in_incidents_and_in_what_those_rest_on(store, tmp_path):
    config = config_of(tmp_path)
    incident(store, config)
    shown(store, quotes=[SAID, OTHER])
    with store.write() as db:
        kept = {"finding": {"quotes": [OTHER, SAID]}, "gate": ""}
        incidents.find(db, 1, "surge", NOON, NOON, "open", kept)
    done = forget(store, config, "zoë żak", "", NOON)
    assert (done.mentions, done.quotes) == (0, 2)
    first, second = saved(store).facts["quotes"]
    assert first == forgotten.ERASED and second == OTHER
    with store.read() as db:
        assert incidents.findings(db, 1)[0]["data"] == {
            "finding": {"quotes": [OTHER, forgotten.ERASED]},
            "gate": "",
        }


def test_what_names_them_among_the_drivers_keeps_only_its_numbers(store, tmp_path):
    config = config_of(tmp_path)
    incident(store, config)
    numbers = {"count": 30, "usual": 0.0, "share": 0.5}
    theirs = {"what": "Zoë Żak", "author": "Zoë Żak", "sources": ["feed", "forum"], **numbers}
    said = {"what": "My secret", "author": "zoë żak", "source": "forum", **numbers}
    others = {"what": "Jan", "author": "Jan", "sources": ["feed"], **numbers}
    sign = {"sign": "copies", **said}
    drivers = {"authors": [theirs, others], "stories": [said], "domains": [{"what": "a.example", **numbers}]}
    shown(store, drivers=drivers, coordination=[sign])
    assert forget(store, config, "Zoë Żak", "forum", NOON).quotes == 3
    kept = saved(store).facts
    nobody = {"what": "", "author": "", **numbers}
    assert kept["drivers"]["authors"] == [{**nobody, "sources": ["feed", "forum"]}, others]
    assert kept["drivers"]["stories"] == [{**nobody, "source": "forum"}]
    assert kept["drivers"]["domains"] == drivers["domains"]
    assert kept["coordination"] == [{"sign": "copies", **nobody, "source": "forum"}]


@pytest.mark.parametrize(("locale", "words"), [("en", "asked for that"), ("pl", "na prośbę autora")])
def test_a_card_says_why_a_quote_is_empty(store, tmp_path, locale, words):
    config = config_of(tmp_path)
    incident(store, config)
    shown(store, quotes=[SAID])
    forget(store, config, "Zoë Żak", "", NOON)
    (quote,) = card(brief(saved(store)), locale, "UTC").quotes
    assert words in quote.text and not quote.byline and not quote.url


def test_a_card_on_slack_is_drawn_again(store, tmp_path):
    config = config_of(tmp_path, "plain", SLACK)
    incident(store, config)
    shown(store, quotes=[SAID])
    with store.write() as db:
        incidents.carded(db, 1, "C1", "1.1")
    assert forget(store, config, "Zoë Żak", "", NOON).cards == 1
    assert len(notices(store, "update")) == 1
    # And a person may act on it as before.
    assert desk.act(store, config, "acknowledge", 1, "Anna", NOON + MINUTE).code == "done"
    assert saved(store).facts["quotes"] == [forgotten.ERASED]


@pytest.mark.parametrize(("author", "source"), [("", ""), ("  ", ""), ("Ada", "nowhere")])
def test_a_wish_that_names_nobody_is_refused(store, tmp_path, author, source):
    with pytest.raises(ForgetError, match=r"name|no source 'nowhere'; there are: feed, forum, import"):
        forget(store, config_of(tmp_path), author, source, NOON)
    with store.read() as db:
        assert forgotten.number(db) == 0


def traces(store):
    """Return the files beside the database, and it itself, that hold the canary."""
    return [p.name for p in sorted(store.path.parent.iterdir()) if CANARY.encode() in p.read_bytes()]


def test_no_byte_of_it_is_left_in_file_log_or_backup(store, tmp_path):
    config = config_of(tmp_path)
    heard(store, "feed", [row(n, author="Zoë Żak", text=f"{CANARY} {n} " * 20) for n in range(500)], NOON)
    incident(store, config)
    shown(store, quotes=[SAID])
    store.backup(store.backup_path)
    assert len(traces(store)) >= 2
    done = forget(store, config, "Zoë Żak", "", NOON)
    assert (done.mentions, done.quotes, done.settled) == (500, 1, True)
    assert traces(store) == []


def test_where_a_daemon_runs_its_next_upkeep_takes_the_bytes_away(tmp_path):
    config = config_of(tmp_path)
    daemon = Store(tmp_path / "listener.db", daemon=True)
    lock = DaemonLock(daemon.path)
    assert lock.take()
    heard(daemon, "feed", [row(n, author="Zoë Żak", text=f"{CANARY} {n}") for n in range(50)], NOON)
    upkeep.backup(daemon)
    person = Store(daemon.path)
    assert not forget(person, config, "Zoë Żak", "", NOON).settled
    assert "listener.db.backup" in traces(daemon)
    upkeep.backup(daemon)
    assert traces(daemon) == []
    lock.release()
    person.close()
    daemon.close()


def shown(store, **facts):
    """Let the incident show other facts."""
    one = saved(store)
    with store.write() as db:
        incidents.append(db, one, [], facts={**one.facts, **facts})


def test_the_verb_says_what_was_erased_and_what_it_cannot_reach(tmp_path):
    (tmp_path / "config.toml").write_text('[listener]\ndatabase = "listener.db"\n' + BRAND + SOURCE)
    at = (NOON - timedelta(days=3)).isoformat()
    line = {"published_at": at, "text": "Acme here", "brand": "Acme", "author": "Ada"}
    (tmp_path / "past.ndjson").write_text(json.dumps(line) + "\n")
    verb(tmp_path, "import", str(tmp_path / "past.ndjson"))
    assert rows(tmp_path, "forget", "--author", "ADA") == [
        {"author": "ADA", "mentions": 1, "quotes": 0, "settled": True}
    ]
    told = verb(tmp_path, "forget", "--author", "Ada", "--source", "import")
    assert told.returncode == 0 and "hold none of it" in told.stdout and "Not reached" in told.stdout
    wrong = verb(tmp_path, "forget", "--author", "Ada", "--source", "nowhere")
    assert (wrong.returncode, wrong.stderr) == (2, "no source 'nowhere'; there are: feed, import\n")
