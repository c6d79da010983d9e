"""An export that comes back: nothing doubles, labels in it count, and the team has the last word."""

import csv
import io
import json

import pytest

from listener import export
from listener.importing import import_file
from listener.labelling import label
from listener.store import labels, mentions
from tests.kit import BRAND, HOUR, MINUTE, NOON, an_intake, heard, imported, mention, opened, settings

TEXTS = ("Acme opens a shop", "Acme and Bolt went home", "Bolt and Acme sell tea")


@pytest.fixture
def config(tmp_path):
    return settings(tmp_path, BRAND, BRAND.replace("Acme", "Bolt"))


@pytest.fixture
def store(tmp_path, config):
    """Two mentions of a feed, one of both brands, and one of a file."""
    made = opened(tmp_path)
    intake = an_intake(made, config)
    rows = [intake.row(mention(f"m{n}", text, NOON), NOON) for n, text in enumerate(TEXTS[:2])]
    heard(made, "feed", rows, NOON)
    imported(
        made, intake, [{"id": "f", "text": TEXTS[2], "published_at": NOON.isoformat()}], NOON, tmp_path / "f"
    )
    yield made
    made.close()


@pytest.fixture
def back(store, config, tmp_path):
    """Export all as CSV, let a spreadsheet change rows by their id, and import it again."""
    made = an_intake(store, config)

    def bring(edits, table=None, now=NOON + HOUR):
        rows = list(csv.DictReader(io.StringIO(table or exported(store))))
        for row in rows:
            row["label"] = edits.get(row["id"], row["label"])
        path = tmp_path / "back.ndjson"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return import_file(store, made, path, now)

    return bring


def exported(store):
    file = io.StringIO()
    export.write(file, export.MENTIONS, export.mentions(store, None, None), "csv")
    return file.getvalue()


def felt(store):
    with store.read() as db:
        return [m.human for m in sorted(mentions.search(db, 0), key=lambda m: m.id)]


def counted(store):
    with store.read() as db:
        return db.execute(
            "SELECT brand, measure, minute, source, n, mood FROM counts WHERE n ORDER BY 1, 2, 4"
        ).fetchall()


def test_an_export_that_comes_back_as_it_was_adds_nothing(store, config, back):
    label(store, config, 1, "negative", "Anna", NOON)
    before = exported(store), list(map(tuple, counted(store)))
    report = back({})
    assert (report.stored, report.known, report.labelled, report.bad) == (0, 5, 0, 0)
    assert (exported(store), list(map(tuple, counted(store)))) == before


def test_what_was_labelled_in_a_spreadsheet_counts_as_if_it_had_come_so(store, config, back):
    report = back({"feed:m0": "negative", "feed:m1 (Bolt)": "positive", "f": "unsure"})
    assert (report.stored, report.labelled, felt(store)) == (0, 3, ["negative", "positive", "unsure"])
    with store.read() as db:
        (word,) = labels.of(db, 1)
        assert (word.origin, word.was, word.by) == ("import", mentions.of(db, [1])[0].label, "")
        negative = db.execute("SELECT sum(n) FROM counts WHERE measure = 'negative'").fetchone()[0]
    assert negative == 1
    assert back({}).labelled == 0


def test_of_two_rows_of_one_mention_the_one_that_was_changed_counts(store, back):
    back({"feed:m1": "negative", "feed:m1 (Bolt)": "negative"})
    for changed in ("feed:m1", "feed:m1 (Bolt)"):
        back({changed: "positive"})
        assert felt(store)[1] == "positive"
        back({"feed:m1": "negative", "feed:m1 (Bolt)": "negative"})


def test_an_old_file_does_not_take_back_what_the_team_said_since(store, config, back):
    label(store, config, 1, "negative", "Anna", NOON)
    old = exported(store)
    label(store, config, 1, "positive", "Anna", NOON + MINUTE)
    assert back({}, old).labelled == 0
    assert back({"feed:m0": "neutral"}, old).labelled == 0
    assert felt(store)[0] == "positive"
    assert back({"feed:m0": "neutral"}).labelled == 1
    assert felt(store)[0] == "neutral"


def test_a_file_that_knows_nothing_of_the_team_labels_only_what_the_team_did_not(store, config, tmp_path):
    label(store, config, 3, "negative", "Anna", NOON)
    made, row = an_intake(store, config), {"id": "f", "text": TEXTS[2], "published_at": NOON.isoformat()}
    assert imported(store, made, [{**row, "label": "positive"}], NOON, tmp_path / "f").labelled == 0
    label(store, config, 3, "ours", "Anna", NOON)
    with store.write() as db:
        db.execute("DELETE FROM labels")
    found = [
        imported(store, made, [{**row, "label": one}], NOON, tmp_path / "f").labelled
        for one in ("positive", "positive", "", "neutral")
    ]
    assert (found, felt(store)[2]) == ([1, 0, 0, 1], "neutral")


def test_what_was_said_elsewhere_of_what_we_heard_ourselves_comes_with_its_words(store, config, back):
    label(store, config, 1, "negative", "Anna", NOON)
    old = exported(store)
    with store.write() as db:
        db.execute("DELETE FROM labels")
        db.execute("UPDATE mentions SET human = ''")
    assert back({}, old).labelled == 1
    with store.read() as db:
        assert [(w.label, w.origin, w.by) for w in labels.of(db, 1)] == [("negative", "team", "Anna")]
