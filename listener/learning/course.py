"""One round of learning: train, measure on what was held back, and bring into force what won."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from listener.learning.material import CONFIRMED, CORRECTED, Example, Material, gather
from listener.learning.verdict import (
    BEYOND_CHANCE,
    ENOUGH,
    GUESSED,
    NOT_BETTER,
    WON,
    Compared,
    Judged,
    LearnError,
    Told,
    compared,
    likelier,
)
from listener.reading.deciding import LABELS, NEUTRAL, UNSURE, Logits, decide
from listener.reading.deciding import weights as lexicons
from listener.reading.learned import TURNS, Layer, LayerError, Weights, pack, unpack
from listener.reading.reader import Reader
from listener.store import Store, labels, models

Progress = Callable[[str, int], Callable[[int], None]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it. `version` is None where none was made: too few labels, or a dry run.

    `problem` says why the version that was in force could not be compared with, if so.
    """

    told: Sequence[Told]
    labels: int
    version: int | None
    promoted: bool
    problem: str = ""

    @property
    def is_trained(self) -> bool:
        """Tell whether there was enough to learn from, in any language."""
        return any(one.candidate is not None for one in self.told)


def learn(
    store: Store, reader: Reader, now: datetime, progress: Progress, *, dry_run: bool = False
) -> Outcome:
    """Train on the labels of people, and promote what wins. Raises LearnError.

    Nothing is written before the end: who is killed leaves the version in force as it was.
    """
    with store.read() as db:
        given = list(labels.given(db))
        before = models.current(db)
    held, problem = _held(before)
    materials = gather(given, reader, progress("reading", len(given)))
    ready = [one for one in materials if one.code == ENOUGH]
    advance = progress("learning", TURNS * len(ready))
    parts, told = dict(held), []
    for material in materials:
        candidate = _trained(material, advance)
        found = _told(material, held.get(material.language), candidate)
        if candidate is not None and found.verdict == WON:
            parts[material.language] = candidate
        told.append(found)
    promoted = any(one.verdict == WON for one in told)
    outcome = Outcome(told, len(given), None, promoted, problem)
    if dry_run or not outcome.is_trained:
        return outcome
    return _kept(store, outcome, before, pack(parts), now)


def go_back(store: Store, version: int | None) -> int:
    """Let an earlier version be in force, 0 for none, and return it; by default the one before.

    Raises LearnError.
    """
    with store.write() as db:
        known = [one.version for one in models.listing(db) if one.state != models.REJECTED]
        now = models.in_force(db)
        if version is None:
            if not now:
                raise LearnError("no learned version is in force, so there is none to go back from")
            version = max((one for one in known if one < now), default=0)
        if version and version not in known:
            told = f"there are {', '.join(map(str, known))}, and 0 for none" if known else "there is none yet"
            raise LearnError(f"no version {version} was ever in force; {told}")
        models.go_back(db, version)
        return version


def _held(model: models.Model | None) -> tuple[dict[str, Weights], str]:
    """Return the weights in force that still speak of today's features, and what is wrong with them."""
    if model is None:
        return {}, ""
    try:
        weights = unpack(model.weights)
    except LayerError as error:
        return {}, f"version {model.version} cannot be read: {error}"
    outdated = sorted(name for name, each in weights.items() if not each.fits(name))
    problem = (
        f"version {model.version} was made for another reading of {', '.join(outdated)}" if outdated else ""
    )
    return {name: each for name, each in weights.items() if name not in outdated}, problem


def _trained(material: Material, advance: Callable[[int], None]) -> Weights | None:
    if material.code != ENOUGH:
        return None
    from listener.learning.training import train

    return train(material.language, material.examples, advance)


def _told(material: Material, held: Weights | None, candidate: Weights | None) -> Told:
    examples = material.examples
    weighs = [one.weight for one in examples if one.kind == CORRECTED]
    told = Told(
        material.language, material.code, len(examples), material.number(CONFIRMED),
        material.number(CORRECTED), material.missing,
        corrections_weigh=round(sum(weighs) / len(weighs), 3) if weighs else 1.0,
    )  # fmt: skip
    if candidate is None:
        return told
    base = _judged(examples, [one.evidence.logits for one in examples], material.language)
    new = _by_turns(examples, candidate, material.language)
    old = None if held is None else _by_turns(examples, held, material.language)
    beside = compared(new, old or base)
    return replace(
        told, verdict=_verdict(examples, new, base, beside), held_back=len(examples), base=base.fared(),
        current=old.fared() if old else None, candidate=new.fared(), better=beside.better, worse=beside.worse,
        luck=beside.luck, figures=beside.figures,
    )  # fmt: skip


def _verdict(examples: Sequence[Example], new: Judged, base: Judged, beside: Compared) -> str:
    # What fell behind the lexicon would be no good, however bad the version in force is.
    if not beside.wins or compared(new, base).is_lower:
        return NOT_BETTER
    known = likelier(new.weights, new.shares, _by_number(examples))
    return WON if known >= BEYOND_CHANCE else GUESSED


def _by_number(examples: Sequence[Example]) -> list[float]:
    """Return how likely each label is by how often it was given in the turns that never saw it."""
    given = [[1.0] * len(LABELS) for _ in range(TURNS)]
    for one in examples:
        for turn in range(TURNS):
            given[turn][one.label] += one.weight if turn != one.turn else 0.0
    return [given[one.turn][one.label] / sum(given[one.turn]) for one in examples]


def _by_turns(examples: Sequence[Example], weights: Weights, language: str) -> Judged:
    """Return what the weights say of each example, those of the turn that never saw it."""
    layers = [Layer(0, {language: weights.turn(turn)}) for turn in range(TURNS)]
    return _judged(examples, [layers[one.turn].logits(one.evidence) for one in examples], language)


def _judged(examples: Sequence[Example], sums: Sequence[Logits], language: str) -> Judged:
    thin = lexicons(language).thin
    verdicts = [decide(each, thin) for each in sums]
    truth = [one.label for one in examples]
    said = [LABELS.index(NEUTRAL if one.label == UNSURE else one.label) for one in verdicts]
    shares = [one.shares[label] for one, label in zip(verdicts, truth, strict=True)]
    return Judged(truth, [one.weight for one in examples], said, shares)


def _kept(store: Store, outcome: Outcome, before: models.Model | None, blob: bytes, now: datetime) -> Outcome:
    report: Mapping[str, object] = {"languages": [one.as_row() for one in outcome.told]}
    state = models.PROMOTED if outcome.promoted else models.REJECTED
    with store.write() as db:
        if models.in_force(db) != (before.version if before else 0):
            raise LearnError("another version came into force meanwhile: learn again")
        return replace(outcome, version=models.add(db, now, state, outcome.labels, report, blob))
