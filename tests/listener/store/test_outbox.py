"""The outbox: each notice is given out once, in the right order."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from listener.store import outbox
from tests.kit import NOON, opened

T = 1_000_000.0


@pytest.fixture
def store(tmp_path):
    made = opened(tmp_path)
    yield made
    made.close()


def put(store, key, kind="dm", *, incident=1, way="slack", priority=outbox.UPDATE, event=None, **data):
    with store.write() as db:
        return outbox.put(
            db, key=key, way=way, kind=kind, target="U1", now=NOON, incident=incident, event=event, data=data,
            priority=priority,
        )  # fmt: skip


def claim(store, real=T, way="slack"):
    with store.write() as db:
        return outbox.claim(db, way, real)


def sent(store, notice):
    with store.write() as db:
        outbox.sent(db, notice.id, "C1", "1.1", "", NOON)


def again(store, notice, due_at, *, unknown):
    with store.write() as db:
        outbox.again(db, notice.id, due_at, "it failed", unknown=unknown)


def unsettled(store, before):
    with store.read() as db:
        return outbox.unsettled(db, "slack", before)


def next_due(store):
    with store.read() as db:
        return outbox.next_due(db, "slack")


def states(store):
    with store.read() as db:
        return {row["key"]: row["state"] for row in db.execute("SELECT key, state FROM notices")}


def drain(store):
    keys = []
    while (notice := claim(store)) is not None:
        keys.append(notice.key)
        sent(store, notice)
    return keys


def test_a_key_is_written_once(store):
    assert put(store, "a", text="first")
    assert not put(store, "a", text="second")
    assert claim(store).data == {"text": "first"}
    assert claim(store) is None


def test_a_notice_that_lacks_something_is_an_error_and_not_a_silence(store):
    import sqlite3

    with pytest.raises(sqlite3.IntegrityError), store.write() as db:
        outbox.put(db, key="a", way="slack", kind="dm", target=None, now=NOON)


def test_many_who_claim_at_once_get_each_notice_once(store):
    for n in range(60):
        put(store, f"k{n}")
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda _: claim(store), range(80)))
    keys = [notice.key for notice in got if notice is not None]
    assert sorted(keys) == sorted(f"k{n}" for n in range(60))


def test_a_way_out_gets_only_its_own(store):
    put(store, "mail", "mail", way="email")
    assert claim(store) is None
    assert claim(store, way="email").key == "mail"


def test_cards_go_before_the_ladder_and_that_before_updates_and_digests(store):
    put(store, "digest", "digest", incident=None, priority=outbox.DIGEST)
    put(store, "thread", "thread", incident=2)
    put(store, "ladder", "dm", priority=outbox.LADDER)
    put(store, "card", "card", priority=outbox.FIRST_CARD)
    assert drain(store) == ["card", "ladder", "thread", "digest"]


@pytest.mark.parametrize("kind", ["thread", "update"])
def test_what_hangs_on_a_card_waits_until_the_card_stands(store, kind):
    put(store, "card", "card", priority=outbox.FIRST_CARD)
    put(store, "hangs", kind)
    card = claim(store)
    assert claim(store) is None
    again(store, card, T, unknown=True)
    assert claim(store) is None
    again(store, card, T + 60, unknown=False)
    assert claim(store) is None
    sent(store, claim(store, T + 60))
    assert claim(store).key == "hangs"


def test_the_card_of_another_incident_holds_nothing_up(store):
    put(store, "card", "card", incident=2, priority=outbox.FIRST_CARD)
    put(store, "thread", "thread", incident=1)
    claim(store)
    assert claim(store).key == "thread"


def test_thread_entries_keep_their_order_even_when_one_has_to_wait(store):
    put(store, "card", "card", priority=outbox.FIRST_CARD)
    sent(store, claim(store))
    for n in range(3):
        put(store, f"entry {n}", "thread", event=n)
    first = claim(store)
    again(store, first, T + 30, unknown=False)
    assert claim(store) is None
    assert claim(store, T + 30).key == "entry 0"
    assert claim(store, T + 30) is None
    sent(store, first)
    assert drain(store) == ["entry 1", "entry 2"]


def test_only_the_newest_update_is_sent(store):
    for n in range(3):
        put(store, f"update {n}", "update")
    put(store, "other", "update", incident=2)
    assert drain(store) == ["update 2", "other"]
    assert states(store) == {
        "update 0": "superseded",
        "update 1": "superseded",
        "update 2": "sent",
        "other": "sent",
    }


def test_a_notice_is_unsettled_only_after_its_time(store):
    put(store, "a")
    claim(store, T)
    assert unsettled(store, T - 0.1) is None
    assert unsettled(store, T).key == "a"


def test_what_was_put_back_as_unknown_waits_for_its_own_time(store):
    put(store, "a")
    again(store, claim(store, T), T + 60, unknown=True)
    assert unsettled(store, T + 59) is None
    assert unsettled(store, T + 60).key == "a"
    assert claim(store, T + 9999) is None


def test_what_was_sent_or_given_up_is_never_unsettled_nor_claimed(store):
    put(store, "a")
    put(store, "b")
    sent(store, claim(store))
    with store.write() as db:
        outbox.give_up(db, outbox.claim(db, "slack", T).id, "nobody there")
    assert (unsettled(store, T + 9999), claim(store, T + 9999), next_due(store)) == (None, None, None)


def test_a_notice_knows_when_it_was_first_tried(store):
    put(store, "a")
    again(store, claim(store, T), T + 8, unknown=False)
    second = claim(store, T + 130)
    assert (second.tried_at, second.claimed_at, second.attempts) == (T, T + 130, 1)


def test_the_next_time_is_that_of_what_can_go_out(store):
    assert next_due(store) is None
    put(store, "card", "card", priority=outbox.FIRST_CARD)
    assert next_due(store) == 0
    again(store, claim(store), T + 60, unknown=False)
    put(store, "entry 1", "thread")
    put(store, "entry 2", "thread")
    put(store, "update", "update")
    assert next_due(store) == T + 60, "what hangs on the card wants nothing before it stands"
    sent(store, claim(store, T + 60))
    assert next_due(store) == 0


def test_what_waits_is_told_per_way(store):
    put(store, "a")
    put(store, "b")
    put(store, "c", "mail", way="email")
    sent(store, claim(store))
    with store.read() as db:
        assert outbox.waiting(db) == {"slack": (1, NOON), "email": (1, NOON)}


moves = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from(["card", "thread", "update", "dm"]), st.integers(1, 2)),
        st.tuples(st.just("send"), st.sampled_from(["sent", "again", "unknown", "crash"]), st.just(0)),
    ),
    max_size=25,
)


@given(moves)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_fails_all_goes_out_in_the_end_and_entries_in_order(tmp_path_factory, found):
    store = opened(tmp_path_factory.mktemp("db"))
    out, number, clock = [], 0, T
    priority = {"card": outbox.FIRST_CARD, "dm": outbox.LADDER}

    def step(outcome):
        notice = unsettled(store, clock - 10)
        if notice is not None:
            again(store, notice, clock, unknown=False)
        if (notice := claim(store, clock)) is None:
            return False
        if outcome == "sent":
            sent(store, notice)
            out.append(notice)
        elif outcome != "crash":
            again(store, notice, clock, unknown=outcome == "unknown")
        return True

    for what, how, incident in found:
        clock += 1
        if what == "put":
            number += 1
            put(store, f"{number}", how, incident=incident, priority=priority.get(how, outbox.UPDATE))
        else:
            step(how)
    for _ in range(2):
        clock += 3600
        while step("sent"):
            pass
    assert set(states(store).values()) <= {"sent", "superseded"}
    assert len({n.key for n in out}) == len(out)
    for incident in (1, 2):
        entries = [n.id for n in out if n.kind == "thread" and n.incident == incident]
        assert entries == sorted(entries)
    store.close()
