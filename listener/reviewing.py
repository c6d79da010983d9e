"""Which mentions are most worth a person's look: the queue in which labels are reviewed.

Of each story one mention is offered, and none of a story that was labelled. Of every five, in this
order: two that we read as unsure, one over which what was learned and the lexicon below it
disagree, one whose label rests on little, and one at random of those we are sure of: whoever
learns from mistakes alone forgets what was right. Where there are none of a kind left the next
takes its place. Within each kind the thinnest come first (to a tenth), of those the most recent; and
brands and languages take turns.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from listener.reading import Reader
from listener.reading.deciding import decide, weights
from listener.store import Store, labels, mentions
from listener.store.labels import Open
from listener.store.mentions import Stored
from listener.store.times import minute

UNSURE, DISPUTED, THIN, SAMPLE = "unsure", "disputed", "thin", "sample"
TURNS = (UNSURE, UNSURE, DISPUTED, THIN, SAMPLE)
# A label with less confidence rests on little.
SURE = 0.6
MOST_OPEN, MOST_READ_AGAIN, AT_ONCE = 20_000, 1_000, 100


@dataclass(frozen=True, slots=True)
class Offer:
    """A mention to be reviewed, the brands it concerns, and why it is offered.

    `base` is what the lexicon alone reads, where what was learned reads otherwise.
    """

    mention: Stored
    brands: tuple[str, ...]
    why: str
    base: str = ""


def queue(store: Store, reader: Reader, now: datetime, back: timedelta) -> Iterator[Offer]:
    """Yield what is open of the last days, the most useful first; what is labelled meanwhile is left out."""
    with store.read() as db:
        found = labels.open_ones(db, minute(now - back), MOST_OPEN)
    bases = _bases(store, reader, found)
    turns = in_turns(found, bases.keys(), now.date().isoformat())
    while part := [one for _, one in zip(range(AT_ONCE), turns, strict=False)]:
        for one, why in part:
            with store.read() as db:
                still = [m for m in mentions.of(db, [one.mention]) if not m.human]
            yield from (Offer(m, one.brands, why, bases.get(m.id, "")) for m in still)


def _bases(store: Store, reader: Reader, found: Iterable[Open]) -> Mapping[int, str]:
    """Return what the lexicon reads of the newest that were read by a layer, where it differs."""
    learned = [one for one in found if "+" in one.version and one.label != UNSURE][:MOST_READ_AGAIN]
    if not learned:
        return {}
    with store.read() as db:
        kept = mentions.of(db, [one.mention for one in learned])
    read = ((m, _base(reader, m)) for m in kept)
    return {m.id: label for m, label in read if label != m.label}


def _base(reader: Reader, m: Stored) -> str:
    told = reader.evidence(m.title, m.text, m.language, m.words)
    return decide(told.logits, weights(told.language).thin).label if told.features else UNSURE


def in_turns(found: Iterable[Open], disputed: Collection[int], seed: str) -> Iterator[tuple[Open, str]]:
    """Yield what is open in the order in which it is offered, each with why; the same for the same seed."""
    kinds: dict[str, list[Open]] = {UNSURE: [], DISPUTED: [], THIN: [], SAMPLE: []}
    for one in sorted(found, key=lambda one: (-one.minute, -one.mention)):
        kinds[_kind(one, disputed)].append(one)
    for kind in (UNSURE, DISPUTED, THIN):
        kinds[kind].sort(key=lambda one: int(one.confidence * 10))
    Random(seed).shuffle(kinds[SAMPLE])  # noqa: S311
    waiting = {
        kind: deque(spread(mine, lambda one: (one.brands, one.language))) for kind, mine in kinds.items()
    }
    while any(waiting.values()):
        for kind in TURNS:
            taken = next((k for k in (kind, *kinds) if waiting[k]), "")
            if taken:
                yield waiting[taken].popleft(), taken


def _kind(one: Open, disputed: Collection[int]) -> str:
    if one.label == UNSURE:
        return UNSURE
    if one.mention in disputed:
        return DISPUTED
    return THIN if one.confidence < SURE else SAMPLE


def spread(found: Sequence[Open], group: Callable[[Open], object]) -> Iterator[Open]:
    """Yield one of each group in turn; each group keeps its order, and they come in that of their first."""
    groups: dict[object, deque[Open]] = {}
    for one in found:
        groups.setdefault(group(one), deque()).append(one)
    while groups:
        for name in list(groups):
            yield groups[name].popleft()
            if not groups[name]:
                del groups[name]
