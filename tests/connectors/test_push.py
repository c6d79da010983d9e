"""What is pushed: every form a sender may choose, and that one bad item costs only itself."""

import json

import pytest
from pydantic import SecretStr

from connectors import SourceGarbled, push
from connectors.push import TooMuch, UnknownForm

JSON, NDJSON, CSV = "application/json", "application/x-ndjson", "text/csv; charset=utf-8"


def item(number=1, **more):
    return {"id": str(number), "published_at": "2026-03-02T10:00:00Z", "text": f"it leaks {number}", **more}


def read(value, kind=JSON):
    body = value if isinstance(value, bytes) else value.encode() if isinstance(value, str) else None
    return push.read(json.dumps(value).encode() if body is None else body, kind)


def ids(page):
    return [mention.id for mention in page.mentions]


def lines(*items):
    return "".join(json.dumps(one) + "\n" for one in items)


def test_a_visit_asks_nothing_and_brings_nothing():
    visit = push.fetch(push.Options(SecretStr("s" * 16)), "kept")
    with pytest.raises(StopIteration) as end:
        next(visit)
    assert (end.value.value.mentions, end.value.value.cursor) == ((), "kept")


def test_a_secret_that_could_be_guessed_is_refused_and_none_is_printed():
    with pytest.raises(ValueError, match="16 characters"):
        push.Options(SecretStr("short"))
    assert "hush" not in repr(push.Options(SecretStr("hush" * 8)))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ([item(1), item(2)], JSON),
        ([item(1), item(2)], "Application/JSON;charset=UTF-8"),
        (lines(item(1), item(2)), NDJSON),
        (lines(item(1), item(2)), "application/jsonl"),
        (lines(item(1)).replace("\n", "\r\n") + lines(item(2)).strip(), NDJSON),
        ("published_at,text,id\n2026-03-02,it leaks 1,1\n2026-03-02,it leaks 2,2\n", CSV),
        ("id;text;published_at\r\n1;it leaks 1;2026-03-02\r\n2;it leaks 2;2026-03-02\r\n", CSV),
        ("\ufeffpublished_at\ttext\tid\n2026-03-02\tit leaks 1\t1\n2026-03-02\tit leaks 2\t2", CSV),
        (("\ufeff" + lines(item(1), item(2))).encode("utf-16-le"), "application/x-ndjson; charset=utf-16-le"),
    ],
)
def test_every_form_brings_the_same_mentions(body, kind):
    page = read(body, kind)
    assert [(m.id, m.text) for m in page.mentions] == [("1", "it leaks 1"), ("2", "it leaks 2")]
    assert (page.spoiled, page.since, page.cursor) == (0, None, None)


def test_one_object_is_one_mention_with_all_it_says():
    told = {"url": "https://board.test/1", "author": "<b>ada</b>", "title": "Oh", "reach": 7}
    (found,) = read(item(1, **told, brand="Acme", label="Negative", language="PL")).mentions
    assert (found.url, found.author, found.title, found.reach) == ("https://board.test/1", "ada", "Oh", 7)
    assert (found.brand, found.label, found.language) == ("Acme", "negative", "pl")
    assert found.published_at.isoformat() == "2026-03-02T10:00:00+00:00"


def test_letters_of_other_times_are_read_where_the_sender_names_them():
    body = "id,text,published_at\n1,zażółć gęślą jaźń,2026-03-02\n".encode("cp1250")
    (found,) = read(body, "text/csv; charset=windows-1250").mentions
    assert found.text == "zażółć gęślą jaźń"


@pytest.mark.parametrize(
    "bad",
    [
        {"text": "no date"},
        item(9, text=""),
        item(9, text=["x"]),
        item(9, published_at="tomorrow"),
        item(9, published_at="9999-99-99"),
        item(9, url="javascript:alert(1)"),
        item(9, reach="many"),
        item(9, label="furious"),
        item(9, text="half a \ud800 pair"),
        7,
        None,
        ["a"],
        "text",
    ],
)
def test_a_bad_item_costs_only_itself(bad):
    for page in (read([item(1), bad, item(2)]), read(lines(item(1), bad, item(2)), NDJSON)):
        assert (ids(page), page.spoiled) == (["1", "2"], 1)


def test_a_number_beyond_all_costs_only_its_item():
    body = json.dumps([item(1), item(2, reach=0)]).replace('"reach": 0', '"reach": ' + "9" * 6000)
    page = read(body)
    assert (ids(page), page.spoiled) == (["1"], 1)


def test_bytes_that_are_no_letters_cost_only_their_item():
    for body, kind in (
        (
            b'[{"id": "1", "published_at": "2026-03-02", "text": "\xff"},'
            + json.dumps(item(2)).encode()
            + b"]",
            JSON,
        ),
        (b"id,text,published_at\n1,\xff,2026-03-02\n2,it leaks,2026-03-02\n", CSV),
    ):
        page = read(body, kind)
        assert (ids(page), page.spoiled) == (["2"], 1)


def test_an_item_without_an_id_is_known_by_its_words():
    plain = {key: value for key, value in item().items() if key != "id"}
    (first,), (again,) = read(plain).mentions, read([plain, plain, {**plain, "reach": 9}]).mentions
    assert first.id == again.id
    assert read({**plain, "text": "other"}).mentions[0].id != first.id


def test_mentions_come_oldest_first():
    page = read([item(1, published_at="2026-03-02T12:00:00Z"), item(2)])
    assert ids(page) == ["2", "1"]


@pytest.mark.parametrize("body", [[], "[]", " \n"])
def test_nothing_is_also_something_to_say(body):
    assert read(body, JSON if body != " \n" else NDJSON).mentions == ()


@pytest.mark.parametrize(
    ("body", "kind", "error", "sentence"),
    [
        ("<html>", JSON, SourceGarbled, "not JSON"),
        ("[" * 100_000, JSON, SourceGarbled, "not JSON"),
        ('"text"', JSON, SourceGarbled, "object, or a list"),
        ("", JSON, SourceGarbled, "not JSON"),
        ("a,b\n1,2\n", CSV, SourceGarbled, "published_at"),
        ("", CSV, SourceGarbled, "published_at"),
        ("\ufeff[]".encode("utf-16-le")[:-1], "application/json; charset=utf-16-le", SourceGarbled, "utf-16"),
        ("[]", "", UnknownForm, "content type"),
        ("[]", "text/html", UnknownForm, "content type"),
        ("[]", "application/x-www-form-urlencoded", UnknownForm, "content type"),
        ("[]", "application/json; charset=rot13", UnknownForm, "charset"),
        ("[]", "application/json; charset=\0", UnknownForm, "charset"),
        ([1] * (push.MOST_ITEMS + 1), JSON, TooMuch, "5000"),
        ("1\n" * (push.MOST_ITEMS + 1), NDJSON, TooMuch, "5000"),
        (" " * (push.MOST_BYTES + 1), JSON, TooMuch, "bytes"),
    ],
)
def test_what_is_no_push_is_refused_with_a_sentence(body, kind, error, sentence):
    with pytest.raises(error, match=sentence):
        read(body, kind)
