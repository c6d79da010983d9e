"""Learning: what is taught is learned, a draw changes nothing, and corrections alone teach nothing.

The vocabulary is made up, so that no lexicon knows it: `glorpy` is bad and `shimmo` good.
"""

import random
from dataclasses import replace

import pytest

from listener.labelling import label
from listener.learning import LearnError, go_back, learn
from listener.learning.course import _by_turns, _judged, _verdict
from listener.learning.material import LEAST, TURNS, gather, turn_of
from listener.learning.training import train
from listener.learning.verdict import GUESSED, NOT_BETTER, WON, Judged, compared
from listener.reading.deciding import LABELS
from listener.reading.learned import layer, pack
from listener.store import labels, models
from tests.kit import BRAND, HOUR, NOON, READER, an_intake, imported, opened, settings

WORDS = {
    "negative": ("glorpy", "vrantig", "mubbled"),
    "positive": ("shimmo", "telvine", "orbesque"),
    "neutral": ("table", "paper", "corner"),
}
FILLING = "the of my order was at this shop in town with a box on shelf number two by door under lamp".split()


def rows(number, seed=1, kinds=tuple(WORDS)):
    """Return labelled rows of a made-up vocabulary, for an import."""
    dice = random.Random(seed)
    made = []
    for n in range(number):
        kind = kinds[n % len(kinds)]
        words = [*dice.sample(FILLING, 6), dice.choice(WORDS[kind]), *dice.sample(FILLING, 4), str(n)]
        made.append(
            {"published_at": NOON.isoformat(), "text": " ".join(["Acme", *words]), "brand": "Acme",
             "language": "en", "id": f"{seed}-{n}", "label": kind}
        )  # fmt: skip
    return made


@pytest.fixture
def config(tmp_path):
    return settings(tmp_path, BRAND)


@pytest.fixture
def store(tmp_path):
    made = opened(tmp_path)
    yield made
    made.close()


@pytest.fixture
def teach(store, config, tmp_path):
    """Import labelled rows, or, by `hand`, import them bare and label each as the team would."""

    def taught(made, hand=False):
        bare = [{k: v for k, v in one.items() if k != "label"} for one in made] if hand else made
        imported(store, an_intake(store, config), bare, NOON + HOUR, tmp_path / "rows.ndjson")
        if hand:
            with store.read() as db:
                ids = dict(db.execute("SELECT key, id FROM mentions").fetchall())
            for one in made:
                label(store, config, ids[one["id"]], one["label"], "Anna", NOON + HOUR)

    return taught


def learned(store, **more):
    return learn(store, READER, NOON, lambda *_: lambda _: None, **more)


def in_force(store):
    with store.read() as db:
        return models.in_force(db)


def material(store):
    with store.read() as db:
        return gather(labels.given(db), READER)


def accuracy(store, test):
    with store.read() as db:
        model = models.current(db)
    found = layer(model.version, model.weights)
    sums = [found.logits(READER.evidence("", one["text"], "en")) for one in test]
    right = [LABELS[each.index(max(each))] == one["label"] for each, one in zip(sums, test, strict=True)]
    return sum(right) / len(right)


def test_a_made_up_vocabulary_is_learned_promoted_and_a_draw_promotes_nothing(store, teach):
    teach(rows(120))
    outcome = learned(store)
    (told,) = outcome.told
    assert (outcome.promoted, outcome.version, told.verdict, told.held_back) == (True, 1, "won", 120)
    assert told.candidate.accuracy > 0.6 > told.base.accuracy and told.current is None
    assert accuracy(store, rows(60, seed=2)) > 0.6
    again = learned(store)
    (told,) = again.told
    assert (again.promoted, again.version, told.verdict, in_force(store)) == (False, 2, "not better", 1)
    assert told.current == told.candidate and told.better == told.worse == 0
    with store.read() as db:
        assert [one.state for one in models.listing(db)] == ["promoted", "rejected"]


def test_the_same_labels_teach_the_same_to_the_last_bit(store, teach):
    teach(rows(60))
    (one,) = material(store)
    first, second = (train("en", one.examples, lambda _: None) for _ in range(2))
    assert pack({"en": first}) == pack({"en": second})


def test_each_label_is_measured_by_weights_that_never_saw_it(store, teach):
    teach(rows(60))
    (found,) = material(store)
    held = [one for one in found.examples if one.turn == 2]
    spoiled = [replace(one, label=(one.label + 1) % 3) if one.turn == 2 else one for one in found.examples]
    honest, other = (train("en", each, lambda _: None) for each in (found.examples, spoiled))
    assert _by_turns(held, honest, "en").said == _by_turns(held, other, "en").said
    assert _by_turns(found.examples, honest, "en").said != _by_turns(found.examples, other, "en").said


def test_copies_of_a_text_are_held_back_together():
    assert turn_of("Acme is late!") == turn_of("ACME is  late https://t.co/x")
    assert {turn_of(f"text {n}") for n in range(50)} == set(range(TURNS))


def test_a_dry_run_keeps_nothing(store, teach):
    teach(rows(60))
    outcome = learned(store, dry_run=True)
    assert outcome.is_trained and outcome.version is None
    with store.read() as db:
        assert models.listing(db) == []


def test_too_few_labels_say_how_many_are_missing(store, teach):
    teach(rows(LEAST - 7))
    outcome = learned(store)
    assert [(one.verdict, one.missing) for one in outcome.told] == [("too few", 7)]
    assert (outcome.is_trained, outcome.version, in_force(store)) == (False, None, 0)


def test_without_any_label_there_is_nothing_to_tell(store):
    assert learned(store).told == []


def test_labels_that_are_all_the_same_teach_nothing(store, teach):
    teach(rows(LEAST + 10, kinds=("neutral",)))
    assert [(one.verdict, one.missing) for one in learned(store).told] == [("one label", 5)]


def test_only_corrections_teach_nothing_and_confirmations_are_asked_for(store, teach):
    teach(rows(LEAST + 30, kinds=("negative", "positive")), hand=True)
    outcome = learned(store)
    assert [(one.verdict, one.missing) for one in outcome.told] == [("only corrections", LEAST // 2)]
    assert in_force(store) == 0


def test_errors_picked_out_for_a_file_teach_nothing_either(store, teach):
    teach(rows(LEAST + 30, kinds=("negative", "positive")))
    assert [one.verdict for one in learned(store).told] == ["only corrections"]


def test_where_errors_were_picked_out_they_weigh_what_was_to_be_expected_of_them(store, teach):
    teach([*rows(90, kinds=("negative", "positive")), *rows(30, seed=5, kinds=("neutral",))], hand=True)
    (found,) = material(store)
    weight = {"confirmed": 0.0, "corrected": 0.0}
    for one in found.examples:
        weight[one.kind] += one.weight
    assert weight["confirmed"] == pytest.approx(30, abs=3)
    assert 0 < weight["corrected"] < 1.5 * weight["confirmed"]
    (told,) = learned(store, dry_run=True).told
    assert 0 < told.corrections_weigh < 0.5


def test_a_version_for_other_features_is_told_and_not_compared_with(store, teach):
    teach(rows(60))
    learned(store)
    with store.write() as db:
        models.add(db, NOON, models.PROMOTED, 60, {}, b"damaged")
    outcome = learned(store)
    assert outcome.problem.startswith("version 2 cannot be read: it is damaged")
    assert outcome.told[0].current is None and in_force(store) == 3


def test_one_goes_back_step_by_step_and_to_no_version_that_never_was(store):
    with pytest.raises(LearnError, match="none to go back from"):
        go_back(store, None)
    with store.write() as db:
        for state in (models.PROMOTED, models.REJECTED, models.PROMOTED):
            models.add(db, NOON, state, 60, {}, b"w")
    assert [go_back(store, None), go_back(store, None), go_back(store, 3)] == [1, 0, 3]
    for number in (2, 9):
        with pytest.raises(LearnError, match=r"no version .* there are 1, 3, and 0 for none"):
            go_back(store, number)


def test_a_win_is_likelier_right_or_higher_in_its_figures_and_much_worse_in_neither():
    truth, weights = [0, 1, 2] * 10, [1.0] * 30
    sure, unsure = [0.9, 0.8, 0.7] * 10, [0.5, 0.4, 0.45] * 10
    good, bad = Judged(truth, weights, truth, sure), Judged(truth, weights, [1] * 30, unsure)
    assert compared(good, bad).wins and not compared(bad, good).wins and not compared(good, good).wins
    assert not compared(Judged(truth, weights, [1] * 30, sure), replace(good, shares=unsure)).wins
    assert not compared(replace(good, shares=unsure), replace(bad, shares=sure)).wins
    assert (compared(good, bad).better, compared(good, bad).worse) == (20, 0)
    hardly = replace(good, shares=[0.9, 0.25, 0.45] * 10)
    assert 0 < compared(hardly, bad).luck < 1 and compared(hardly, bad).wins
    assert not compared(replace(hardly, said=bad.said), bad).wins


def test_to_miss_what_is_negative_is_no_win():
    truth, weights, shares = [0] * 10 + [1] * 10 + [2] * 10, [1.0] * 30, [0.5] * 30
    blunt = Judged(truth, weights, [0] * 20 + [2] * 10, shares)
    deaf = Judged(truth, weights, [1] * 20 + [2] * 10, [0.51, 0.5] * 15)
    assert compared(deaf, blunt).luck > 1
    assert compared(deaf, blunt).is_lower and not compared(deaf, blunt).wins


def test_labels_given_at_random_are_never_promoted(store, teach):
    made = rows(120)
    labelled = [one["label"] for one in made]
    random.Random(5).shuffle(labelled)
    teach([{**one, "label": label} for one, label in zip(made, labelled, strict=True)])
    (told,) = learned(store).told
    assert told.verdict in (GUESSED, NOT_BETTER) and in_force(store) == 0


def test_who_does_no_better_than_to_know_how_often_each_label_is_given_has_guessed(store, teach):
    teach(rows(60))
    examples = material(store)[0].examples
    truth, weights = [one.label for one in examples], [1.0] * len(examples)
    lexicon = Judged(truth, weights, [1] * len(examples), [0.1] * len(examples))
    for share, verdict in ((0.9, WON), (0.36, WON), (0.3, GUESSED), (0.05, NOT_BETTER)):
        new = Judged(truth, weights, truth, [share] * 59 + [share / 2])
        assert _verdict(examples, new, lexicon, compared(new, lexicon)) == verdict


def test_the_lexicons_own_reading_is_judged_as_it_would_be_read(store, teach):
    teach(rows(60))
    (found,) = material(store)
    judged = _judged(found.examples, [one.evidence.logits for one in found.examples], "en")
    said = [READER.read("", one.evidence.text, "en").label for one in found.examples]
    assert judged.said == [{"negative": 0, "positive": 2}.get(one, 1) for one in said]
