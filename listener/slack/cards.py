"""A card in Block Kit.

Limits: https://docs.slack.dev/reference/block-kit/blocks. What strangers write stands only in
plain_text and rich_text elements, where Slack resolves no mention and no markup, or is escaped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from listener.words import Button, Card, Said, cut, safe_url

Block = dict[str, Any]

MOST_HEADER, MOST_SECTION, MOST_BUTTON, MOST_CONTEXT, MOST_ID, MOST_TEXT = 150, 3000, 75, 2000, 255, 3500
MOST_QUOTED = 500
# Blocks of one message may hold about 13,000 characters together; nobody reads more than a part of that.
MOST_LINES = 2500
SIGNS = {"watch": "🟡", "alert": "🟠", "crisis": "🔴"}
CLOSED = "⚪"
LINK = re.compile(r"https?://\S+")
EVENT_TYPE = "listener_notice"


def blocks(card: Card, incident: int, version: int, key: str) -> list[Block]:
    """Return the blocks of a card; its buttons carry the incident and its version."""
    told = [
        {"type": "header", "text": _plain(f"{_sign(card)} {card.title}", MOST_HEADER, emoji=True)},
        *_section("\n".join(card.lines)),
        *_said(card),
        *_section("\n".join(card.state)),
        *_links(card),
        *_buttons(card.buttons, incident, version),
        _foot(card.foot, key),
    ]
    return [block for block in told if block]


def note(text: str, key: str) -> list[Block]:
    """Return the blocks of an entry in a thread: plain words, in which only addresses are links."""
    words = [_words(part) for part in _parts(cut(text, MOST_SECTION)) if part]
    section = {"type": "rich_text_section", "elements": words or [_words(" ")]}
    return [{"type": "rich_text", "block_id": mark(key), "elements": [section]}]


def fallback(card: Card) -> str:
    """Return the card as the line that notifications show, escaped."""
    return escaped(f"{_sign(card)} {card.summary}")


def escaped(text: str) -> str:
    """Return text that Slack shows as it stands: nobody is pinged, no link is made up.

    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    safe = _defused(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"&[a-z]{0,4}…$", "…", cut(safe, MOST_TEXT))


def metadata(key: str) -> dict[str, Any]:
    """Return the metadata by which a message is recognised later."""
    return {"event_type": EVENT_TYPE, "event_payload": {"key": key}}


def mark(key: str) -> str:
    """Return the block id that carries the key: the second way to recognise a message."""
    return key if len(key) <= MOST_ID else f"{key[:180]}:{sha256(key.encode()).hexdigest()}"


def _sign(card: Card) -> str:
    return CLOSED if card.closed else SIGNS.get(card.severity, "")


def _section(text: str) -> Iterator[Block]:
    if text:
        yield {"type": "section", "text": _plain(text, MOST_LINES)}


def _said(card: Card) -> Iterator[Block]:
    if not card.quotes:
        return
    elements: list[Block] = [
        {"type": "rich_text_section", "elements": [_words(card.quoted, bold=True)]} if card.quoted else {}
    ]
    for quote in card.quotes:
        elements.append(
            {"type": "rich_text_quote", "elements": [_words(cut(quote.text, MOST_QUOTED) or " ")]}
        )
        elements += _byline(quote)
    yield {"type": "rich_text", "elements": [element for element in elements if element]}


def _byline(quote: Said) -> Iterator[Block]:
    byline, url = cut(quote.byline, MOST_QUOTED), safe_url(quote.url)
    if url:
        link = {"type": "link", "url": url, "text": _defused(byline or url)}
        yield {"type": "rich_text_section", "elements": [link]}
    elif byline:
        yield {"type": "rich_text_section", "elements": [_words(byline)]}


def _links(card: Card) -> Iterator[Block]:
    links = [
        {"type": "link", "url": link.url, "text": _defused(cut(link.label, MOST_QUOTED))}
        for link in card.links
        if safe_url(link.url)
    ]
    if links:
        yield {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": links}]}


def _buttons(buttons: tuple[Button, ...], incident: int, version: int) -> Iterator[Block]:
    value = json.dumps({"incident": incident, "version": version})
    elements = []
    for button in buttons:
        label = _plain(button.label, MOST_BUTTON)
        element = {"type": "button", "action_id": button.action, "text": label, "value": value}
        elements.append({**element, "style": button.style} if button.style else element)
    if elements:
        yield {"type": "actions", "elements": elements}


def _foot(foot: str, key: str) -> Block:
    return {"type": "context", "block_id": mark(key), "elements": [_plain(foot or " ", MOST_CONTEXT)]}


def _parts(text: str) -> Iterator[str]:
    """Split a text so that addresses stand alone."""
    end = 0
    for found in LINK.finditer(text):
        yield text[end : found.start()]
        yield found.group()
        end = found.end()
    yield text[end:]


def _words(text: str, *, bold: bool = False) -> Block:
    if LINK.fullmatch(text) and safe_url(text):
        return {"type": "link", "url": text}
    element: Block = {"type": "text", "text": _defused(text)}
    return {**element, "style": {"bold": True}} if bold else element


def _plain(text: str, most: int, *, emoji: bool = False) -> Block:
    return {"type": "plain_text", "text": _defused(cut(text, most - 8)), "emoji": emoji}


def _defused(text: str) -> str:
    """Break `<!channel>` and `<@U…>` by a joiner nobody sees.

    Slack resolves neither in plain text, but what mirrors or quotes a message may.
    """
    return re.sub(r"<(?=[!@#])", "<\u2060", text)
