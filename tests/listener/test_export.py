"""Everything can be taken out, and what was taken out can be taken in again."""

import csv
import io
import json
import tracemalloc
from datetime import UTC, datetime, timedelta

import click
import pytest

from listener import export
from listener.cli import cli
from listener.importing import COLUMNS, import_file
from listener.labelling import label
from listener.store import counts, incidents, mentions
from listener.store.times import minute
from tests.kit import (
    BRAND,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    SOURCE,
    an_intake,
    heard,
    incident,
    mention,
    opened,
    row,
    settings,
)
from tests.running import rows, verb

BOLT = BRAND.replace("Acme", "Bolt")
RECALL = """
[[rule]]
name = "recall"
query = "recall"
on = "negative"
"""
HOSTILE = ("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx")


@pytest.fixture
def config(tmp_path):
    return settings(tmp_path, BRAND, BOLT, SOURCE, RECALL)


@pytest.fixture
def store(tmp_path):
    made = opened(tmp_path)
    yield made
    made.close()


def out(store, what="mentions", form="ndjson", since=None, until=None):
    """Return what is taken out, as text."""
    columns, found = export.WHAT[what]
    file = io.StringIO(newline="")
    export.write(file, columns, found(store, since, until), form)
    return file.getvalue()


def taken(store, what="mentions", **more):
    return [json.loads(line) for line in out(store, what, **more).splitlines()]


def counted(store, brands=("Acme", "Bolt")):
    """Return all counts, from wherever they came."""
    measures = ("all", "negative", "rule:recall")
    with store.read() as db:
        return {
            (b, m): [
                (at, n)
                for at in range(minute(NOON - 4 * DAY), minute(NOON) + 5)
                if (n := counts.total(db, b, m, at, at + 1))
            ]
            for b in brands
            for m in measures
        }


SAID = [
    mention("a", "Acme is terrible, I hate the recall", NOON - 3 * DAY, author="Zoë", reach=70),
    mention("b", "Acme and Bolt are awful, horrible, a recall", NOON - 2 * DAY, url="https://a.test/?x=1&y=2"),
    mention("c", "", NOON - DAY, title="Acme is wonderful & <b>bold</b> of it"),
    mention("d", "Acme: a &lt;recall&gt; of the worst kind, terrible", NOON - DAY, title="Fish & chips"),
    mention("e", "Bolt żółć =1+1 „quoted\", comma", NOON - HOUR, author="@bolt, \"the\" fan"),
    mention("f", "Acme has no date", None),
    mention("g", "Acme is ahead", NOON + DAY),
]  # fmt: skip


def filled(store, config, said=SAID):
    made = an_intake(store, config)
    heard(store, "feed", [r for m in said if (r := made.row(m, NOON))], NOON)
    old = made.row(mention("h", "Acme of a first visit", None), NOON, first_visit=True)
    heard(store, "forum", [old], NOON)


@pytest.mark.parametrize("form", export.FORMATS)
def test_what_people_said_of_labels_goes_along_and_comes_back(store, config, tmp_path, form):
    an_intake(store, config).recount(store)
    filled(store, config)
    acts = ((1, "neutral"), (1, "right"), (2, "positive"), (3, "negative"), (3, "ours"), (5, "negative"))
    for number, what in acts:
        label(store, config, number, what, "=Anna", NOON + number * MINUTE)
    path = tmp_path / f"mentions.{form}"
    path.write_text(out(store, form=form), encoding="utf-8", newline="")
    again = opened(tmp_path / "again")
    import_file(again, an_intake(again, config), path, NOON + HOUR)
    assert counted(again) == counted(store)
    assert said(again) == said(store)
    assert [number for number, _ in said(store)["feed:a"]] == ["neutral", "negative"]
    again.close()


def said(store):
    """Return what was said of each mention, by its key as an import knows it."""
    asked = (
        "SELECT CASE m.source WHEN 'import' THEN m.key ELSE m.source || ':' || m.key END, l.label, l.at"
        " FROM labels l JOIN mentions m ON m.id = l.mention WHERE m.key NOT LIKE '%(Bolt)' ORDER BY l.id"
    )
    found = {}
    with store.read() as db:
        for key, given, at in db.execute(asked):
            found.setdefault(key, []).append((given, at))
    return found


@pytest.mark.parametrize("form", export.FORMATS)
def test_what_is_exported_is_imported_again_with_the_same_counts(store, config, tmp_path, form):
    filled(store, config)
    path = tmp_path / f"mentions.{form}"
    path.write_text(out(store, form=form), encoding="utf-8", newline="")
    again = opened(tmp_path / "again")
    report = import_file(again, an_intake(again, config), path, NOON + HOUR)
    # What is kept and not counted has no time, and an import says so.
    assert (report.stored, report.bad, [b.why for b in report.named]) == (8, 1, ["published_at is empty"])
    assert counted(again) == counted(store)
    assert sum(n for _, n in counted(store)["Acme", "rule:recall"]) == 3
    again.close()


def test_ndjson_keeps_every_letter(store, config, tmp_path):
    filled(store, config)
    path = tmp_path / "mentions"
    path.write_text(out(store), encoding="utf-8")
    again = opened(tmp_path / "again")
    import_file(again, an_intake(again, config), path, NOON + HOUR)
    with store.read() as db, again.read() as copy:
        old = {
            (m.title, m.text or m.title, m.author, m.url, m.reach)
            for m in mentions.search(db, 0)
            if m.counted
        }
        new = {(m.title, m.text, m.author, m.url, m.reach) for m in mentions.search(copy, 0)}
    assert new == old
    again.close()


def test_an_export_of_an_import_is_the_same_again(store, config, tmp_path):
    filled(store, config)
    first, made = out(store), opened(tmp_path / "again")
    (tmp_path / "first").write_text(first, encoding="utf-8")
    import_file(made, an_intake(made, config), tmp_path / "first", NOON + HOUR)
    (tmp_path / "second").write_text(out(made), encoding="utf-8")
    report = import_file(made, an_intake(made, config), tmp_path / "second", NOON + HOUR)
    assert (report.stored, report.known, report.bad) == (0, 8, 0)
    made.close()


def test_a_persons_label_goes_with_the_mention_and_ours_stands_beside_it(store, config):
    made = an_intake(store, config)
    rows_in = [made.row(mention(1, "Acme is terrible, I hate it"), NOON)]
    heard(store, "feed", rows_in, NOON)
    (one,) = taken(store)
    assert (one["label"], one["sentiment"]) == ("", "negative")
    assert list(one)[: len(COLUMNS)] == list(COLUMNS)


@pytest.mark.parametrize("bad", HOSTILE)
def test_no_cell_of_a_stranger_is_a_formula(store, bad):
    heard(store, "feed", [row(bad, text=bad, author=bad)], NOON)
    (one,) = csv.DictReader(io.StringIO(out(store, form="csv"), newline=""))
    assert [one[name] for name in ("text", "author")] == ["'" + bad] * 2
    assert not any(value.startswith(export.FORMULAS) for value in one.values())
    assert taken(store)[0]["text"].strip() == bad.strip()


def test_times_are_utc_with_z(store, config):
    filled(store, config)
    for what, column in (("mentions", "heard_at"), ("counts", "minute")):
        moment = taken(store, what)[0][column]
        assert moment.endswith("Z") and datetime.fromisoformat(moment).utcoffset() == timedelta(0)


def test_since_and_until_bound_what_is_taken(store, config):
    filled(store, config)
    incident(store, config, NOON - DAY)
    bounds = {"since": NOON - 2 * DAY, "until": NOON - HOUR}
    assert {one["id"] for one in taken(store, **bounds)} == {"feed:b", "feed:b (Bolt)", "feed:c", "feed:d"}
    assert {one["minute"][:10] for one in taken(store, "counts", **bounds)} == {"2026-03-14", "2026-03-15"}
    assert len(taken(store, "incidents", **bounds)) == 1
    assert taken(store, "incidents", since=NOON) == []


def test_counts_add_up_to_what_is_stored(store, config):
    filled(store, config)
    total = sum(
        one["count"] for one in taken(store, "counts") if (one["brand"], one["measure"]) == ("Acme", "all")
    )
    assert total == sum(n for _, n in counted(store)["Acme", "all"]) == 6


@pytest.mark.parametrize("form", export.FORMATS)
def test_an_incident_goes_with_all_that_is_kept_about_it(store, config, form):
    incident(store, config)
    with store.write() as db:
        incidents.find(db, 1, "surge", NOON, NOON, "open", {"finding": {"z": 6.0}})
    if form == "csv":
        (one,) = csv.DictReader(io.StringIO(out(store, "incidents", form), newline=""))
        one |= {name: json.loads(one[name]) for name in ("timeline", "findings", "facts", "id")}
    else:
        (one,) = taken(store, "incidents")
    assert (one["id"], one["brand"], one["opened_at"]) == (1, "Acme", "2026-03-16T12:00:00Z")
    assert [event["what"] for event in one["timeline"]] == ["opened"]
    assert one["findings"][0]["data"] == {"finding": {"z": 6.0}}
    assert one["facts"]["observed"] == 30


def test_pages_lose_nothing_and_double_nothing(store):
    many = [row(n, NOON - n * MINUTE, brands=("Acme", "Bolt") if n % 3 else ()) for n in range(1234)]
    heard(store, "feed", many, NOON)
    found = taken(store)
    assert len(found) == len({one["id"] for one in found}) == sum(2 if n % 3 else 1 for n in range(1234))
    assert len(taken(store, "counts")) == sum(2 for n in range(1234) if n % 3)


def test_memory_does_not_grow_with_what_is_taken(store):
    def peak(number):
        heard(store, "feed", [row(f"{number} {n}", text="Acme " * 200) for n in range(number)], NOON)
        tracemalloc.start()
        sum(1 for _ in export.mentions(store, None, None))
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    peak(600)
    assert peak(3000) < 1.5 * peak(600)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    tmp_path = tmp_path_factory.mktemp("house")
    (tmp_path / "config.toml").write_text('[listener]\ndatabase = "listener.db"\n' + BRAND + SOURCE)
    now = datetime.now(UTC)
    lines = [
        {"published_at": (now - n * HOUR).isoformat(), "text": f"Acme żółć {n}", "brand": "Acme"}
        for n in (1, 2)
    ]
    (tmp_path / "past").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert verb(tmp_path, "import", str(tmp_path / "past")).returncode == 0
    return tmp_path


def test_the_verb_writes_a_file_once_and_over_another_only_if_told(folder):
    path = folder / "out.csv"
    done = verb(folder, "export", "--out", str(path))
    assert (done.returncode, done.stdout) == (0, f"2 rows written to {path}\n")
    assert path.read_text().splitlines()[0].startswith("published_at,text,id,url,author,title,brand,reach,")
    path.write_text("mine")
    again = verb(folder, "export", "--out", str(path))
    assert again.returncode == 2 and "is there already; --force" in again.stderr
    assert path.read_text() == "mine"
    assert rows(folder, "export", "--out", str(path), "--force") == [
        {"file": str(path), "what": "mentions", "rows": 2}
    ]
    assert len(path.read_text().splitlines()) == 3
    assert not list(folder.glob("*.part"))


def test_the_verb_prints_rows_in_utf_8_wherever_it_stands(folder):
    done = verb(folder, "export", env={"PYTHONIOENCODING": "iso8859-2"})
    assert done.returncode == 0 and "Acme żółć 1" in done.stdout
    assert len(rows(folder, "export", "--what", "counts")) == 2


@pytest.mark.parametrize(
    "asked",
    [
        ["--since", "yesterday"],
        ["--out", "."],
        ["--out", "no/such/folder/x.csv"],
        ["--json", "--format", "csv"],
    ],
)
def test_nonsense_is_refused_with_a_sentence(folder, asked):
    with pytest.raises(click.UsageError, match=r"is no time|is no plain file|cannot be written|exclude"):
        cli.main(["--config", str(folder / "config.toml"), "export", *asked], standalone_mode=False)
