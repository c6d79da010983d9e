"""From cues and valences to a label."""

import math

import pytest

from listener.reading.deciding import FEATURES, decide, features, found, softmax, weights
from listener.reading.weighed import Felt


def test_shares_add_up_to_one_whatever_the_sums():
    for logits in ((0.0, 0.0, 0.0), (900.0, 0.0, -900.0), (-3.0, 0.0, 2.0)):
        assert math.isclose(sum(softmax(logits)), 1.0)


def test_the_best_share_is_the_label_and_a_thin_one_is_unsure():
    assert decide((2.0, 0.0, -1.0), 0.44).label == "negative"
    assert decide((-1.0, 0.0, 2.0), 0.44).label == "positive"
    assert decide((0.0, 0.0, 0.0), 0.44).label == "unsure"
    verdict = decide((2.0, 0.0, -1.0), 0.44)
    assert verdict.score == pytest.approx(verdict.shares[2] - verdict.shares[0], abs=1e-4)
    assert verdict.confidence == pytest.approx(max(verdict.shares), abs=1e-4)


def test_a_text_without_feeling_is_silent():
    assert found([]) == {"silent": 1.0}
    assert found([Felt([], 0.0, {"link": 1.0})]) == {"silent": 1.0, "link": 1.0}


def test_sentences_are_told_together():
    told = found([Felt([2.0], 0.0, {"denies": 1.0}), Felt([-3.0], 0.3, {"denies": 2.0, "fails": 1.0})])
    assert told["lowest"] < 0 < told["highest"] and told["denies"] == 3.0
    assert told["praise"] == pytest.approx(0.4) and told["blame"] == pytest.approx(0.5)
    assert told["mixed"] == told["praise"] == told["scorn"]


def test_one_word_said_often_counts_so_often_at_most():
    assert found([Felt([], 0.0, {"swears": 50.0})])["swears"] == 3.0


def test_praise_of_a_scornful_text_counts_little():
    earnest, scornful = found([Felt([3.0], 0.0)]), found([Felt([3.0], 0.0, {"irony": 1.0})])
    assert scornful["praise"] < earnest["praise"] / 2


@pytest.mark.parametrize("language", ["en", "pl"])
def test_features_stand_in_their_order_and_have_weights(language):
    told = found([Felt([1.0], 0.0, {"link": 1.0})])
    row = features(told, language)
    assert len(row) == len(FEATURES[language]) and row[FEATURES[language].index("link")] == 1.0
    assert set(weights(language).rows) <= set(FEATURES[language])


def test_weights_have_the_signs_a_person_expects():
    rows = weights("en").rows
    for cue in ("blame", "complains", "waits", "denies", "danger", "irony", "quits"):
        assert rows[cue][0] >= 0 >= rows[cue][1]
    for cue in ("praise", "thanks"):
        assert rows[cue][0] <= 0 <= rows[cue][1]
