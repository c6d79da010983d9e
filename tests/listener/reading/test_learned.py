"""What answers for what was learned: as it was trained, everywhere the same, with nothing heavy loaded."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from listener.reading.deciding import FEATURES
from listener.reading.learned import (
    TURNS,
    Layer,
    LayerError,
    Weights,
    grams,
    layer,
    number_of,
    pack,
    pair,
    tokens,
    unpack,
    word_places,
)
from listener.reading.reader import Evidence

ROOT = Path(__file__).parent.parent.parent.parent
FEATURED = FEATURES["en"]
NONE = (0.0, 0.0, 0.0)


def weights(said=None, linear=None, features=FEATURED):
    """Return weights that are the same in each turn: `said` by place, (negative, positive)."""
    said = said or {}
    places = np.array(sorted(said), dtype=np.uint32)
    sides = np.array([said[place] for place in sorted(said)], dtype=np.float32).reshape(-1, 2).T
    wide = np.zeros((2, 3 + len(features)), dtype=np.float32) if linear is None else linear
    return Weights(features, np.stack([wide] * TURNS), places, np.stack([sides] * TURNS))


def evidence(text, features=None, logits=NONE):
    return Evidence("en", text, tuple(features or [0.0] * len(FEATURED)), logits)


def test_a_word_has_the_same_place_in_every_process():
    assert [number_of("late"), number_of("zażółć")] == [139157, 85898]


def test_diacritics_case_and_addresses_change_nothing():
    assert tokens("Zażółć JAŹŃ, https://t.co/x9 www.a.pl/b!") == ["zazolc", "jazn"]


def test_an_address_without_anything_else_has_no_words():
    assert tokens("https://t.co/x9") == [] and grams("") == {}


def test_a_layer_answers_as_its_training_added_up():
    text = "late again and again, the flight was late again"
    said = grams(text)
    dice = np.random.default_rng(3)
    by_place = {place: tuple(dice.normal(size=2).tolist()) for place in said}
    linear = dice.normal(size=(2, 3 + len(FEATURED))).astype(np.float32)
    told = evidence(text, dice.random(len(FEATURED)).tolist(), (0.5, 0.0, -1.5))
    dense = np.array([1.0, 0.5, -1.5, *told.features])
    wanted = linear @ dense + sum(np.array(by_place[place]) * value for place, value in said.items())
    negative, neutral, positive = Layer(1, {"en": weights(by_place, linear)}).logits(told)
    assert neutral == 0.0
    assert [negative, positive] == pytest.approx(wanted.tolist(), abs=1e-4)


def test_two_words_side_by_side_are_told_from_the_same_words_turned_round():
    late, not_ = number_of("late"), number_of("not")
    assert pair(late, not_) != pair(not_, late)
    found = Layer(1, {"en": weights({pair(not_, late): (-3.0, 0.0)})})
    assert found.logits(evidence("not late"))[0] < -1
    assert found.logits(evidence("late not"))[0] == 0


def test_other_forms_of_a_word_share_most_of_its_places():
    one, other = set(word_places("spóźniony")), set(word_places("spóźniona"))
    assert len(one & other) > len(one) / 2


def test_the_mean_of_all_turns_answers():
    same = weights({number_of("late"): (1.0, 0.0)})
    same.grams[0] *= 6
    assert Layer(1, {"en": same}).logits(evidence("late"))[0] == pytest.approx(
        2 * Layer(1, {"en": same.turn(1)}).logits(evidence("late"))[0]
    )


def test_because_names_the_words_that_moved_it_most_and_none_that_did_not():
    said = {
        number_of("late"): (2.0, -1.0),
        number_of("kind"): (-0.5, 0.0),
        pair(number_of("so"), number_of("late")): (9.0, 0.0),
    }
    told = Layer(1, {"en": weights(said)}).because(evidence("So late, be kind"))
    assert [one["learned"] for one in told] == ["so late", "late", "kind"]
    assert told[1]["negative"] > 0 > told[1]["positive"]
    assert len(Layer(1, {"en": weights(said)}).because(evidence("So late, be kind"), most=1)) == 1


def test_what_is_packed_is_what_was_and_always_the_same_bytes():
    made = {"en": weights({5: (0.5, -0.25)}), "pl": weights({7: (1.0, 2.0)}, features=FEATURES["pl"])}
    blob = pack(made)
    assert blob == pack(dict(reversed(made.items())))
    again = unpack(blob)
    assert again["pl"].grams.tolist() == made["pl"].grams.tolist() and again["en"].features == FEATURED
    assert layer(4, blob).languages == {"en", "pl"} and layer(4, blob).version == 4


@pytest.mark.parametrize("harm", ["nothing", "noise", "cut", "bitten"])
def test_what_is_damaged_is_said_to_be(harm):
    blob = pack({"en": weights(dict.fromkeys(range(500), (0.5, -0.25)))})
    bitten = blob[: len(blob) // 2] + b"\xff\x00\x13" + blob[len(blob) // 2 + 3 :]
    with pytest.raises(LayerError):
        layer(1, {"nothing": b"", "noise": b"\x00" * 99, "cut": blob[:-40], "bitten": bitten}[harm])


def bare(linear=0.0, wide=3 + len(FEATURED), places=()):
    """Return weights made of nothing but what may be wrong with them."""
    sides = np.full((TURNS, 2, wide), linear, np.float32)
    where = np.array(places, np.uint32)
    return Weights(FEATURED, sides, where, np.zeros((TURNS, 2, len(where)), np.float32))


@pytest.mark.parametrize(
    "wrong", [bare(linear=np.nan), bare(wide=4), bare(places=[2**31])], ids=["no numbers", "shapes", "places"]
)
def test_numbers_that_cannot_be_are_said_to_be_damage(wrong):
    with pytest.raises(LayerError):
        unpack(pack({"en": wrong}))


def test_a_layer_of_other_features_than_todays_keeps_silent():
    found = Layer(2, {"en": weights(features=("mean", "gone")), "pl": weights(features=FEATURES["pl"])})
    assert (found.languages, found.outdated) == ({"pl"}, {"en"})


def test_reading_with_a_layer_loads_no_scikit_learn():
    asked = (
        "import sys, listener.cli, listener.daemon\n"
        "from listener.reading import learned\n"
        "heavy = {'sklearn', 'scipy', 'threadpoolctl', 'listener.learning.training'}\n"
        "print(*heavy & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ("", "")
