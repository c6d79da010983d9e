"""What ails a source is told once when it begins and once when it is over, and only where it matters."""

import pytest

from listener.deliver import deliver
from listener.notify import Receipt
from listener.notify.slack import Slack
from listener.sickbed import Sickbed, shown
from listener.store import sources, troubles
from listener.store.sources import NEVER, Standing
from rules import rhythm
from tests.kit import BRAND, DAY, HOUR, MINUTE, NOON, SLACK, notices, opened, settings
from tests.servers.slack import SlackServer

SOURCE = """
[[source]]
name = "{name}"
kind = "rss"
url = "https://{name}.test/feed"
"""
REFUSED = "feed.test answered 403: it forbids us to read this"


class Ward:
    """Sources whose visits are taken down by hand, and the way out that tells of them."""

    def __init__(self, base, *names, slack=SLACK, more="", locale="en"):
        self.base, self.names, self.slack, self.locale = base, list(names), slack, locale
        self.store, self.now, self.said, self.real = opened(base), NOON, [], 1e9
        self.configure(more)
        self.name = "slack" if slack else "console"

    def configure(self, more="", names=None):
        tables = [SOURCE.format(name=name) + more for name in (self.names if names is None else names)]
        config = settings(self.base, BRAND, *tables, self.slack)
        self.config = config.model_copy(update={"locale": self.locale})
        self.bed = Sickbed(self.config)
        with self.store.write() as db:
            sources.register(db, dict.fromkeys(self.names, "rss"))

    # Visits

    def good(self, *names, at=None, **stands):
        with self.store.write() as db:
            for name in names or self.names:
                sources.succeeded(
                    db, name, cursor="c", validators={}, now=at or self.now, due_at=self.now, status="ok",
                    detail="", rung=stands.get("rung", ""), heard=9, stored=0, spoiled=0,
                    standing=Standing(**{k: v for k, v in stands.items() if k != "rung"}),
                )  # fmt: skip

    def bad(self, *names, status="failing", times=1, detail="no answer", due_at=None):
        with self.store.write() as db:
            for name in names or self.names:
                for _ in range(times):
                    sources.failed(
                        db, name, status=status, detail=detail, now=self.now, due_at=due_at or self.now
                    )

    def later(self, span=MINUTE):
        self.now += span
        return self

    # What is told

    def tend(self):
        return self.bed.tend(self.store, self.now)

    def told(self):
        """Tend, deliver, and return what was posted since the last time, updates apart."""
        self.tend()
        before = len(self.said)
        while deliver(self.store, self.config, self, self.now, self.real).busy:
            pass
        return [words(letter) for letter in self.said[before:] if letter.kind != "update"]

    def send(self, letter):
        self.said.append(letter)
        return Receipt("C1", f"{len(self.said)}.0", "ok")

    def open(self):
        with self.store.read() as db:
            return [(t.source, t.what) for t in troubles.open_ones(db)]


def words(letter):
    return letter.text or "\n".join(letter.card.lines)


@pytest.fixture
def make(tmp_path):
    made = []
    yield lambda *names, **more: made.append(Ward(tmp_path, *names, **more)) or made[-1]
    for ward in made:
        ward.store.close()


@pytest.fixture
def ward(make):
    return make("feed")


# ---- one source


def test_a_source_that_does_not_answer_is_told_after_half_an_hour_and_once_when_it_is_heard_again(ward):
    ward.good()
    said = []
    for _ in range(12):
        ward.later(5 * MINUTE).bad()
        said.append(ward.told())
    (told,) = [one for tick in said for one in tick]
    assert "feed has not answered since Mar 16, 12:05" in told
    assert said.index([told]) == 6
    ward.later().good()
    assert ward.told() == ["feed is heard again, after 56 min."]
    for _ in range(5):
        ward.later(DAY).good()
        assert ward.told() == []


def test_a_trouble_that_is_over_before_it_is_long_is_told_to_nobody(ward):
    ward.good()
    for _ in range(4):
        ward.later(5 * MINUTE).bad()
        assert ward.told() == []
    ward.good()
    assert ward.told() == []
    assert notices(ward.store) == []


@pytest.mark.parametrize(
    ("status", "detail", "sentence"),
    [
        ("refused", REFUSED, "feed has refused us since"),
        ("garbled", "this is no feed", "in a shape that we cannot read"),
    ],
)
def test_what_a_person_must_mend_is_told_at_the_third_time(ward, status, detail, sentence):
    ward.good()
    for said in ([], []):
        ward.later().bad(status=status, detail=detail)
        assert ward.told() == said
    ward.later().bad(status=status, detail=detail)
    (told,) = ward.told()
    assert sentence in told
    assert "config.toml" in told or "format" in told
    (card,) = [letter.card for letter in ward.said if letter.kind == "card"]
    assert detail in [quote.text for quote in card.quotes]


def test_a_certificate_is_named_as_such(ward):
    ward.good()
    for _ in range(8):
        ward.later(5 * MINUTE).bad(detail="feed.test: the encrypted connection failed (TLS): has expired")
    assert "certificate" in ward.told()[0]


def test_what_is_gone_is_told_at_once(ward):
    ward.good()
    ward.later().bad(status="gone", detail="feed.test answered 410: it is gone for good", due_at=NEVER)
    assert "gone for good" in ward.told()[0]
    for _ in range(5):
        assert ward.later(DAY).told() == []
    ward.good()
    assert ward.told() == ["feed is heard again, after 5 days."]


def test_a_trouble_that_becomes_worse_is_told_anew_and_a_milder_one_is_not(ward):
    ward.good()
    for _ in range(8):
        ward.later(5 * MINUTE).bad()
    assert "not answered" in ward.told()[0]
    ward.later().bad(status="refused", detail=REFUSED)
    assert "refused" in ward.told()[0]
    ward.later().bad()
    assert ward.told() == []
    assert ward.open() == [("feed", "refused")]
    ward.later().good()
    assert len(ward.told()) == 1


def test_silence_against_its_own_rhythm_is_told(ward):
    last = NOON - HOUR
    kept = rhythm.written(rhythm.after(rhythm.Rhythm(), (last - n * HOUR for n in range(400))))
    with ward.store.write() as db:
        sources.keep_rhythm(db, "feed", kept, "")
    quiet_at = last + 3 * HOUR
    ward.good(quiet_at=quiet_at)
    assert ward.told() == []
    ward.later(HOUR).good(quiet_at=quiet_at)
    assert ward.told() == []
    ward.later(HOUR).good(quiet_at=quiet_at)
    (told,) = ward.told()
    assert "brought nothing new since Mar 16, 11:00" in told
    ward.later(HOUR).good(quiet_at=ward.now + 3 * HOUR)
    assert "brought something new" in ward.told()[0]


def test_a_source_that_cannot_be_visited_is_not_called_silent(ward):
    ward.good(quiet_at=NOON + HOUR)
    ward.later(2 * HOUR).bad()
    ward.tend()
    assert ward.open() == []


def test_one_that_was_silent_long_before_we_came_is_not_missed(ward):
    ward.good(quiet_at=NOON - 300 * DAY)
    assert ward.told() == []


@pytest.mark.parametrize(
    ("stands", "sentence", "over"),
    [
        (
            {"rung_lost": "api", "why": "no key", "rung": "feed"},
            "better way “api”",
            "by its better way again",
        ),
        ({"odd": 1}, "cannot be read any more", "can be read again"),
        ({"overruns": 3}, "too short", "reach back far enough"),
        (
            {"moved_to": "https://new.test/x?token=secret", "moved_times": 3},
            "to https://new.test/x",
            "in config.toml",
        ),
    ],
)
def test_what_ails_a_source_that_answers_is_told_once_and_its_end(ward, stands, sentence, over):
    ward.good()
    ward.later().good(**stands)
    (told,) = ward.told()
    assert sentence in told
    assert "secret" not in told
    assert ward.later().told() == []
    ward.later().good()
    (told,) = ward.told()
    assert over in told


def test_two_overruns_are_shown_and_not_told(ward):
    ward.good(overruns=2)
    assert ward.told() == []


def test_what_was_not_delivered_yet_is_taken_back_when_it_is_over(ward):
    ward.good()
    ward.bad(status="gone", due_at=NEVER)
    assert ward.tend().told == 1
    ward.later().good()
    assert ward.told() == []
    ward.later().bad(status="gone", due_at=NEVER)
    assert len(ward.told()) == 1


def test_later_troubles_go_into_the_thread_of_the_card_and_change_it(ward):
    ward.good()
    ward.bad(status="gone", due_at=NEVER)
    ward.told()
    ward.later().good()
    ward.told()
    ward.later(2 * DAY).good(odd=1)
    ward.told()
    kinds = [(one.kind, one.thread, one.ts, one.broadcast) for one in ward.said]
    assert kinds == [
        ("card", "", "", False), ("thread", "1.0", "", False), ("update", "", "1.0", False),
        ("thread", "1.0", "", True), ("update", "", "1.0", False),
    ]  # fmt: skip
    assert [one.card.closed for one in ward.said if one.card] == [False, True, False]


def test_one_that_comes_and_goes_is_believed_to_be_well_after_hours(ward):
    ward.good()
    said = []
    for _ in range(8):
        for status in ("gone", "ok"):
            ward.later(10 * MINUTE)
            ward.bad(status="gone", due_at=NEVER) if status == "gone" else ward.good()
            said += ward.told()
    assert len(said) == 5
    ward.later(6 * HOUR).good()
    assert len(ward.told()) == 1


def test_pausing_or_removing_a_source_ends_its_troubles_silently(ward):
    ward.good()
    ward.bad(status="gone", due_at=NEVER)
    ward.told()
    ward.configure(more="pause = true\n")
    assert ward.told() == []
    assert ward.open() == []
    assert ward.said[-1].card.closed


def test_a_source_that_is_asked_for_something_else_is_told_about_after_its_first_visit(ward):
    ward.good()
    ward.bad(status="gone", due_at=NEVER)
    ward.told()
    with ward.store.write() as db:
        sources.register(db, {"feed": "rss"}, {"feed": "elsewhere"})
    assert ward.later().told() == []
    assert ward.open() == [("feed", "gone")]
    ward.later().good()
    assert "heard again" in ward.told()[0]


def test_without_slack_the_terminal_tells_it_without_repeating_the_card(make):
    ward = make("feed", slack="")
    ward.good()
    ward.bad(status="gone", due_at=NEVER)
    assert len(ward.told()) == 1
    ward.later().good()
    assert len(ward.told()) == 1
    assert [one.kind for one in ward.said] == ["card", "thread"]


def test_sources_may_have_a_channel_of_their_own_and_mail_is_never_used(make):
    ward = make(
        "feed",
        slack=SLACK + 'sources_channel = "#ears"\n[email]\nhost = "smtp.test"\nfrom = "l@example.org"\n',
    )
    ward.good()
    ward.bad(status="gone", due_at=NEVER)
    ward.tend()
    assert [(one.way, one.kind, one.target) for one in notices(ward.store)] == [("slack", "source", "#ears")]


def test_it_is_told_in_polish(make):
    ward = make("feed", locale="pl")
    ward.good()
    for _ in range(3):
        ward.later().bad(status="refused", detail=REFUSED)
    assert "Źródło feed odmawia nam dostępu" in ward.told()[0]


# ---- many


def many(number, name="s"):
    return [f"{name}{n}" for n in range(number)]


def test_when_all_fail_at_once_it_is_our_network_that_is_told_of_once(make):
    ward = make(*many(20))
    ward.good()
    said = []
    for _ in range(40):
        ward.later(2 * MINUTE).bad()
        said += ward.told()
    (told,) = said
    assert "Nothing can be reached: 20 hosts stopped answering at about Mar 16, 12:02" in told
    ward.good()
    assert ward.later().told() == [
        "The network is back. From Mar 16, 12:02 to Mar 16, 13:21 hardly anything was heard."
    ]
    assert ward.open() == []
    assert ward.later(DAY).told() == []


def test_an_outage_that_nobody_could_be_told_of_is_told_in_one_sentence(make):
    ward = make(*many(4))
    ward.good()
    ward.later().bad(times=2)
    assert ward.tend().told == 1
    ward.later(HOUR).good()
    (told,) = ward.told()
    assert told.startswith("The network is back. From Mar 16, 12:01 to Mar 16, 13:01")


def test_what_still_fails_when_the_network_is_back_is_told_after_it_was_tried(make):
    ward = make(*many(5))
    ward.good()
    ward.later().bad(times=2)
    ward.told()
    ward.later(2 * HOUR).good("s0", "s1", "s2", "s3")
    report = ward.tend()
    assert report.soon == ("s4",)
    ward.told()
    assert [what for _, what in ward.open()] == []
    ward.later().bad("s4")
    assert "s4 has not answered since Mar 16, 12:01" in ward.told()[0]


def test_while_nothing_can_be_reached_a_few_are_tried_now_and_then(make):
    ward = make(*many(20))
    ward.good()
    ward.later().bad(times=2)
    ward.tend()
    assert len(ward.later(5 * MINUTE).tend().soon) == 5
    assert ward.tend().soon == ()
    assert len(ward.later(5 * MINUTE).tend().soon) == 5


@pytest.mark.parametrize("sick", [2, 9, 10])
def test_half_of_the_sources_is_not_the_network(make, sick):
    ward = make(*many(20))
    ward.good()
    ward.later().bad(*many(sick), times=2)
    assert ward.told() == []


def test_one_host_with_many_sources_is_not_the_network(make, monkeypatch):
    ward = make(*many(6))
    ward.config = ward.config.model_copy(
        update={"sources": tuple(s.model_copy(update={"options": type(s.options)(f"https://one.test/{s.name}")})
                                 for s in ward.config.sources)}
    )  # fmt: skip
    ward.bed = Sickbed(ward.config)
    ward.good()
    ward.later().bad(times=2)
    assert ward.told() == []


def test_five_hundred_sick_ones_are_told_together(make):
    names = many(1000)
    ward = make(*names)
    ward.good()
    sick, said = names[:50], []
    for n in range(120):
        ward.later()
        ward.good(*names[50:])
        for k, name in enumerate(sick):
            if n % 5 == k % 5 and n >= k:
                ward.bad(name)
        said += ward.told()
    assert len(said) <= 5 + 2
    together = [one for one in said if "sources have troubles" in one]
    assert together
    assert together[0].count("•") == 10
    assert "more" in together[0]
    ward.later().good()
    over = ward.told()
    for _ in range(70):
        over += ward.later().told()
    assert 1 <= len(over) <= 3
    assert ward.open() == []
    assert ward.later(DAY).told() == []


# ---- through a real Slack


def test_it_stands_in_slack_as_plain_words(make):
    with SlackServer() as server:
        ward = make("feed", slack=SLACK + f'api = "{server.api}"\n')
        way = Slack("xoxb-test", server.api, "#pr-alerts", wait=lambda _: None)
        ward.send, ward.find = way.send, way.find
        ward.good()
        for _ in range(3):
            ward.later().bad(status="refused", detail="<!channel> *x* <https://evil.test|here> answered 403")
        ward.tend()
        while deliver(ward.store, ward.config, ward, ward.now, ward.real).busy:
            pass
        ward.later().good()
        ward.tend()
        while deliver(ward.store, ward.config, ward, ward.now, ward.real).busy:
            pass
        card, reply = server.messages
        assert "thread_ts" not in card
        assert reply["thread_ts"] == card["ts"]
        assert "feed is heard again" in str(reply["blocks"])
        assert card["updates"] == 1 if isinstance(card.get("updates"), int) else card["updates"]
        assert "<!channel>" not in str(server.messages)


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("https://u:p@new.test:8443/a?feed=secret#x", "https://new.test:8443/a?…"),
        ("https://new.test/", "https://new.test/"),
        ("http://[bad", ""),
    ],
)
def test_an_address_is_shown_without_what_may_be_secret(url, seen):
    assert shown(url) == seen


def test_nothing_to_do_writes_nothing(ward):
    ward.good()
    ward.tend()
    with ward.store.read() as db:
        before = db.execute("PRAGMA data_version").fetchone()[0]
    ward.later().tend()
    with ward.store.read() as db:
        assert db.execute("PRAGMA data_version").fetchone()[0] == before
