"""The past from a file: a bad row is named and left out, the rest is stored, once."""

import json
from datetime import timedelta

import pytest

from listener.importing import ImportFileError, import_file
from listener.store import counts, labels, mentions
from listener.store.times import minute
from tests.kit import BRAND, HOUR, MINUTE, NOON, SOURCE, an_intake, opened, settings

HEAD = "published_at,text,brand\n"
GOOD = "2026-03-10T10:00:00Z,Acme opens a shop,Acme\n"


@pytest.fixture
def house(tmp_path):
    """Return (store, a function that imports a body)."""
    config = settings(tmp_path, BRAND, BRAND.replace("Acme", "Bolt"), SOURCE)
    store = opened(tmp_path)
    made = an_intake(store, config)

    def bring(body, name="rows"):
        path = tmp_path / name
        path.write_bytes(body if isinstance(body, bytes) else body.encode())
        return import_file(store, made, path, NOON)

    yield store, bring
    store.close()


def stored(store):
    with store.read() as db:
        return [m.text for m in mentions.search(db, 0)][::-1]


def known(store, brand):
    with store.read() as db:
        return counts.known(db, brand, 0, minute(NOON) + 1)


def ndjson(*values):
    return "".join(json.dumps(value) + "\n" for value in values)


def a_row(at="2026-03-10T10:00:00Z", text="Acme opens a shop", **more):
    return {"published_at": at, "text": text, **more}


BAD = {
    "no date": ",Acme here,Acme",
    "a date that is none": "yesterday,Acme here,Acme",
    "a date that no calendar has": "2026-02-30,Acme here,Acme",
    "a date to come": (NOON + HOUR).isoformat() + ",Acme here,Acme",
    "a date of another century": "1899-01-01,Acme here,Acme",
    "no text": "2026-03-10T10:00:00Z,,Acme",
    "only markup": "2026-03-10T10:00:00Z,<br><p>,Acme",
    "an unknown brand": "2026-03-10T10:00:00Z,Acme here,Nobody",
    "too few fields": "2026-03-10T10:00:00Z,Acme here",
    "too many fields": "2026-03-10T10:00:00Z,Acme, here,Acme",
    "a quote that nobody closes": '2026-03-10T10:00:00Z,"Acme here,Acme',
    "a huge field": "2026-03-10T10:00:00Z," + "x" * 1_100_000 + ",Acme",
    "no UTF-8": b"2026-03-10T10:00:00Z,Acme \xff\xfe here,Acme",
    "a year beyond all": "99999-01-01,Acme here,Acme",
}


def line(body):
    return body if isinstance(body, bytes) else body.encode()


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_row_is_named_and_the_others_are_stored(house, kind):
    store, bring = house
    report = bring(
        b"".join([HEAD.encode(), GOOD.encode(), line(BAD[kind]), b"\n", GOOD.replace("shop", "bar").encode()])
    )
    assert [bad.line for bad in report.named] == [3]
    assert " " in report.named[0].why
    assert len(report.named[0].why) < 300
    assert (report.rows, report.stored, report.bad) == (3, 2, 1)
    assert stored(store) == ["Acme opens a shop", "Acme opens a bar"]


def test_all_kinds_of_bad_rows_at_once_cost_only_themselves(house):
    store, bring = house
    rows = [GOOD.replace("shop", f"shop {n}").encode() for n in range(len(BAD) + 1)]
    bad = [line(value) + b"\n" for value in BAD.values()]
    body = b"".join(x for pair in zip(rows, [*bad, b""], strict=True) for x in pair)
    report = bring(HEAD.encode() + body)
    assert (report.stored, report.bad) == (len(rows), len(BAD))
    assert [b.line for b in report.named] == [3 + 2 * n for n in range(len(BAD))]
    assert len(stored(store)) == len(rows)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (a_row(label="furious"), "label"),
        (a_row(language="english"), "language"),
        (a_row(url="javascript:alert(1)"), "url"),
        (a_row(url="file:///etc/passwd"), "url"),
        (a_row(reach="many"), "reach"),
        (a_row(reach=-1), "reach"),
        (a_row(reach=10**30), "reach"),
        (a_row(text=["a", "list"]), "text"),
        (a_row(text=True), "text"),
        (a_row(text="half a \ud800 pair"), "UTF-8"),
        (a_row(at=None), "published_at"),
        (a_row(brand={"name": "Acme"}), "brand"),
    ],
)
def test_a_bad_value_is_named(house, value, why):
    _, bring = house
    report = bring(ndjson(value, a_row()))
    assert (report.stored, [bad.line for bad in report.named]) == (1, [1])
    assert why in report.named[0].why


@pytest.mark.parametrize("body", ["{not json}", "[1, 2]", "17", "{" * 100_000, '{"a": ' + "9" * 5000 + "}"])
def test_a_line_that_is_no_json_object_is_named(house, body):
    _, bring = house
    report = bring(ndjson(a_row()) + body + "\n" + ndjson(a_row(text="Acme closes")))
    assert (report.stored, [bad.line for bad in report.named]) == (2, [2])


@pytest.mark.parametrize(
    "body",
    [
        "\ufeff" + HEAD + GOOD,
        (HEAD + GOOD).replace("\n", "\r\n"),
        (HEAD + GOOD).replace("\n", "\r"),
        "\n\n" + ndjson(a_row()),
        "\ufeff" + ndjson(a_row()).replace("\n", "\r\n"),
        HEAD + GOOD.rstrip("\n"),
        HEAD + "\n\n" + GOOD + "\n",
        HEAD.upper() + GOOD,
        HEAD + GOOD.replace("Acme opens", "Acme\0 opens"),
        '"text", published_at\n"Acme opens a shop",2026-03-10 10:00\n'.replace(", p", ",p"),
    ],
)
def test_files_of_many_makes_are_read(house, body):
    store, bring = house
    report = bring(body)
    assert (report.stored, report.bad) == (1, 0)
    assert stored(store) == ["Acme opens a shop"]


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ('"Acme, the ""best"""', 'Acme, the "best"'),
        ('"Acme\nin two lines"', "Acme in two lines"),
        ('"Acme is the "best" here"', 'Acme is the best" here"'),
        ('Acme 5" screen', 'Acme 5" screen'),
        ("Acme <b>bold</b> &amp; free", "Acme bold & free"),
    ],
)
def test_quotes_and_markup_are_read(house, field, text):
    store, bring = house
    report = bring(HEAD + f"2026-03-10T10:00:00Z,{field},Acme\n" + GOOD)
    assert (report.stored, report.bad) == (2, 0)
    assert text in stored(store)


def test_lines_are_numbered_as_in_the_file_after_a_row_of_several(house):
    _, bring = house
    report = bring(HEAD + '2026-03-10T10:00:00Z,"Acme\n\nin three",Acme\n' + "bad,Acme,Acme\n")
    assert [bad.line for bad in report.named] == [5]


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"\xef\xbb\xbf", b"text,brand\nAcme,Acme\n", b"hello\n", b"\0\0\0\0", b"PK\x03\x04\xff\xfe"),
        *(HEAD.encode(), b'"text\n'),
    ],
)
def test_a_file_without_rows_or_columns_is_refused_with_a_sentence(house, body):
    _, bring = house
    with pytest.raises(ImportFileError, match=" "):
        bring(body)


def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(house, tmp_path):
    store, _ = house
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(ImportFileError, match="cannot be read"):
            import_file(store, an_intake(store, settings(tmp_path, BRAND)), path, NOON)


def test_a_file_imported_twice_adds_nothing(house):
    store, bring = house
    body = HEAD + "".join(GOOD.replace("shop", f"shop {n}") for n in range(50))
    first, second = bring(body), bring(body, "again")
    assert (first.stored, second.stored, second.known) == (50, 0, 50)
    with store.read() as db:
        assert counts.by_source(db, "Acme", 0) == {"import": 50}


def test_the_queries_decide_where_no_brand_is_named(house):
    store, bring = house
    report = bring(ndjson(a_row(), a_row(text="nothing of note"), a_row(text="Acme and Bolt merge")))
    assert (report.stored, report.unmatched, report.bad) == (2, 1, 0)
    with store.read() as db:
        assert mentions.totals(db) == {"Acme": 2, "Bolt": 1}


def test_a_named_brand_is_taken_at_its_word(house):
    store, bring = house
    assert bring(ndjson(a_row(text="they did it again", brand="Bolt"))).stored == 1
    with store.read() as db:
        assert mentions.totals(db) == {"Bolt": 1}


def test_a_persons_label_is_kept_beside_ours_and_counted(house):
    store, bring = house
    bring(ndjson(a_row(text="Acme is wonderful, great, lovely", label="negative")))
    with store.read() as db:
        (m,) = mentions.search(db, 0)
        assert (m.label, m.human, m.felt) == ("positive", "negative", "negative")
        assert counts.total(db, "Acme", "negative", 0, minute(NOON)) == 1


WORD = {
    "label": "negative",
    "was": "neutral",
    "version": "2",
    "origin": "team",
    "by": "Anna",
    "at": NOON.isoformat(),
}


def test_what_was_said_of_a_label_is_taken_in_and_the_label_that_stands_in_the_row_counts(house):
    store, bring = house
    bring(
        ndjson(
            a_row(id="a", text="Acme", label="negative", labels=[WORD]),
            a_row(id="b", text="Acme", labels=json.dumps([WORD])),
            a_row(id="c", text="Acme", label="positive", labels=[WORD | {"at": "2199-01-01T00:00:00Z"}]),
            a_row(id="d", text="Acme", label="neutral", labels=[]),
        )
    )
    with store.read() as db:
        said = [[(w.label, w.origin, w.by) for w in labels.of(db, number)] for number in (1, 2, 3, 4)]
        assert all(word.at <= NOON + timedelta(days=1) for word in labels.of(db, 3))
    by_anna = ("negative", "team", "Anna")
    assert said == [
        [by_anna],
        [by_anna, ("", "import", "")],
        [by_anna, ("positive", "import", "")],
        [("neutral", "import", "")],
    ]


@pytest.mark.parametrize(
    "value",
    [
        "no JSON", "{}", 7, [1], ["negative"], [{}], {"label": "negative"}, [WORD] * 101, "[" * 9999,
        [WORD | {"label": "bad"}], [WORD | {"was": ["neutral"]}], [WORD | {"origin": "nobody"}],
        [WORD | {"at": "yesterday"}], [WORD | {"at": "2026-03-16T12:00"}], [WORD | {"at": None}],
    ],
    ids=range(15),
)  # fmt: skip
def test_what_is_no_journal_of_labels_costs_its_row_only(house, value):
    store, bring = house
    report = bring(ndjson(a_row(id="a", text="Acme", labels=value), a_row(id="b", text="Acme")))
    assert (report.stored, report.bad) == (1, 1)
    assert report.named[0].why.startswith("labels are not as an export writes them: ")
    with store.read() as db:
        assert labels.number(db) == 0


def test_each_brand_is_known_from_its_first_to_its_last_row(house):
    store, bring = house
    at = [NOON - timedelta(hours=n) for n in (9, 7, 5, 3)]
    bring(
        ndjson(
            a_row(at[1].isoformat(), brand="Acme", id=1),
            a_row(at[3].isoformat(), brand="Bolt", id=2),
            a_row(at[2].isoformat(), brand="Acme", id=3),
            a_row(at[0].isoformat(), brand="Bolt", id=4),
        )
    )
    assert known(store, "Acme") == [(minute(at[1]), minute(at[2]) + 1)]
    assert known(store, "Bolt") == [(minute(at[0]), minute(at[3]) + 1)]


def test_what_was_stored_before_a_fault_stays_and_the_rest_comes_with_the_next_try(house):
    store, bring = house
    rows = [a_row((NOON - n * MINUTE).isoformat(), brand="Acme", id=n) for n in range(2500)]
    with store.write() as db:
        db.execute(
            "CREATE TRIGGER full BEFORE INSERT ON mentions WHEN new.key = '1700'"
            " BEGIN SELECT raise(abort, 'disk full'); END"
        )
    with pytest.raises(Exception, match="disk full"):
        bring(ndjson(*rows))
    assert len(stored(store)) == 1000
    with store.write() as db:
        db.execute("DROP TRIGGER full")
    report = bring(ndjson(*rows))
    assert (report.stored, report.known) == (1500, 1000)
    with store.read() as db:
        assert counts.by_source(db, "Acme", 0) == {"import": 2500}


def test_a_time_without_a_zone_is_utc(house):
    store, bring = house
    bring(ndjson(a_row("2026-03-10T10:00:00"), a_row("2026-03-10T12:00:00+02:00", "Acme too")))
    with store.read() as db:
        assert {m.published_at.isoformat() for m in mentions.search(db, 0)} == {"2026-03-10T10:00:00+00:00"}
