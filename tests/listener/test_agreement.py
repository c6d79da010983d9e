"""The judge, tick by tick, and a replay of the same past come to the same."""

import random
from datetime import timedelta

from listener.backtest.replay import Asked, replay
from listener.detect import Judge
from listener.store import incidents, mentions, shadows
from tests.kit import (
    BRAND,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    SOURCE,
    an_intake,
    imported,
    listened,
    mention,
    opened,
    quiet,
    settings,
)

RULES = """
[[rule]]
name = "surge"
crisis_when = { z = 12.0 }
[[rule]]
name = "anger"
on = "negative"
severity = "watch"
[[rule]]
name = "slow burn"
trigger = "swell"
[[rule]]
name = "turn"
trigger = "shift"
[[rule]]
name = "recall"
trigger = "threshold"
query = "recall"
[[rule]]
name = "people"
on = "authors"
shadow = true
[[rule]]
name = "stories"
on = "stories"
z = 3.0
shadow = true
"""
BEGAN, ENDED = NOON - 4 * DAY, NOON
ANGRY = "Acme is awful, terrible and broken, I hate it"


def spoken(store, verdicts):
    """Return (rule, at, z) of the findings that spoke."""
    with store.read() as db:
        kept = [f for saved in incidents.listing(db) for f in incidents.findings(db, saved.id)]
    return sorted(
        (f["rule"], f["at"], round(f["data"]["finding"]["z"], 6)) for f in kept if f["verdict"] in verdicts
    )


def written(found):
    return sorted((rule, f"{at:%Y-%m-%dT%H:%M:%S}.000Z", round(z, 6)) for rule, at, z in found)


def said(seeded):
    """Return (minutes after the beginning, text, author) of four days in which much happens."""
    every = [
        (seeded.uniform(0, 4 * 1440), f"Acme opens shop {n} downtown", f"shopper {n}") for n in range(160)
    ]
    every += [(30 * 60 + n / 8, f"{ANGRY} {n}", f"angry {n % 30}") for n in range(80)]
    every += [(31 * 60 + n / 40, f"{ANGRY}, it leaks {n}", f"worse {n}") for n in range(300)]
    every += [(60 * 60 + 9 * n, f"Acme shop {n} stays closed again", f"waiting {n}") for n in range(150)]
    every += [(90 * 60 + 5 * n, f"Acme recall of batch {n}", f"buyer {n}") for n in range(4)]
    return sorted(every)


def live(store, config, made):
    """Let hours go by: each brings what was written in it, and is judged."""
    judge, every, at = Judge(config), said(random.Random(7)), BEGAN
    listened(store, "feed", BEGAN - MINUTE, BEGAN)
    judge.detect(store, BEGAN)
    while at < ENDED:
        begin, at = at, at + HOUR
        told = [(begin - BEGAN) / MINUTE, (at - BEGAN) / MINUTE]
        rows = [
            made.row(mention(f"m{n}", words, BEGAN + timedelta(minutes=m), author=author), at)
            for n, (m, words, author) in enumerate(every)
            if told[0] <= m < told[1]
        ]
        with store.write() as db:
            mentions.add(db, "feed", rows, at)
        listened(store, "feed", begin, at)
        judge.detect(store, at)


def test_the_judge_and_a_replay_open_and_say_the_same(tmp_path):
    config, store = settings(tmp_path, BRAND, SOURCE, RULES), opened(tmp_path)
    made = an_intake(store, config)
    made.recount(store)
    imported(store, made, quiet(BEGAN - 24 * DAY, 24), NOON, tmp_path / "rows")
    live(store, config, made)
    past = replay(store, config, Asked(since=BEGAN))
    told = [(t.rule, t.at) for t in past.tellings]
    firsts = written((o.rule, o.finding.at, o.finding.z) for o in past.opened if o.kind == "incident")
    assert spoken(store, ("open", "relapse")) == firsts and len(firsts) >= 2
    assert [found[:2] for found in spoken(store, ("open", "relapse", "worsen"))] == [
        (rule, f"{at:%Y-%m-%dT%H:%M:%S}.000Z") for rule, at in sorted(told)
    ]
    with store.read() as db:
        dark = sorted((s.rule, s.at, s.last_at, s.findings) for s in shadows.listing(db))
    alone = [o for o in past.opened if o.kind == "shadow"]
    assert [d[:3] for d in dark] == sorted((o.rule, o.finding.at, o.last_finding_at) for o in alone)
    assert {o.rule for o in alone} == {"people", "stories"}
    assert {"surge", "slow burn", "recall"} <= {rule for _, rule in past.tallies}
    store.close()
