"""`why INCIDENT` and the picture of a verdict, as people see them: in a terminal, a pipe and a file."""

import json
import os
import re
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from listener.charts import ASCII, BLOCKS, ChartError, Steps, drawn, legend, render
from listener.cli import cli
from listener.store import counts
from listener.store.times import minute
from tests.kit import BRAND, DAY, HOUR, MINUTE, NOON, SOURCE, heard, opened, storm
from tests.listener.test_charts import size_of
from tests.listener.test_proof import World
from tests.running import ROOT, command, verb

CONFIG = '[listener]\ndatabase = "listener.db"\ntimezone = "Europe/Warsaw"\nlocale = "{locale}"\n'
LABELS = {
    "counts": "counted",
    "usual": "usual: 3",
    "bar": "the bar: 14",
    "unknown": "not heard",
    "judged": "judged",
}
CHART = Steps(
    counts=(2, 5, 1, 0, 3, 4, 2, 1, 0, 0, 2, 3, 6, 13, 42),
    heard=(*[True] * 8, False, False, *[True] * 5),
    labels=LABELS, ticks=((3, "09:00"), (11, "12:00")), usual=2.8, band=(1.0, 5.2), bar=14.0,
    title="Acme: mentions in 15 minutes", note="Mar 16, 12:59",
)  # fmt: skip
STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def lines_of(chart, signs=BLOCKS, **more):
    return ["".join(text for text, _ in line) for line in drawn(chart, signs, **more)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder in which a storm was judged twice; it is only looked at, or edited and put right."""
    made = tmp_path_factory.mktemp("why")
    (made / "config.toml").write_text(CONFIG.format(locale="en") + BRAND + SOURCE)
    (made / "pl.toml").write_text(CONFIG.format(locale="pl") + BRAND + SOURCE)
    World(made, storms=2).store.close()
    return made


def why(folder, *arguments, config="config.toml"):
    """Run the verb here; return its status and what it printed."""
    told = ["--config", str(folder / config), "why", *arguments]
    done = CliRunner().invoke(cli, told, standalone_mode=False)
    assert done.exception is None or not isinstance(done.exception, Exception), done.exception
    return done.return_value, done.stdout


def test_a_person_reads_what_was_counted_why_it_is_so_bad_and_what_the_store_says_today(folder):
    done = verb(folder, "why", "1", env={"COLUMNS": "80"})
    assert (done.returncode, done.stderr) == (0, "")
    for told in (
        "Incident 1 · Acme · crisis · opened Mar 16, 13:00",
        "Finding 2 of 2 · Mar 16, 13:09 · rule: angry burst · the incident got worse",
        "210 negative mentions in 5 minutes, usually none.",
        "none of the last 18 days saw a stronger surge",
        "The bar was z = 4.",
        "Why Crisis",
        "Share of negative mentions: 100%. (+2)",
        "Recomputed from what was kept: the same verdict.",
        "By the rule as it is now it would fire too: crisis.",
        "What the store says today",
        "Counted in that window: 210, as it was then.",
        "Acme: negative mentions in 15 minutes",
        "▲",
        "█ counted   ░ usual: 0   ┄ the bar: 7",
    ):
        assert told in done.stdout, told
    assert not STEERING.findall(done.stdout), "a pipe is sent no colours"
    chart = done.stdout.split("Acme: negative mentions in 15 minutes")[1].splitlines()
    assert max(map(len, chart)) <= 80


def test_it_is_told_in_polish_to_whoever_reads_polish(folder):
    status, told = why(folder, "1", config="pl.toml")
    assert status == 0
    for line in ("Co policzono", "Dlaczego: Kryzys", "Co dziś mówi baza", "ten sam werdykt", "próg: 7"):
        assert line in told
    assert not re.search(r"\b(the|of|was|and|usual|counted|finding)\b", told), told


def test_as_json_it_is_one_object_with_all_findings(folder):
    status, told = why(folder, "1", "--json")
    (row,) = map(json.loads, told.splitlines())
    assert (status, row["id"], row["same"], len(row["findings"])) == (0, 1, True, 2)
    for finding in row["findings"]:
        assert finding["same"] and finding["today"]["verdict"]["fires"]
        assert {"rule", "verdict", "observed", "expected", "z", "span_seconds", "at", "evidence"} <= set(
            finding
        )
        assert finding["rule_then"]["options"]["z"] == 4.0


@pytest.mark.parametrize(("place", "told"), [("1", "30 negative mentions"), ("2", "210 negative mentions")])
def test_another_finding_can_be_asked_for(folder, place, told):
    assert told in why(folder, "1", "--finding", place)[1]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("99",), "no incident 99"),
        (("1", "--finding", "3"), "has the findings 1 to 2, not 3"),
        (("1", "--chart", "x.pdf"), "must end in .png or .svg"),
        (("Acme leaks", "--finding", "1"), "are for the number of an incident"),
        (("1", "--chart", "/nowhere/x.png"), "could not be written"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_sentence(folder, arguments, said):
    with pytest.raises(click.UsageError, match=re.escape(said)):
        CliRunner().invoke(
            cli,
            ["--config", str(folder / "config.toml"), "why", *arguments],
            standalone_mode=False,
            catch_exceptions=False,
        )


def test_the_chart_is_written_as_a_picture(folder):
    assert why(folder, "1", "--chart", str(folder / "a.png"))[0] == 0
    assert size_of((folder / "a.png").read_bytes()) == (1200, 560)
    assert why(folder, "1", "--chart", str(folder / "a.SVG"), "--json")[0] == 0
    assert (folder / "a.SVG").read_text().startswith("<?xml")


def test_where_the_letters_of_a_chart_are_not_known_it_is_drawn_in_ascii(folder):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "iso8859-2"}
    asked = ["--config", str(folder / "pl.toml"), "why", "1"]
    done = subprocess.run(
        [sys.executable, "-m", "listener.cli", *asked], capture_output=True, env=environment, timeout=60
    )
    told = done.stdout.decode("iso8859-2")
    assert (done.returncode, done.stderr) == (0, b"")
    assert "# policzone   : zwykle: 0   - próg: 7" in told
    assert "Groźne słowo" in told


@pytest.mark.parametrize(("more", "colours"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_a_terminal_of_eighty_columns_is_not_overrun(folder, more, colours):
    told = _in_a_terminal(command(folder, "why", "1"), {**more, "TERM": "xterm-256color"})
    assert bool(re.search(r"\x1b\[(\d+;)*3\dm", told)) is colours
    plain = re.sub(r"\x1b\[[0-9;]*m", "", told).replace("\r", "")
    assert "▲" in plain
    assert max(len(line) for line in plain.split("Acme: negative")[1].splitlines()) <= 80


def _in_a_terminal(arguments, environment):
    """Run a program in a terminal of 80 columns; return what it wrote there."""
    program = (
        "import fcntl, os, pty, struct, sys, termios\n"
        "pid, leader = pty.fork()\n"
        "if pid == 0:\n"
        "    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))\n"
        "    os.execvp(sys.argv[1], sys.argv[1:])\n"
        "while True:\n"
        "    try:\n"
        "        told = os.read(leader, 65536)\n"
        "    except OSError:\n"
        "        break\n"
        "    if not told: break\n"
        "    sys.stdout.buffer.write(told)\n"
    )
    known = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS")}
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True, timeout=60, env={**known, "PYTHONIOENCODING": "utf-8", **environment},
    )  # fmt: skip
    return done.stdout.decode()


def test_what_was_edited_by_hand_is_told_and_the_status_says_so(folder):
    store = opened(folder)
    with store.write() as db:
        (good,) = db.execute("SELECT data FROM findings WHERE id = 1").fetchone()
        db.execute("UPDATE findings SET data = json_set(data, '$.finding.evidence.n5', 9) WHERE id = 1")
    status, told = why(folder, "1")
    assert (status, "finding 1: the verdict does not come out the same" in told) == (1, True)
    status, told = why(folder, "1", "--finding", "1")
    assert (status, "NOT THE SAME when recomputed from what was kept: the finding." in told) == (1, True)
    for damage in (
        "{",
        "null",
        '{"finding": 3}',
        '{"finding": {"at": "\\u001b[31mred"}, "trigger": "spike"}',
    ):
        with store.write() as db:
            db.execute("UPDATE findings SET data = ? WHERE id = 1", (damage,))
        for arguments in (("1",), ("1", "--finding", "1"), ("1", "--json")):
            status, told = why(folder, *arguments)
            assert status == 1
            assert "cannot be read" in told
            assert not STEERING.findall(told)
        assert "210 negative mentions" in why(folder, "1")[1], "the other finding is shown all the same"
    with store.write() as db:
        db.execute("UPDATE findings SET data = ? WHERE id = 1", (good,))
    store.close()
    assert why(folder, "1")[0] == 0


def test_what_came_since_is_told_apart_from_the_verdict(tmp_path):
    (tmp_path / "config.toml").write_text(CONFIG.format(locale="en") + BRAND + SOURCE)
    world = World(tmp_path)
    heard(world.store, "feed", storm(3, NOON - 2 * MINUTE, name="late"), NOON + HOUR)
    with world.store.write() as db:
        counts.heard(db, "feed", minute(NOON), minute(NOON + DAY))
    world.store.close()
    status, told = why(tmp_path, "1")
    assert status == 0
    assert "Counted in that window: 33 now, 30 then." in told
    assert "3 mentions came after the verdict." in told
    assert "the rule of then fires too" in told


def test_a_chart_shows_what_is_usual_the_bar_and_the_gaps():
    lines = lines_of(CHART, height=10)
    assert lines[0].startswith("50 ┤")
    assert "".join(line[-5:] for line in lines[:9]).count("█") >= 9, "the last step is the highest"
    assert all("·" in line for line in lines[:9]), "a gap goes all the way up"
    assert "┄" in lines[7]
    assert "░" in lines[9]
    assert lines[-1].split() == ["09:00", "12:00"]
    assert lines[-2].split() == ["Mar", "16,", "12:59", "▲▲▲▲"]
    assert legend(CHART) == "█ counted   ░ usual: 3   ┄ the bar: 14   · not heard"


def test_in_ascii_it_says_the_same():
    blocks, ascii_ = lines_of(CHART), lines_of(CHART, ASCII)
    assert "".join(ascii_).isascii()
    assert list(map(len, blocks)) == list(map(len, ascii_))


@pytest.mark.parametrize("number", [2, 3, 14, 48, 79, 80, 336, 1999])
@pytest.mark.parametrize("width", [40, 80])
def test_however_many_steps_there_are_a_line_is_no_longer_than_asked(number, width):
    counts = (*[3] * (number - 1), 10**6)
    ticks = ((0, "Mar 1, 12:00"), (number / 2, "Mar 15, 12:00"), (number, "Mar 30, 12:00"))
    chart = Steps(
        counts=counts, heard=(True,) * number, labels=LABELS, ticks=ticks, note="Mar 30, 12:00", usual=3.0
    )
    lines = lines_of(chart, width=width)
    assert max(map(len, lines)) <= width
    assert "▲" in lines[-2] and "█" in lines[0], "the news is always seen"


def test_a_mean_is_drawn_from_below_nothing():
    chart = Steps(
        counts=(0.1, 0.05, None, 0.1, -0.7), heard=(True,) * 5, labels=LABELS, usual=0.05, bar=-0.3,
        base=-0.9, band=(-0.05, 0.15),
    )  # fmt: skip
    lines = lines_of(chart)
    assert lines[10].startswith("−0.9 └")
    assert size_of(render(chart)) == (1200, 560)


@pytest.mark.parametrize(
    "wrong",
    [
        {"counts": (1,), "heard": (True,)}, {"heard": (True,)}, {"ticks": ((99, "x"),)}, {"judged": 99},
        {"bar": float("inf")}, {"counts": (1, -2), "heard": (True, True)}, {"base": float("nan")},
    ],
)  # fmt: skip
def test_steps_that_make_no_sense_are_a_chart_error(wrong):
    fields = {"counts": CHART.counts, "heard": CHART.heard, "labels": LABELS, **wrong}
    with pytest.raises(ChartError):
        Steps(**fields)


def test_a_chart_is_drawn_as_nothing_else():
    with pytest.raises(ChartError, match="png or svg"):
        render(CHART, form="pdf")


def test_a_text_is_read_by_the_sentences_that_name_the_brand(folder):
    text = (
        "The whole day was horrible and rude. Acme was wonderful, great service. What a terrible week it was."
    )
    status, told = why(folder, text)
    assert status == 0 and "matches Acme" in told and "positive" in told
    assert "wonderful" in told and "horrible" not in told and "terrible" not in told
    _, told = why(folder, "--json", text)
    row = json.loads(told)
    assert row["label"] == "positive" and all(
        "Acme" not in reason.get("word", "") for reason in row["because"]
    )
    assert {reason["word"] for reason in row["because"] if "word" in reason} == {"wonderful", "great service"}


def test_what_speaks_beside_the_words_is_told_only_where_it_weighs_something(folder):
    _, told = why(folder, "Fatalna obsługa w Acme! Nie polecam nikomu, szkoda gadać. 2/10")
    assert "in: Fatalna obsługa w Acme!" in told and "Fatalna  -" in told and "exclaims: !" in told
    assert "in: Nie polecam nikomu, szkoda gadać." in told, "this goes on about the brand"
    _, told = why(folder, "--json", "Szkoda gadać, dno i metr mułu w Acme")
    assert "idiom" not in told and "Szkoda gadać" in told
