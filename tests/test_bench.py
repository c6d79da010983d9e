"""The benches run, on little work, and what they compare comes to the same. No time is asserted anywhere."""

import re

import pytest

from bench import __main__ as bench
from bench import alarm, backtesting, chain, feeds, memory, nab, polls
from bench.corpora import long_articles, short_posts
from bench.measure import compared, in_turns
from connectors._feed import mentions, parse


def numbers(text):
    return [int(found.replace(",", "")) for found in re.findall(r"\d[\d,]*", text)]


def test_both_chains_store_the_same_mentions_with_the_same_words_and_scores():
    lines = chain.run(short_posts(2, 6), long_articles(1, 4), rounds=1)
    *lines, _ = lines
    assert len(lines) == 6 and all("entries per CPU second" in figure for _, figure in lines[::2])
    whole_text = 3
    for number, (_, figure) in enumerate(lines[1::2], 1):
        stored, theirs, *same = numbers(figure.split(";")[0]) + numbers(figure.split(";")[1])
        assert stored == theirs > 0
        compared_alike = same[:3] if number == whole_text - 1 else same
        assert set(compared_alike) == {stored}, figure


def test_polls_without_news_are_counted_on_both_sides():
    lines = polls.run([polls.Shape(12, 6, True)], rounds=1)
    assert ["aiohttp" in what or "pycurl" in what for what, _ in lines] == [True, True]
    assert all("12 feeds" in what and "feeds per CPU second" in figure for what, figure in lines)


def test_feeds_are_read_alike_by_both_readers():
    lines = feeds.run(rounds=1, feeds=2)
    assert all("entries per CPU second" in figure for _, figure in lines[::2])
    assert all(figure for _, figure in lines[1::2])


def test_the_way_from_commit_to_slack_is_gone_by_every_brand():
    ((_, figure),) = alarm.run(rounds=3, brands=2, days=2)
    assert "middle of 3" in figure


def test_the_idle_daemon_is_weighed():
    lines = memory.run(seconds=4)
    assert "MB" in lines[0][1]


def test_the_parts_are_told_where_it_weighs_too_much():
    lines = memory._lines({"daemon": 190.0, "child 7": 30.0}, 20)
    assert "MISSED" in lines[0][1] and any("modules" in what for what, _ in lines)


def test_nothing_is_judged_where_the_benchmark_is_not_there(tmp_path):
    assert "not measured" in nab.run(tmp_path / "none", tmp_path / "none.py")[0][1]


def test_a_past_is_replayed_and_counted_alike_from_rollups_and_mentions():
    small = backtesting.Shape(1, 20, 20_000, 2)
    lines = backtesting.run((small,), small)
    assert "1 brands" in lines[0][0] and "would have opened" in lines[0][1]
    assert "from the rollups" in lines[1][0] and lines[1][1].endswith("x")


def test_the_corpora_are_of_the_size_they_say():
    short, long = short_posts(1, 20), long_articles(1, 20)
    for corpus, least, most in ((short, 170, 220), (long, 3000, 4200)):
        found, spoiled = mentions(parse(corpus.bodies[0]))
        assert least < sum(len(m.text) for m in found) / 20 < most and spoiled == 0
    assert len(set(short.keywords)) == 1000


def test_sides_take_turns_and_the_middle_is_compared():
    order = []
    sides = {"a": lambda: order.append("a") or 6.0, "b": lambda: order.append("b") or 2.0}
    found = in_turns(sides, 2)
    assert order == ["a", "b", "a", "b"]
    assert compared(found["a"], found["b"], "things", 4).startswith("6 against 2 things: 3.00x")
    assert "MISSED" in compared(found["a"], found["b"], "things", 4)


@pytest.mark.parametrize("name", ["chains", "z"])
def test_an_unknown_bench_is_refused(name, capsys):
    assert bench.main([name]) == 2
    assert "memory" in capsys.readouterr().err
