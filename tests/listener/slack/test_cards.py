"""A card in Block Kit keeps Slack's limits, and nothing a stranger wrote can steer Slack."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.slack import cards
from listener.words import Button, Card, Link, Said
from tests.servers.slack import buttons, words

BUTTONS = (Button("acknowledge", "Acknowledge", "primary"), Button("dismiss", "Not a crisis"))
HOSTILE = [
    "<!channel>",
    "<!here|x>",
    "<@U024BE7LH>",
    "<#C024BE7LR>",
    "<http://evil.example|https://bank.example>",
]


def card(**change):
    told = {
        "title": "Crisis · Żabka",
        "severity": "crisis",
        "lines": ("60 mentions",),
        "state": ("Nobody yet",),
    }
    return Card(**{**told, "buttons": BUTTONS, "foot": "Incident 1", **change})


def drawn(one, key="1:card"):
    return cards.blocks(one, 1, 4, key)


def leaves(value):
    """Every element that holds text, with its type."""
    if isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield value["type"], value["text"]
        for part in value.values():
            yield from leaves(part)
    elif isinstance(value, list):
        for part in value:
            yield from leaves(part)


def test_a_card_reads_from_what_happened_to_what_to_do():
    kinds = [
        block["type"] for block in drawn(card(quotes=(Said("it broke", "ada"),), quoted="What people write:"))
    ]
    assert kinds == ["header", "section", "rich_text", "section", "actions", "context"]


def test_a_button_carries_the_incident_and_its_version():
    (first, second) = buttons({"blocks": drawn(card())})
    assert json.loads(first["value"]) == {"incident": 1, "version": 4}
    assert (first["action_id"], first["style"], second["action_id"]) == ("acknowledge", "primary", "dismiss")
    assert "style" not in second


def test_a_card_without_buttons_has_no_row_for_them():
    assert "actions" not in [block["type"] for block in drawn(card(buttons=()))]


def test_the_key_stands_on_the_last_block_whatever_its_length():
    assert drawn(card())[-1]["block_id"] == "1:card"
    long, longer = "k" * 300, "k" * 301
    assert len(cards.mark(long)) <= 255
    assert cards.mark(long) != cards.mark(longer)


def test_severity_is_seen_at_a_glance_and_a_closed_card_looks_closed():
    assert drawn(card())[0]["text"]["text"].startswith("🔴")
    assert drawn(card(severity="watch"))[0]["text"]["text"].startswith("🟡")
    assert drawn(card(closed=True))[0]["text"]["text"].startswith("⚪")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_stranger_pings_nobody_and_makes_no_link(text):
    made = drawn(card(title=text, lines=(text,), quotes=(Said(text, text),), foot=text, state=(text,)))
    kinds = {kind for kind, told in leaves(made) if "evil" in told or "!" in told or "U024" in told}
    assert kinds <= {"plain_text", "text"}, "mrkdwn would be resolved"
    assert "<!" not in json.dumps(made) and "<@" not in json.dumps(made)
    assert "<" not in cards.fallback(card(title=text, lines=(text,)))


def test_a_quote_is_read_as_it_was_written():
    made = drawn(card(quotes=(Said("*never* _again_ & <b>again</b>", "ada"),)))
    assert "*never* _again_ & <b>again</b>" in words({"blocks": made})


def test_a_quote_links_to_where_it_was_said_by_http_only():
    made = drawn(
        card(quotes=(Said("a", "ada", "https://f.example/1"), Said("b", "bob", "javascript:alert(1)")))
    )
    links = [
        e["url"]
        for b in made
        if b["type"] == "rich_text"
        for s in b["elements"]
        for e in s["elements"]
        if "url" in e
    ]
    assert links == ["https://f.example/1"]


def test_the_public_answer_is_a_link():
    made = drawn(card(links=(Link("The public answer", "https://brand.example/answer"),)))
    assert "https://brand.example/answer" in json.dumps(made)


def test_what_is_escaped_is_cut_between_signs():
    text = cards.escaped("&" * 5000)
    assert len(text) <= 3500
    assert text.replace("&amp;", "").strip() == "…"


def test_an_entry_shows_addresses_as_links_and_the_rest_as_plain_words():
    (block,) = cards.note("Answered: https://brand.example/a (Anna) <!here>", "k")
    elements = block["elements"][0]["elements"]
    assert [element["type"] for element in elements] == ["text", "link", "text"]
    assert block["block_id"] == "k"


any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=4000)


@given(any_text, any_text, st.lists(any_text, max_size=3), st.integers(0, 3))
def test_no_card_breaks_a_limit_of_slack(title, line, said, closed):
    quotes = tuple(Said(text, text, f"https://f.example/{n}") for n, text in enumerate(said))
    one = card(title=title, lines=(line,) * 8, state=(line,), quotes=quotes, foot=line, closed=bool(closed))
    made = drawn(one, key=title or "k")
    assert len(made) <= 50
    assert len(made[0]["text"]["text"]) <= 150
    for block in made:
        if block["type"] == "section":
            assert 0 < len(block["text"]["text"]) <= 3000
        assert len(block.get("block_id", "")) <= 255
    assert sum(len(text) for _, text in leaves(made)) < 13000
    assert len(cards.fallback(one)) <= 4000
