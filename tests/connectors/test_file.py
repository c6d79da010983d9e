"""A watched folder: files that grow, move, repeat themselves, or are no files at all."""

import json
import os
import random
import sqlite3
import threading
import time
from contextlib import closing

import pytest

from connectors import Call, SourceRefused, file
from tests.running import Daemon, until

HEAD = "id,published_at,text\n"
LONG_AGO = time.time() - 3600


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "inbox"
    made.mkdir()
    return made


class Source:
    """Visits of one source, each with the cursor of the last."""

    def __init__(self, folder, **options):
        self.options, self.cursor = file.Options(str(folder), **options), None

    def visit(self):
        conversation = file.fetch(self.options, self.cursor)
        call = next(conversation)
        assert isinstance(call, Call)
        page = call.function(*call.args)
        self.cursor = page.cursor
        return page

    def ids(self):
        return [mention.id for mention in self.visit().mentions]


def line(number, text="it leaks"):
    return f"{number},2026-03-02T10:00:{number % 60:02}Z,{text} {number}\n"


def lines(*numbers):
    return "".join(map(line, numbers))


def ndjson(*numbers):
    return "".join(
        json.dumps({"id": n, "published_at": f"2026-03-02T10:00:{n % 60:02}Z", "text": f"it leaks {n}"})
        + "\n"
        for n in numbers
    )


def old(path):
    """Let a file look as if nobody had written to it for a while."""
    os.utime(path, (LONG_AGO, LONG_AGO))


def add(path, text):
    with path.open("ab") as out:
        out.write(text if isinstance(text, bytes) else text.encode())


def test_files_of_every_kind_are_read_and_then_only_what_is_new(folder):
    (folder / "a.csv").write_text(HEAD + lines(1, 2))
    (folder / "b.ndjson").write_text(ndjson(3))
    (folder / "c.jsonl").write_text(ndjson(4))
    (folder / "d.txt").write_text(HEAD + lines(5))
    (folder / ".e.csv").write_text(HEAD + lines(6))
    source = Source(folder)
    page = source.visit()
    assert [m.id for m in page.mentions] == ["1", "2", "3", "4"]
    assert (page.since, page.more, page.gap, page.spoiled, page.why) == (None, False, False, 0, "")
    add(folder / "a.csv", lines(7))
    page = source.visit()
    assert [m.id for m in page.mentions] == ["7"]
    assert page.since is not None
    assert source.ids() == []


def test_a_row_has_all_that_an_import_knows(folder):
    names = "published_at;text;url;author;title;brand;reach;language;label"
    row = "2026-03-02 10:00;it leaks;https://b.test/1;ada;Oh;Acme;12;PL;negative"
    (folder / "a.csv").write_text(f"{names}\n{row}\n")
    (found,) = Source(folder).visit().mentions
    assert (found.url, found.author, found.title, found.reach) == ("https://b.test/1", "ada", "Oh", 12)
    assert (found.brand, found.label, found.language) == ("Acme", "negative", "pl")


@pytest.mark.parametrize("form", ["csv", "ndjson"])
@pytest.mark.parametrize("step", [1, 7, 64])
def test_a_file_written_a_few_bytes_at_a_time_brings_every_row_once(folder, form, step):
    whole = (
        HEAD + lines(1, 2) + '3,2026-03-02,"in\ntwo ""lines"""\n' + lines(4)
        if form == "csv"
        else ndjson(1, 2, 3, 4)
    )
    body, path = whole.encode(), folder / f"a.{form}"
    path.touch()
    source, found = Source(folder), []
    for begin in range(0, len(body), step):
        add(path, body[begin : begin + step])
        page = source.visit()
        found += [m.id for m in page.mentions]
        assert page.spoiled == 0
    assert sorted(found) == ["1", "2", "3", "4"]


def test_a_last_line_without_an_end_waits_until_nobody_writes_any_more(folder):
    path = folder / "a.csv"
    path.write_text(HEAD + lines(1) + line(2).rstrip("\n"))
    source = Source(folder)
    assert source.ids() == ["1"]
    old(path)
    assert source.ids() == ["2"]
    assert source.ids() == []


def test_a_last_line_that_was_taken_and_grew_is_read_again(folder):
    path = folder / "a.csv"
    path.write_text(HEAD + "1,2026-03-02,it le")
    old(path)
    source = Source(folder)
    assert source.visit().mentions[0].text == "it le"
    add(path, "aks badly\n" + line(2))
    assert [m.text for m in source.visit().mentions] == ["it leaks badly", "it leaks 2"]


def test_a_last_line_that_was_taken_and_got_its_end_is_not_read_again(folder):
    path = folder / "a.ndjson"
    path.write_text(ndjson(1).rstrip("\n"))
    source = Source(folder)
    assert source.ids() == ["1"]
    add(path, "\n" + ndjson(2))
    assert source.ids() == ["2"]


def test_a_renamed_file_is_not_read_again_and_a_rotated_one_to_its_end(folder):
    path = folder / "a.ndjson"
    path.write_text(ndjson(1))
    source = Source(folder)
    assert source.ids() == ["1"]
    add(path, ndjson(2))
    path.rename(folder / "a.ndjson.1")
    path.write_text(ndjson(3))
    page = source.visit()
    assert ([m.id for m in page.mentions], page.gap) == (["2", "3"], False)
    (folder / "a.ndjson.1").rename(folder / "b.csv")
    assert source.ids() == []


def test_a_copy_brings_the_same_ids(folder):
    text = "published_at,text\n2026-03-02,without an id\n2026-03-02,another\n"
    (folder / "a.csv").write_text(text)
    source = Source(folder)
    first = source.ids()
    (folder / "b.csv").write_text(text)
    assert source.ids() == first
    assert len(set(first)) == 2


@pytest.mark.parametrize("body", [lines(3), lines(3, 4, 5, 6, 7, 8, 9)])
def test_a_file_that_is_emptied_and_written_anew_is_read_from_its_beginning(folder, body):
    path = folder / "a.csv"
    path.write_text(HEAD + lines(1, 2))
    source = Source(folder)
    source.visit()
    path.write_text(HEAD + body)
    assert source.ids()[0] == "3"


def test_what_was_not_read_before_it_went_is_a_gap(folder):
    path = folder / "a.csv"
    path.write_text(HEAD + lines(1) + "2,2026-03-02,half a li")
    source = Source(folder)
    source.visit()
    path.unlink()
    page = source.visit()
    assert (page.gap, page.since) == (True, None)
    assert not source.visit().gap


def test_a_file_that_was_read_may_go(folder):
    (folder / "a.csv").write_text(HEAD + lines(1))
    source = Source(folder)
    source.visit()
    (folder / "a.csv").unlink()
    page = source.visit()
    assert (page.mentions, page.gap) == ((), False)
    assert json.loads(page.cursor)["files"] == {}


def test_a_large_file_comes_in_pieces_and_holds_up_no_small_one(folder):
    (folder / "large.csv").write_text(HEAD + lines(*range(5000)))
    (folder / "small.csv").write_text(HEAD + line(9001))
    source, found, visits = Source(folder), [], 0
    while True:
        page = source.visit()
        found += [m.id for m in page.mentions]
        visits += 1
        if visits == 1:
            assert "9001" in found
        assert page.more is (visits < 3)
        assert page.since is None or not page.more
        if not page.more:
            break
    assert sorted(map(int, found)) == [*range(5000), 9001]


@pytest.mark.parametrize(
    ("codec", "mark"),
    [("utf-8", ""), ("utf-8", "\ufeff"), ("utf-16-le", "\ufeff"), ("utf-16-be", "\ufeff"), ("cp1250", "")],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_letters_and_line_ends_of_many_makes_are_read(folder, codec, mark, end):
    path = folder / "a.csv"
    path.write_bytes((mark + HEAD + line(1, "zażółć gęślą")).replace("\n", end).encode(codec))
    source = Source(folder)
    assert [m.text for m in source.visit().mentions] == ["zażółć gęślą 1"]
    add(path, line(2, "jaźń").replace("\n", end).encode(codec))
    assert [m.text for m in source.visit().mentions] == ["jaźń 2"]


def test_a_bad_row_costs_only_itself(folder):
    (folder / "a.csv").write_text(HEAD + line(1) + 'x\n2,yesterday,no\n3,2026-03-02,"open,\n' + line(4))
    (folder / "b.ndjson").write_bytes(ndjson(5).encode() + b"{no\n[1]\n\xff\n" + ndjson(6).encode())
    for name in "ab":
        old(next(folder.glob(f"{name}.*")))
    page = Source(folder).visit()
    assert ([m.id for m in page.mentions], page.spoiled) == (["1", "4", "5", "6"], 6)


def test_a_quote_that_nobody_closes_holds_up_a_growing_file_for_a_while_only(folder):
    path = folder / "a.csv"
    path.write_text(HEAD + '1,2026-03-02,"open\n')
    source, found, spoiled = Source(folder), [], 0
    for number in range(2, 4000, 500):
        add(path, lines(*range(number, number + 500)))
        page = source.visit()
        found += [int(m.id) for m in page.mentions]
        spoiled += page.spoiled
    assert (len(found), spoiled) == (len(set(found)), 1)
    assert min(found) == 2
    assert max(found) > 3000


def test_a_line_beyond_all_bounds_is_left_out(folder):
    path = folder / "a.ndjson"
    path.write_bytes(ndjson(1).encode() + b"x" * 9_000_000)
    source = Source(folder)
    page = source.visit()
    found, spoiled = [m.id for m in page.mentions], page.spoiled
    add(path, b"y" * 100 + b"\n" + ndjson(2).encode())
    for _ in range(5):
        page = source.visit()
        found += [m.id for m in page.mentions]
        spoiled += page.spoiled
    assert (found, spoiled, page.more) == (["1", "2"], 1, False)


def test_a_file_without_the_columns_is_named_and_costs_no_other(folder):
    (folder / "a.csv").write_text("one,two\n1,2\n")
    (folder / "b.csv").write_text(HEAD + lines(1))
    source = Source(folder)
    page = source.visit()
    assert ([m.id for m in page.mentions], page.spoiled) == (["1"], 1)
    assert "a.csv" in page.why
    assert "published_at" in page.why
    assert source.visit().spoiled == 0, "it is told once"
    assert "a.csv" in source.visit().why
    (folder / "a.csv").write_text(HEAD + lines(2))
    assert source.ids() == ["2"]


def test_where_no_file_can_be_read_a_person_is_asked(folder):
    (folder / "a.csv").write_bytes(b"PK\x03\x04\xff\xfe\n")
    with pytest.raises(SourceRefused, match=r"a\.csv"):
        Source(folder).visit()


def test_what_is_no_regular_file_is_not_opened(folder, tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text(HEAD + lines(1))
    (folder / "link.csv").symlink_to(secret)
    (folder / "inner.csv").symlink_to("/dev/zero")
    os.mkfifo(folder / "pipe.csv")
    (folder / "folder.csv").mkdir()
    page = Source(folder).visit()
    assert (page.mentions, page.spoiled, page.why) == ((), 0, "")


def test_a_file_that_becomes_a_pipe_is_let_go(folder):
    path = folder / "a.csv"
    path.write_text(HEAD + lines(1))
    source = Source(folder)
    source.visit()
    path.unlink()
    os.mkfifo(path)
    assert source.ids() == []


def test_a_folder_that_is_not_there_is_refused_with_what_to_do(folder):
    for path in (folder / "nowhere", folder / "a.csv"):
        (folder / "a.csv").touch()
        with pytest.raises(SourceRefused, match="make it, or mend `path`"):
            Source(path).visit()


def test_a_folder_that_went_and_came_back_doubles_nothing(folder):
    (folder / "a.csv").write_text(HEAD + lines(1))
    source = Source(folder)
    source.visit()
    folder.rename(folder.with_name("away"))
    with pytest.raises(SourceRefused):
        source.visit()
    folder.with_name("away").rename(folder)
    assert source.ids() == []


def test_many_files_keep_the_cursor_small_and_are_read_once(folder, monkeypatch):
    monkeypatch.setattr(file, "MOST_MARKS", 20)
    monkeypatch.setattr(file, "LONG_AGO_SECONDS", 0)
    source, found = Source(folder), []
    for number in range(100):
        (folder / f"{number}.csv").write_text(HEAD + line(number))
        if number % 9 == 0:
            found += source.ids()
    found += source.ids() + source.ids()
    assert sorted(map(int, found)) == list(range(100))
    assert len(json.loads(source.cursor)["files"]) <= 20
    add(folder / "3.csv", line(500))
    assert source.ids() == ["3", "500"], "one that is forgotten and grows is read again"


@pytest.mark.parametrize("cursor", ["junk", "[]", '{"files": 7}', '{"files": {"1": [1]}}', '{"at": "x"}'])
def test_a_cursor_that_makes_no_sense_is_none(folder, cursor):
    (folder / "a.csv").write_text(HEAD + lines(1))
    source = Source(folder)
    source.cursor = cursor
    assert source.ids() == ["1"]


@pytest.mark.parametrize(
    "wrong", [{"path": ""}, {"path": "a\0b"}, {"pattern": ()}, {"pattern": ("a/*.csv",)}]
)
def test_options_that_cannot_work_are_refused(wrong):
    with pytest.raises(ValueError, match=r"must be"):
        file.Options(**{"path": "/inbox", **wrong})


def test_any_mixture_of_appending_rotating_and_copying_loses_nothing(folder):
    chance, source, found, written = random.Random(5), Source(folder), [], 0
    pending = ""
    for _ in range(300):
        match chance.randrange(8):
            case 0:
                (folder / "log.ndjson").touch()
                add(folder / "log.ndjson", pending)
                pending = ""
                os.replace(folder / "log.ndjson", folder / f"log.ndjson.{chance.randrange(10**6)}")
            case 1:
                for path in list(folder.glob("log.ndjson.*"))[:1]:
                    (folder / f"copy{chance.randrange(3)}.jsonl").write_bytes(path.read_bytes())
            case 2 | 3:
                found += source.ids()
            case _:
                pending += ndjson(written)
                written += 1
                cut = chance.randrange(len(pending) + 1)
                add(folder / "log.ndjson", pending[:cut])
                pending = pending[cut:]
    add(folder / "log.ndjson", pending)
    found += source.ids()
    assert sorted(set(map(int, found))) == list(range(written))


def test_a_killed_daemon_stores_every_row_once(tmp_path, folder):
    (tmp_path / "config.toml").write_text(
        '[listener]\ndatabase = "listener.db"\ndashboard = "off"\n[[brand]]\nname = "Acme"\n'
        f'[[source]]\nname = "inbox"\nkind = "file"\npath = "{folder}"\nevery = "5s"\n'
    )
    over, written, today = threading.Event(), [], time.strftime("%Y-%m-%d", time.gmtime(LONG_AGO - 86_400))

    def write():
        with (folder / "log.ndjson").open("a") as out:
            while not over.wait(0.05):
                number = len(written)
                text = ndjson(number).replace("it leaks", "Acme leaks").replace("2026-03-02", today)
                out.write(text[:30])
                out.flush()
                out.write(text[30:])
                out.flush()
                written.append(number)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with Daemon(tmp_path) as daemon:
            until(lambda: len(stored(tmp_path)) > 20 or daemon.process.poll() is not None)
            daemon.kill()
    finally:
        over.set()
        writer.join()
    with Daemon(tmp_path) as daemon:
        until(lambda: daemon.log.count(" listening ") == 2 and len(stored(tmp_path)) >= len(written))
        assert daemon.stop() == 0
    assert sorted(stored(tmp_path)) == sorted(f"Acme leaks {n}" for n in written)


def stored(folder):
    if not (folder / "listener.db").exists():
        return []
    with closing(sqlite3.connect(folder / "listener.db")) as db:
        tables = db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'mentions'").fetchone()
        return [row[0] for row in db.execute("SELECT text FROM mentions")] if tables[0] else []
