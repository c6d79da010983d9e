"""A chart is a PNG drawn by a child process, or a ChartError; the daemon never loads matplotlib."""

import struct
import subprocess
import sys
import zlib
from dataclasses import replace
from datetime import timedelta

import pytest

from listener.charts import ChartError, Mark, Spark, Week, render, render_all

LABELS = {
    "now": "ten tydzień",
    "before": "tydzień wcześniej",
    "negative": "negatywne",
    "unknown": "bez nasłuchu",
    "incident": "incydent",
}
WEEK = Week(
    days=("pon.", "wt.", "śr.", "czw.", "pt.", "sob.", "niedz."),
    mentions=(120, 98, 131, 412, 288, None, 90),
    negative=(22, 15, 27, 261, 130, None, 10),
    before=(110, 105, 99, 120, None, 60, 55),
    labels=LABELS,
    title="Żabka: wzmianki dziennie",
    incidents=(Mark(3.4, "#12 kryzys", "crisis"), Mark(3.6, "#13"), Mark(6.9, "#14", "watch")),
)
SPARK = Spark(values=(3, 4, None, 5, 30, 9), usual=(4, 4, 4, 4, 4, 4), mark=4)
AS_JSON = {
    "kind": "week",
    "days": ["Mon"],
    "mentions": [3],
    "negative": [1],
    "before": [None],
    "labels": {"now": "this week"},
    "incidents": [{"at": 0.5, "label": "#1"}],
}


def size_of(picture):
    """Check the PNG chunk by chunk, and return its width and height."""
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    at, names = 8, []
    while at < len(picture):
        length, name = struct.unpack(">I4s", picture[at : at + 8])
        body = picture[at + 4 : at + 8 + length]
        assert struct.unpack(">I", picture[at + 8 + length : at + 12 + length])[0] == zlib.crc32(body)
        names.append(name)
        at += 12 + length
    assert (names[0], names[-1]) == (b"IHDR", b"IEND")
    return struct.unpack(">II", picture[16:24])


def test_all_charts_of_a_digest_come_from_one_child():
    quiet = replace(WEEK, mentions=(0,) * 7, negative=(0,) * 7, before=(None,) * 7, incidents=(), title="")
    silent = replace(WEEK, mentions=(None,) * 7, negative=(None,) * 7)
    pictures = render_all([WEEK, quiet, silent, AS_JSON, SPARK])
    assert [size_of(picture) for picture in pictures] == [(1200, 500)] * 4 + [(240, 60)]
    assert all(len(picture) < 100_000 for picture in pictures)
    assert len(set(pictures)) == 5


def test_the_same_numbers_give_the_same_picture():
    assert render(SPARK) == render({"kind": "spark", "values": SPARK.values, "usual": SPARK.usual, "mark": 4})


def test_what_strangers_wrote_is_drawn_as_it_stands():
    wild = replace(WEEK, title="$\\frac{$ <b> \x00\n 你好 " * 40, incidents=(Mark(0, "$x$" * 90),) * 50)
    assert size_of(render(wild)) == (1200, 500)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"kind": "pie"}, "there is no chart of the kind 'pie'"),
        ({"values": [1, 2]}, "not the spec of a chart"),
        ({"kind": "spark", "values": [1]}, "2 to 2000 values"),
        ({"kind": "spark", "values": [1, -2]}, "a count is a number from 0 up"),
        ({"kind": "spark", "values": [1, "<b>"]}, "a count is a number from 0 up"),
        ({"kind": "spark", "values": [1, 2], "colour": "red"}, "not the spec of a chart"),
        ({"kind": "spark", "values": [1, float("nan")]}, "the spec of a chart is not plain"),
        ({**AS_JSON, "before": []}, "must be of one length"),
        ({**AS_JSON, "incidents": [{"at": 0.5, "label": "#1", "severity": "doom"}]}, "of a known severity"),
    ],
)
def test_a_spec_that_makes_no_sense_is_a_chart_error(spec, said):
    with pytest.raises(ChartError, match=said):
        render(spec)


def test_drawing_that_takes_too_long_is_ended():
    with pytest.raises(ChartError, match=r"took longer than 0\.01 s"):
        render(SPARK, patience=timedelta(milliseconds=10))


def test_no_charts_need_no_child():
    assert render_all([]) == []


def test_asking_for_a_chart_loads_no_matplotlib_and_tells_no_secret(tmp_path):
    """In a process of its own, with a file in its folder that would pass for a package."""
    (tmp_path / "matplotlib.py").write_text("raise SystemExit('the wrong one')")
    program = (
        "import sys, os; os.environ['SLACK_BOT_TOKEN'] = 'x'\n"
        "from listener.charts import render, asking\n"
        "assert render({'kind': 'spark', 'values': [1, 2]})\n"
        "assert 'SLACK_BOT_TOKEN' not in asking._environment()\n"
        "print(sorted(name for name in sys.modules if name in ('matplotlib', 'numpy', 'PIL')))"
    )
    done = subprocess.run([sys.executable, "-P", "-c", program], cwd=tmp_path, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")
