"""`check` asks each query about its examples: why one fails, and what to write instead."""

import pytest

from listener.cli.examples import looked_at, tried
from listener.config import ConfigError
from listener.config.reading import parse as configured
from listener.config.settings import Brand
from rules.query import parse
from tests.running import rows

ZABKA = '(żabka~ OR "zabka nano") AND NOT (ogród OR płaz~) AND NOT site:allegro.pl'


def asked(query, match=(), not_match=()):
    brand = Brand(name="b", query=query, must_match=match, must_not_match=not_match)
    return list(tried(brand, parse(query), lambda text: "pl"))


def test_a_plain_word_that_misses_a_form_is_told_with_what_to_write():
    good, bad = asked(ZABKA, ["Byłem w Żabce"], ["żabka siedzi w ogrodzie nad stawem"])
    assert (good["ok"], bad["ok"]) == (True, False)
    assert 'found by "żabka"; NOT ogród' in bad["detail"] and bad["do"].startswith("write ogród~ for ogród")


def test_what_would_cost_another_example_is_not_proposed():
    (_, bad) = asked("żabka~ NOT ogród", ["Żabka i ogrody"], ["żabka siedzi w ogrodzie"])
    assert not bad["ok"] and "ogród~" not in bad["do"]


@pytest.mark.parametrize(
    ("query", "text", "why"),
    [
        ("kolejka AND dług", "długa kolejka", "(dług is not there)"),
        ("any of (a1, b1) c1", "c1", "none of a1, b1 is there"),
        ("a1 NOT (b1 OR c1)", "a1 C1", 'NOT (b1 OR c1) takes it away: it holds "C1"'),
        ("a1 NEAR/1 b1", "a1 x x b1", "a1, b1 are there, but further apart than a1 NEAR/1 b1 says"),
        ("a1 ONEAR/1 b1", "b1 a1", "or not in this order"),
        ("a1 NEAR/1 b1", "a1", "b1 is not there"),
        ("2 of (a1, b1, c1)", "b1", "1 of 2 wanted are there: b1"),
        ("a1 site:x.y", "a1", "site:x.y asks the address, and an example has none"),
        ("a1 lang:en", "a1", "lang:en: its language was read as pl"),
        ("title:a1 OR b1 c1", "c1", "for (b1 AND c1): b1 is not there"),
    ],
)
def test_why_a_text_is_not_matched(query, text, why):
    (row,) = asked(query, [text])
    assert not row["ok"] and why in row["detail"], row["detail"]


def test_doubts_and_sources_that_nobody_has_are_told():
    found = list(looked_at("b", parse("a1 and b1 source:newz OR source:news"), ["News"]))
    assert [(row["ok"], row["detail"].split(":")[0]) for row in found] == [
        (True, "look again at character 4 of the query"),
        (True, "look again at character 23 of the query"),
        (False, "source"),
    ]


def test_a_mistake_is_told_with_its_line_in_the_file(tmp_path):
    text = "[listener]\ndatabase = 'l.db'\n[[brand]]\nname = 'b'\nquery = '''\na1\nAND AND b1\n'''\n"
    with pytest.raises(ConfigError) as caught:
        configured(text, tmp_path, {})
    (problem,) = caught.value.problems
    assert problem.line == 7 and "    AND AND b1\n        ^ after AND a word is missing" in problem.right


def test_check_offline_runs_the_examples(tmp_path):
    head = '[listener]\ndatabase = "l.db"\n'
    brand = f'[[brand]]\nname = "b"\nquery = \'{ZABKA}\'\nmust_not_match = ["żabka w ogrodzie"]\n'
    (tmp_path / "config.toml").write_text(head + brand)
    (row,) = [row for row in rows(tmp_path, "check", "--offline") if row["what"] == "query"]
    assert row["ok"] is False and "ogród~" in row["do"]
