"""The table of Polish forms: how lines become forms; the shipped table is what the lemma files make."""

from importlib import resources
from pathlib import Path

import pytest

from listener.reading.polish import forms, lemmas

FOLDER = Path(str(resources.files("listener.reading.polish")))
MORPHOLOGY = forms.Morphology()


def words_of(text):
    """Return all whole words of a table."""
    rows = [row.split("\t") for row in text.splitlines()]
    endings = [fields[0].split(" ") for kind, *fields in rows if kind == "E"]
    return {
        fields[0] + ("" if end == "-" else end)
        for kind, *fields in rows
        if kind == "W"
        for end in endings[int(fields[1])]
    }


def made(*lines):
    return forms.formed([lemmas.read(line, "here") for line in lines], MORPHOLOGY)


def test_a_lemma_becomes_its_forms_with_degrees_adverb_and_spellings_without_diacritics():
    words = made("świetny\tadj\t3").words
    assert words["świetnego"] == (3, ()) and words["swietnego"] == (3, ())
    assert words["świetnie"][0] == 3 and words["świetniejszy"][0] < 3 < words["najświetniejsza"][0]


def test_verbs_have_persons_and_participles_and_a_no_within_turns():
    words = made("zadowalać\tverb\t2").words
    assert {"zadowalałem", "zadowalają", "zadowalający"} <= words.keys()
    assert words["niezadowalający"][0] < 0


def test_what_is_listed_wins_over_what_is_formed():
    words = made("dobry\tadj\t2", "dobra osobiste\tword\t0\tdobra").words
    assert words["dobra"] == (0, ()) and words["dobre"] == (2, ())


def test_marks_without_a_valence_take_none_away():
    words = made("straszny\tadj\t-2", "more\tword\t0\tstrasznie\traises").words
    assert words["strasznie"] == (-2, ("raises",))


def test_a_spelling_that_is_another_word_is_left_to_it():
    words = made("łaska\tnoun\t1", "żądać\tverb\t-1").words
    assert (
        words["łaska"] == (1, ()) and "laska" not in words and "zadanie" not in words and "zada" not in words
    )
    assert "mieć" not in made("mienić\tverb\t1").words


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("dobry\tadj", "no valence"),
        ("dobry\tadj\t5", "-4 to 4"),
        ("dobry\tzły\t1", "part"),
        ("dobry\tadj\t1\t\tshiny", "unknown mark shiny"),
        ("dobry\tadj\t1\tdo*", "stem"),
        ("za_dużo\tphrase\t1\t" + "_".join(["a|b|c|d|e|f"] * 4), "stands for"),
    ],
)
def test_a_line_that_is_wrong_is_named(line, why):
    with pytest.raises(ValueError, match=f"(?s)here.*{why}"):
        lemmas.read(line, "here")


def test_lemma_files_are_sound_and_a_share_of_them_makes_what_the_table_holds():
    given = lemmas.lines(FOLDER)
    assert len(given) > 600
    shipped = words_of((FOLDER / forms.TABLE).read_text(encoding="utf8"))
    listed = forms.formed([line for line in given if line.part == "word"], MORPHOLOGY).words
    for line in [line for line in given if line.part in ("adj", "noun", "verb", "adv")][::40]:
        for form, _ in MORPHOLOGY.forms(line.lemma, line.part):
            if form not in listed and not MORPHOLOGY.others(form, {line.lemma.lower()}):
                assert form in shipped, f"{form} of {line.lemma}: run python -m listener.reading.polish.forms"
    assert len(shipped) > 20_000


def test_a_line_that_only_marks_leaves_the_valence_of_another_file(tmp_path):
    (tmp_path / "a.tsv").write_text("dyktatura\tnoun\t0\t\tpolitics\nból\tnoun\t-0.6\n", encoding="utf8")
    (tmp_path / "b.tsv").write_text("dyktatura\tnoun\t-2.7\nból\tnoun\t-2\n", encoding="utf8")
    found = {line.lemma: (line.valence, line.marks) for line in lemmas.lines(tmp_path)}
    assert found == {"dyktatura": (-2.7, ("politics",)), "ból": (-0.6, ())}
