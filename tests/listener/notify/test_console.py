"""The terminal shows the same cards, and nothing steers it."""

import io
from datetime import UTC, datetime

import pytest

from listener.notify import DeliveryError, Letter
from listener.notify.console import Console
from listener.words import Button, Card, Said

CARD = Card(
    title="Crisis · Żabka",
    severity="crisis",
    lines=("60 negative mentions in 15 minutes, usually 2.",),
    state=("Nobody has acknowledged it yet.",),
    quotes=(Said("[red]it\x1b[2J broke[/red]\x07", "ada", "https://f.example/1"),),
    buttons=(Button("acknowledge", "Acknowledge"),),
    foot="Incident 7",
)


def printed(*letters):
    file = io.StringIO()
    console = Console(file)
    for letter in letters:
        console.send(letter)
    return file.getvalue()


def card(**change):
    return Letter(**{"key": "k", "kind": "card", "target": "", "card": CARD, "incident": 7, **change})


def test_a_card_shows_all_it_has_to_tell():
    shown = printed(card())
    for words in (
        "Crisis · Żabka",
        "usually 2",
        "Nobody has acknowledged",
        "ada",
        "https://f.example/1",
        "Incident 7",
    ):
        assert words in shown


def test_it_says_how_to_take_it_while_nobody_has():
    assert "listener ack 7" in printed(card())
    assert "listener ack" not in printed(card(card=Card("t", "alert", ("l",))))


def test_nothing_a_stranger_wrote_steers_the_terminal():
    shown = printed(card())
    assert "\x1b" not in shown and "\x07" not in shown
    assert "[red]it [2J broke[/red]" in shown, "rich's own markup is shown, not obeyed"


def test_an_entry_is_a_line_and_an_update_says_how_it_stands():
    entry = Letter(key="k", kind="thread", target="", text="Anna has taken it.", incident=7)
    assert printed(entry) == "#7 · Anna has taken it.\n"
    assert printed(card(kind="update")) == "#7 · Nobody has acknowledged it yet.\n"


def test_a_message_to_a_person_names_them():
    assert "→ Anna Nowak" in printed(card(kind="dm", target="Anna Nowak"))


def test_a_sign_the_terminal_does_not_have_costs_nothing_else():
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    Console(file).send(card())
    assert b"abka" in file.buffer.getvalue()


def test_a_closed_terminal_is_an_error_of_delivery():
    file = io.StringIO()
    console = Console(file)
    file.close()
    with pytest.raises(DeliveryError):
        console.send(card())


def test_a_terminal_cannot_be_looked_back_on():
    assert Console(io.StringIO()).find(card(), datetime.now(UTC)) is None
