"""The language of a text: py3langid's answers, in a tenth of its memory."""

import random
import subprocess
import sys
from pathlib import Path

import pytest
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from listener.reading.language import Languages, Model
from listener.reading.plainly import carefully, quickly

LANGUAGES = ("en", "pl", "sk", "cs", "de", "sr", "uk", "ja")
OURS = Languages(("en", "pl"))
POSTS = Path(__file__).parents[2] / "data" / "foreign_posts.txt"


@pytest.fixture(scope="module")
def original():
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES)
    return identifier


def texts():
    """Seeded texts: words of several languages, then characters of many scripts, then bytes at random."""
    dice = random.Random(5)
    sentence = "the kettle leaks again żabka znów zamknięta der Zug ist zu spät proč už nikdy це жахливо"
    words = sentence.split()
    letters = "aąbcćdeęz źżAŻŁ ščř 日本 це ђњ 😀! \u0301\ud800"
    for _ in range(300):
        yield " ".join(dice.choice(words) for _ in range(dice.randint(0, 30)))
        yield "".join(dice.choice(letters) for _ in range(dice.randint(0, 60)))
        yield dice.randbytes(dice.randint(0, 40)).decode("utf8", errors="replace").upper()


def test_the_probabilities_are_those_of_py3langid(original):
    model = Model(LANGUAGES)
    for text in texts():
        assert model.shares(text) == pytest.approx(dict(original.rank(text)), abs=1e-5), text


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The kettle leaks and nobody answers the phone", "en"),
        ("Love it!", "en"),
        ("App down again", "en"),
        ("Czajnik przecieka i nikt nie odbiera telefonu", "pl"),
        ("nie dziala aplikacja", "pl"),
        ("ZŁODZIEJE", "pl"),
        ("@someone https://example.org/the/news nigdy wiecej", "pl"),
        ("#nigdy #wiecej #porazka", "pl"),
        ("Der Zug ist schon wieder zu spät", "und"),
        ("Este producto es terrible, nunca más", "und"),
        ("Tohle je hrozné, nikdy více", "und"),
        ("Це жахливо, ніколи більше", "und"),
        ("これはひどい", "und"),
        ("هذا سيء", "und"),
        ("", "und"),
        ("😡😡😡", "und"),
        ("12345 !!!", "und"),
        ("https://example.org/nothing/else", "und"),
        ("lol ok xD", "und"),
        ("hahahaha", "und"),
        ("asdf qwer zxcv lkjhg", "und"),
        ("I love this app ale nie działa mi wszystko and the support is zawsze bardzo niemiły", "und"),
    ],
)
def test_our_languages_are_told_from_others(text, language):
    assert OURS.of(text) == language


def test_posts_in_other_languages_are_not_taken_for_ours():
    lines = POSTS.read_text(encoding="utf8").splitlines()
    posts = [line.partition(" ") for line in lines if line and not line.startswith("#")]
    taken = [post for _, _, post in posts if OURS.of(post) != "und"]
    assert len(posts) >= 270 and len(taken) <= 0.02 * len(posts), taken


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("dzieki za pomoc, paczka dotarla", "pl"),
        ("Nucę Never Ending Story cały dzień", "pl"),
        ("CZEMU TA APLIKACJA NIE DZIAŁA 24h?!", "pl"),
        ("Iga Świątek wins the match and the trophy", "en"),
        ("They sent Kowalski to Łódź, what a day", "en"),
        ("Дякую за все, ale super", "und"),
    ],
)
def test_a_post_that_mixes_is_in_the_language_it_is_built_on(text, language):
    assert OURS.of(text) == language


def test_a_configured_language_in_another_script_is_known():
    assert Languages(("en", "uk")).of("Потяг знову запізнюється, чекаю вже годину") == "uk"


def test_a_neighbour_that_is_configured_is_known():
    assert Languages(("pl", "cs")).of("Vlak má zase zpoždění, jako vždycky") == "cs"
    assert Languages(("pl", "cs")).of("uz me to nebavi, porad jen reklamy") == "cs"


def test_of_one_language_the_other_is_foreign():
    assert Languages(("pl",)).of("The kettle leaks and nobody answers the phone") == "und"


def test_a_language_nobody_knows_is_refused_by_name():
    with pytest.raises(ValueError, match="tlh"):
        Languages(("en", "tlh"))


def test_a_very_long_text_is_judged_by_its_beginning():
    assert OURS.of("The kettle leaks again and again. " * 30 + "nie działa " * 100_000) == "en"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_model_keeps_little_memory():
    program = """
import numpy
def kept(): return int(open('/proc/self/statm').read().split()[1]) * 4096 / 1e6
before = kept()
from listener.reading.language import Languages
known = Languages(('en', 'pl'))
print(kept() - before)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 40


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("They have lost my bag and nobody at the desk will help", "en"),
        ("What is the point of an app that you can't log into?", "en"),
        ("Nie mogę się zalogować, a infolinia milczy już trzeci dzień", "pl"),
        ("Czy ktoś jeszcze czeka na zwrot? Mnie nie oddali nic, tylko obiecują", "pl"),
    ],
)
def test_small_words_decide_what_the_model_would(text, language):
    assert quickly(text) == language
    shares = OURS._model.shares(text)
    assert max(shares, key=shares.get) == language


@pytest.mark.parametrize(
    "text",
    [
        "Der neue Laden ist nicht gut und die Leute sind weg",
        "De winkel is dicht en het personeel was er niet",
        "The Best of The Who und das Konzert ist vorbei",
        "Recall nie działa, and they know the reason",
        "ok",
        "",
    ],
)
def test_small_words_leave_the_rest_to_the_model(text):
    assert quickly(text) == carefully(text).plainly == ""
