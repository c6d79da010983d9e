"""Whether two mentions tell one story: what they share, weighed against what each says otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from listener.reading.stories import address
from listener.reading.stories.facts import TURNS
from listener.reading.stories.telling import (
    CAPITAL,
    DAY,
    NAME,
    NOT,
    NUMBER,
    SHORT,
    SMALL,
    TURN,
    Telling,
    Word,
    Words,
)

MOST_WORDS = 200
PREFIX = 3
# A run this long in place of another is another passage, not another word for the same.
PASSAGE = 8
SPARE = 12
FEW = 7
RETOLD = 0.4
VERBATIM = 9


@dataclass(slots=True)
class Compared:
    """What two runs of words have in common. `conflict` says that both state a fact, and not the same."""

    shared: int = 0
    shorter: int = 0
    longer: int = 0
    swapped: int = 0
    conflict: bool = False
    at: int = 0
    run: int = 0

    @property
    def contained(self) -> float:
        return self.shared / self.shorter if self.shorter else 0.0

    @property
    def alike(self) -> float:
        return self.shared / self.longer if self.longer else 0.0


def told_alike(one: Telling, other: Telling) -> bool:
    """Tell whether two mentions tell one story."""
    if _by_link(one, other):
        return True
    if min(_weight(one.words), _weight(other.words)) < 1:
        return False
    if min(len(one.words), len(other.words)) < SHORT:
        return _briefly(one, other)
    if len(one.body) >= SHORT and one.spoken == other.spoken and _keys(one.title) == _keys(other.title):
        return True
    return _by_text(one, other)


def _briefly(one: Telling, other: Telling) -> bool:
    """Judge a few words: many people write the same few by themselves, and each of them is a voice."""
    if one.spoken != other.spoken and _keys(one.words) != _keys(other.words):
        return False
    if one.thread or other.thread:
        return False
    passed_on = one.shared or other.shared or bool(set(one.links) & set(other.links))
    same_author = bool(one.author) and one.author == other.author
    return passed_on or same_author


def _by_link(one: Telling, other: Telling) -> bool:
    """Tell whether a link makes them one story; where none does, that says nothing."""
    if one.page == other.page and address.is_page(one.page):
        return _same_page(one, other)
    for post, article in ((one, other), (other, one)):
        if article.page in post.links and address.is_page(article.page) and len(article.words) >= SHORT:
            spare = len(post.words)
            if spare <= SPARE or compare(post.words, article.words).contained >= 0.4:
                return True
    if any(address.is_page(link) for link in set(one.links) & set(other.links)):
        few, more = sorted((len(one.words), len(other.words)))
        return few <= 3 and more <= SPARE and not (one.thread or other.thread)
    return False


def _same_page(one: Telling, other: Telling) -> bool:
    """Judge two mentions under one address: an article edited, or people who talk in one thread."""
    if address.is_article(one.page) and (one.bare or other.bare) and not (one.thread or other.thread):
        return True
    if one.thread or other.thread or min(len(one.body), len(other.body)) < SHORT:
        alike = _keys(one.words) == _keys(other.words) and one.author == other.author
        headline = min(len(one.words), len(other.words)) >= SHORT and address.is_article(one.page)
        return alike or (headline and _bag(one.words, other.words).contained >= 0.5)
    found = compare(one.body, other.body)
    if address.is_article(one.page):
        return max(found.contained, _bag(one.body, other.body).contained) >= 0.5
    return found.contained >= 0.6 and not found.conflict


def edited(one: Telling, other: Telling) -> bool:
    """Tell whether two mentions are one page before and after an edit, not two voices in one thread."""
    if one.page != other.page or not address.has_place(one.page):
        return False
    if one.thread or other.thread or min(len(one.body), len(other.body)) < SHORT:
        return _keys(one.words) == _keys(other.words)
    if address.is_article(one.page):
        return told_alike(one, other)
    found = compare(one.body, other.body)
    return found.alike >= 0.85 and not found.conflict


def _by_text(one: Telling, other: Telling) -> bool:
    if one.title and other.title:
        body = compare(one.body, other.body)
        if body.conflict or _headlines_conflict(one, other, body):
            return False
        return _same_body(body)
    if not one.title and not other.title:
        return _same_whole(one.body, other.body)
    full, bare = (one, other) if one.title else (other, one)
    return (
        _same_whole(full.body, bare.body)
        or _same_whole(full.title + full.body, bare.body)
        or (len(full.title) >= SHORT - 1 and _same_headline(full.title, bare.body))
    )


def _headlines_conflict(one: Telling, other: Telling, body: Compared) -> bool:
    """Tell whether headlines of one make state different facts; long equal texts outweigh them."""
    if body.contained >= 0.9 and body.shorter >= 2 * SHORT:
        return False
    # A name that one headline has and the other lacks may stand in the text below.
    mine, theirs = _new_in(one.title, other.words), _new_in(other.title, one.words)
    return _conflict(mine, theirs) and _bag(one.title, other.title).contained >= 0.4


def _same_whole(one: Words, other: Words) -> bool:
    found = compare(one, other)
    if found.conflict:
        return False
    return _same_body(found) or (max(len(one), len(other)) <= 3 * SHORT and _same_headline(one, other))


def _same_body(found: Compared) -> bool:
    if found.conflict or found.shorter < 3:
        return False
    if found.swapped > max(0.12 * found.shorter, 1 if found.shorter >= 8 else 0):
        return False
    if found.longer > 3 * found.shorter + 2 * SHORT and found.at > 2 * SPARE:
        return False
    if found.shorter < FEW and found.alike < 0.75:
        return False
    return (
        found.contained >= 0.8
        or (found.contained >= 0.6 and found.shared >= SPARE)
        or (found.contained >= 0.5 and found.run >= VERBATIM)
    )


def _same_headline(one: Words, other: Words) -> bool:
    """Judge two headlines: their words may stand in any order."""
    found = _bag(one, other)
    if (
        found.conflict
        or found.shorter < 4
        or found.alike < 0.55
        or 2 * min(len(one), len(other)) < max(len(one), len(other))
    ):
        return False
    # A number that both have says more than any other word; without one, another word is another thing.
    if _numbers(one) & _numbers(other):
        return found.contained >= 0.66 and found.swapped <= 0.34 * found.shorter
    return found.contained >= 0.75 and found.swapped <= (found.shorter >= FEW)


def _numbers(words: Words) -> set[str]:
    return {w.key for w in words if w.kind == NUMBER and len(w.key) > 1}


def compare(one: Words, other: Words) -> Compared:
    """Lay two runs of words beside each other, and look at what stands in each other's place."""
    one, other = one[:MOST_WORDS], other[:MOST_WORDS]
    found = _sized(one, other)
    codes = SequenceMatcher(None, _keys(one), _keys(other), autojunk=False).get_opcodes()
    here = _retold(one, [(a, b) for what, a, b, _, _ in codes if what == "equal"])
    there = _retold(other, [(c, d) for what, _, _, c, d in codes if what == "equal"])
    begun = False
    for what, a, b, c, d in codes:
        left, right = one[a:b], other[c:d]
        if what == "equal":
            found.shared += _weight(left)
            found.run = max(found.run, b - a)
            if not begun and b - a >= 3:
                begun, found.at = True, max(a, c)
            continue
        inside = min(a, c) > 0 and b < len(one) and d < len(other)
        if inside and max(len(left), len(right)) <= 3 and _turned(left, right):
            found.conflict = True
        if what == "replace":
            left = tuple(w for w in left if w.sentence in here)
            right = tuple(w for w in right if w.sentence in there)
            _replaced(found, left, right, one, other)
    return found


def _retold(words: Words, equal: Iterable[tuple[int, int]]) -> set[int]:
    """Return the sentences of which the other text has a good part: only in these is a change a change."""
    whole = Counter(w.sentence for w in words)
    same = Counter(w.sentence for a, b in equal for w in words[a:b])
    return {sentence for sentence, number in same.items() if number >= RETOLD * whole[sentence]}


def _replaced(found: Compared, left: Words, right: Words, one: Words, other: Words) -> None:
    mine, theirs = _new_in(left, other), _new_in(right, one)
    found.shared += _weight([w for w in left if w.kind != SMALL and w not in mine and _close_to(w, right)])
    if not mine or not theirs or max(len(left), len(right)) > 2 * PASSAGE:
        return
    begun_otherwise = mine[0].kind == theirs[0].kind == CAPITAL and len(left) == len(right) == 1
    if begun_otherwise or _conflict(mine, theirs):
        found.conflict = found.conflict or max(len(left), len(right)) <= PASSAGE
    found.swapped += min(len(mine), len(theirs))


def _bag(one: Words, other: Words) -> Compared:
    """Compare two runs of words without regard to their order."""
    found = _sized(one, other)
    mine, theirs = _new_in(one, other), _new_in(other, one)
    found.shared = min(_weight(one) - _weight(mine), _weight(other) - _weight(theirs))
    found.swapped = min(len(mine), len(theirs))
    found.conflict = _conflict(mine, theirs)
    return found


def _sized(one: Words, other: Words) -> Compared:
    shorter, longer = sorted((_weight(one), _weight(other)))
    return Compared(shorter=shorter, longer=longer)


def _conflict(mine: Sequence[Word], theirs: Sequence[Word]) -> bool:
    """Tell whether both sides state a fact of one kind, and not the same."""
    for kind in (NUMBER, DAY):
        if _any(mine, kind) and _any(theirs, kind):
            return True
    named = (NAME, CAPITAL)
    if any(w.kind == NAME for w in (*mine, *theirs)) and _any(mine, *named) and _any(theirs, *named):
        return True
    return _turned(mine, theirs)


def _turned(mine: Iterable[Word], theirs: Iterable[Word]) -> bool:
    """Tell whether one side says the opposite of the other: another end of an axis, or a "not" more."""
    left = {turn for w in mine if w.kind == TURN for turn in TURNS[w.key]}
    right = {turn for w in theirs if w.kind == TURN for turn in TURNS[w.key]}
    if any((axis, 1 - side) in right for axis, side in left - right):
        return True
    return _any(mine, NOT) != _any(theirs, NOT)


def _any(words: Iterable[Word], *kinds: int) -> bool:
    return any(w.kind in kinds for w in words)


def _new_in(part: Words, whole: Words) -> list[Word]:
    """Return the telling words of a part that the other text holds nowhere, in no form."""
    held = {w.key for w in whole}
    strange = [w for w in part if w.kind != SMALL and w.key not in held]
    if not strange:
        return []
    near: dict[str, list[Word]] = {}
    for word in whole:
        near.setdefault(word.key[:PREFIX], []).append(word)
    return [w for w in strange if not _close_to(w, near.get(w.key[:PREFIX], ()))]


def _close_to(word: Word, words: Iterable[Word]) -> bool:
    return any(_close(word, other) for other in words)


def _close(one: Word, other: Word) -> bool:
    """Tell whether two words are forms or misspellings of one."""
    if one.key == other.key:
        return True
    if NUMBER in (one.kind, other.kind) or DAY in (one.kind, other.kind) or SMALL in (one.kind, other.kind):
        return False
    a, b = one.key, other.key
    if a == b + "s" or b == a + "s":
        return True
    if a[:PREFIX] != b[:PREFIX] or min(len(a), len(b)) < 4:
        return False
    common = _common(a, b)
    if common >= max(4, 0.57 * max(len(a), len(b))):
        return True
    # One letter more, less or another.
    rest = max(len(a), len(b)) - common - _common(a[common:][::-1], b[common:][::-1])
    return min(len(a), len(b)) >= 6 and rest <= 1


def _common(one: str, other: str) -> int:
    """Return how many letters two words begin with alike."""
    shorter = min(len(one), len(other))
    return next((at for at in range(shorter) if one[at] != other[at]), shorter)


def _weight(words: Iterable[Word]) -> int:
    return sum(w.kind != SMALL for w in words)


def _keys(words: Words) -> list[str]:
    return [w.key for w in words]
