"""Every sentence has its Polish, in all its plural forms, with the same numbers in it."""

import io

import pytest
from babel.messages.pofile import read_po

from listener.words import translator
from listener.words._catalogue import HERE, bring_up_to_date, problems, sentences, translations

HEADER = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);\\n"

"""


def page(tmp_path, code, name="page.py"):
    """A trunk of one file that says something."""
    trunk = tmp_path / "trunk"
    trunk.mkdir(exist_ok=True)
    (trunk / name).write_text(code, encoding="utf-8")
    return sentences(trunk)


def polish(text):
    return read_po(io.BytesIO((HEADER + text).encode()), locale="pl")


@pytest.mark.parametrize("path", sorted(HERE.glob("*.po")), ids=lambda path: path.name)
def test_nothing_is_left_to_translate(path):
    assert problems(sentences(), translations(path)) == []


def test_polish_is_spoken():
    assert translator("pl").pgettext("severity", "crisis") == "kryzys"
    assert translator("pl-PL").gettext("Not a crisis") == "To nie kryzys"


def test_an_unknown_language_is_answered_in_english():
    assert translator("xx").gettext("Not a crisis") == "Not a crisis"


@pytest.mark.parametrize(
    ("count", "form"), [(1, "wzmianka"), (2, "wzmianki"), (5, "wzmianek"), (12, "wzmianek"), (22, "wzmianki")]
)
def test_polish_counts_in_three_forms(count, form):
    text = translator("pl").ngettext("%(count)s mention", "%(count)s mentions", count)
    assert text % {"count": count} == f"{count} {form}"


def test_sentences_are_found_in_code_and_inside_f_strings(tmp_path):
    said = page(tmp_path, 'f"{t.gettext(\'Hello\')}!"; t.pgettext("greeting", "Bye"); _("You")')
    assert said.get("Hello") and said.get("Bye", context="greeting") and said.get("You")


def test_sentences_are_found_in_pages(tmp_path):
    text = "{{ _('Hello') }}{% trans n=3 %}one{% pluralize %}{{ n }} many{% endtrans %}"
    said = page(tmp_path, text, "page.html")
    assert said.get("Hello") and said.get(("one", "%(n)s many"))


def test_a_sentence_made_up_at_run_time_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"page\.py:1"):
        page(tmp_path, "t.gettext(text)")


def test_a_sentence_without_its_polish_is_found(tmp_path):
    assert problems(page(tmp_path, '_("Hello")'), polish("")) == ["no translation: 'Hello'"]


@pytest.mark.parametrize(
    ("translation", "fault"),
    [
        ('#, fuzzy\nmsgid "%(n)s of us"\nmsgstr "%(n)s z nas"\n', "fuzzy"),
        ('msgid "%(n)s of us"\nmsgstr ""\n', "empty"),
        ('msgid "%(n)s of us"\nmsgstr "%(m)s z nas"\n', "placeholder"),
        ('msgid "%(n)s of us"\nmsgstr "my"\n', "placeholder"),
        ('msgid "%(n)s of us"\nmsgstr "%(n)s z nas"\n\nmsgid "Old"\nmsgstr "Dawne"\n', "nobody says this"),
    ],
)
def test_a_faulty_translation_is_found(tmp_path, translation, fault):
    found = problems(page(tmp_path, '_("%(n)s of us")'), polish(translation))
    assert len(found) == 1 and fault in found[0]


def test_a_missing_plural_form_is_found(tmp_path):
    said = page(tmp_path, 't.ngettext("%(n)s day", "%(n)s days", n)')
    two = 'msgid "%(n)s day"\nmsgid_plural "%(n)s days"\nmsgstr[0] "%(n)s dzień"\nmsgstr[1] "%(n)s dni"\n'
    assert problems(said, polish(two))


def test_bringing_up_to_date_keeps_what_stands_and_changes_nothing_twice(tmp_path):
    path = tmp_path / "pl.po"
    path.write_bytes((HERE / "pl.po").read_bytes())
    bring_up_to_date(path)
    once = path.read_bytes()
    bring_up_to_date(path)
    assert path.read_bytes() == once
    assert translations(path).get("Not a crisis").string == "To nie kryzys"


def test_bringing_up_to_date_adds_what_is_missing(tmp_path):
    path = tmp_path / "pl.po"
    path.write_text(HEADER + 'msgid "Nobody says it"\nmsgstr "Nikt"\n', encoding="utf-8")
    assert "empty: 'Not a crisis'" in bring_up_to_date(path)
    assert "Nobody says it" not in path.read_text(encoding="utf-8")
