"""Talk about a brand that does not exist: what people might write, in English and in Polish.

The same seed gives the same talk. No text is said twice as long as there is another way to say it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from random import Random
from types import ModuleType

from listener.demo import _english, _polish

BRAND = "Mokavira"
FORUM, BOARD, WIRE = "Kitchen Talk", "Kawa i sprzęt", "City Wire"
_TONGUES: dict[str, ModuleType] = {"en": _english, "pl": _polish}
_TRIES = 40
_HANDLES = (
    "ada", "bean", "crema", "drip", "ekspres", "filtr", "grind", "hanka", "ines", "jura", "kawosz", "latte",
    "milo", "nela", "olek", "piko", "rosa", "steam", "tamper", "ula", "wiktor", "zuza",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Post:
    """Something that somebody wrote at a place, at a moment (UTC)."""

    id: str
    place: str
    at: datetime
    author: str
    title: str
    text: str

    @property
    def url(self) -> str:
        """An address that leads nowhere: `.example` belongs to nobody."""
        host = {FORUM: "kitchen-talk.example", BOARD: "kawa-i-sprzet.example"}.get(self.place, "wire.example")
        return f"https://{host}/{self.id}"


class Talk:
    """Makes posts, one after the other."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311
        self._said: set[str] = set()
        self._decks: dict[tuple[str, ...], list[str]] = {}
        self._number = 0

    def post(self, mood: str, language: str, at: datetime) -> Post:
        """Return a post of a mood (quiet, angry, murmur), in English on the forum, in Polish on the board."""
        tongue = _TONGUES[language]
        wordings = {"quiet": tongue.QUIET, "angry": tongue.ANGRY, "murmur": tongue.MURMURS}[mood]
        place = BOARD if language == "pl" else FORUM
        return self._made(place, at, self._handle(), "", self._fresh(wordings, tongue.SLOTS))

    def headline(self, language: str, at: datetime) -> Post:
        """Return a quiet piece of news: a title, and nothing bad in it."""
        title = self._random.choice(_TONGUES[language].QUIET_TITLES)
        own = BRAND in title
        text = title if own else f"{title}: {BRAND}"
        return self._made(WIRE, at, "City Wire", title, text)

    def news(self, language: str, number: int, at: datetime) -> Post:
        """Return the piece of news of that number about the crisis, the last one again and again after it."""
        pieces = _TONGUES[language].NEWS
        title, text = pieces[min(number, len(pieces) - 1)]
        return self._made(WIRE, at, "City Wire", title, text)

    def _made(self, place: str, at: datetime, author: str, title: str, text: str) -> Post:
        self._number += 1
        return Post(f"post-{self._number}", place, at, author, title, text)

    def _handle(self) -> str:
        return f"{self._random.choice(_HANDLES)}{self._random.randint(2, 999)}"

    def _fresh(self, wordings: tuple[str, ...], slots: dict[str, tuple[str, ...]]) -> str:
        text = ""
        for _ in range(_TRIES):
            text = self._dealt(wordings).format_map(_Chosen(self._random, slots))
            if text not in self._said:
                break
        self._said.add(text)
        return text[:1].upper() + text[1:]

    def _dealt(self, wordings: tuple[str, ...]) -> str:
        """Return one of the wordings; each has its turn before one comes again."""
        deck = self._decks.get(wordings)
        if not deck:
            deck = self._decks[wordings] = self._random.sample(wordings, len(wordings))
        return deck.pop()


class _Chosen(dict[str, str]):
    """What stands in the places of a wording: chosen when asked for."""

    def __init__(self, random: Random, slots: dict[str, tuple[str, ...]]) -> None:
        self._random, self._slots = random, slots

    def __missing__(self, name: str) -> str:
        return self._random.choice(self._slots[name])
