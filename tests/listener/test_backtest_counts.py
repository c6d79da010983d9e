"""A file of counts through today's rules: each row with its verdict."""

import csv

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.backtest import CountsError, Judging, by_preset, judge_counts, read_counts, write_counts
from rules.triggers.spike import Options

STEP = np.timedelta64(5, "m")


def file(tmp_path, text, name="counts.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def stamps(count, start="2026-01-05T00:02:53", step=STEP):
    return [str(np.datetime64(start) + place * step).replace("T", " ") for place in range(count)]


def series(values, **more):
    return "timestamp,value\n" + "".join(
        f"{stamp},{value}\n" for stamp, value in zip(stamps(len(values), **more), values, strict=True)
    )


def burst(*places, length=20 * 288, usual=0, height=60):
    values = [usual] * length
    for place in places:
        values[place] = height
    return values


def judged(tmp_path, values, options=None, **more):
    judging = (Judging("spike", options),) if options else ()
    return judge_counts(read_counts(file(tmp_path, series(values, **more))), judging)


def alerts(rows):
    return [place for place, row in enumerate(rows) if row.alert]


def test_a_burst_alerts_on_its_own_bucket_only(tmp_path):
    rows = judged(tmp_path, burst(3000))
    assert alerts(rows) == [3000]
    assert rows[3000].score == pytest.approx(rows[3000].z / 4)
    assert {row.score for row in rows if not row.alert} == {0.0}


def test_a_storm_that_goes_on_is_told_once(tmp_path):
    assert alerts(judged(tmp_path, burst(*range(3000, 3200)))) == [3000]


def test_a_storm_three_times_as_strong_is_told_again(tmp_path):
    values = burst(3000, 3010, height=12)
    values[3020] = 300
    assert alerts(judged(tmp_path, values)) == [3000, 3020]


def test_after_a_day_of_calm_the_next_finding_is_a_new_incident(tmp_path):
    assert alerts(judged(tmp_path, burst(3000, 3287))) == [3000]
    assert alerts(judged(tmp_path, burst(3000, 3289))) == [3000, 3289]


def test_the_score_counts_from_the_bar_that_held(tmp_path):
    rows = judged(tmp_path, burst(300))
    assert rows[300].score == pytest.approx(rows[300].z / 6)
    assert alerts(judged(tmp_path, burst(300), Options(z=12.0))) == []


def test_times_and_values_come_back_as_they_were(tmp_path):
    values = burst(3000)
    out = tmp_path / "out.csv"
    write_counts(out, judged(tmp_path, values))
    with out.open() as lines:
        rows = list(csv.DictReader(lines))
    assert list(rows[0]) == ["timestamp", "value", "z", "score", "alert"]
    assert [row["timestamp"] for row in rows] == stamps(len(values))
    assert [int(row["value"]) for row in rows] == values
    assert [place for place, row in enumerate(rows) if row["alert"] == "1"] == [3000]
    assert float(rows[3000]["score"]) >= 1


@given(st.lists(st.integers(0, 60) | st.just(0), min_size=30, max_size=200), st.data())
@settings(max_examples=40, deadline=None)
def test_a_verdict_rests_on_the_rows_up_to_it(tmp_path_factory, values, data):
    tmp_path = tmp_path_factory.mktemp("counts")
    cut = data.draw(st.integers(2, len(values)))
    assert judged(tmp_path, values)[:cut] == judged(tmp_path, values[:cut])


def test_a_zone_is_heeded_and_without_one_it_is_utc(tmp_path):
    text = "timestamp,value\n2026-01-05T01:00:00+01:00,1\n2026-01-05 00:05:00,2\n2026-01-05T00:10:00Z,3\n"
    first, *rest = (row.at for row in read_counts(file(tmp_path, text)))
    assert [at - first for at in rest] == [300, 600]


def test_missing_rows_and_empty_values_are_unknown_not_zero(tmp_path):
    values = burst(3000, usual=40, height=400)
    lines = series(values).splitlines()
    holes = [*lines[:1000], *(line.split(",")[0] + "," for line in lines[1000:1500]), *lines[2000:]]
    kept = [*lines[:1000], *lines[2000:]]
    with_holes = judge_counts(read_counts(file(tmp_path, "\n".join(holes))))
    without = judge_counts(read_counts(file(tmp_path, "\n".join(kept))))
    assert with_holes[1000].value is None
    assert [row for row in with_holes if row.value is not None] == list(without)
    assert without[-1].z == pytest.approx(0, abs=0.1)


def test_rows_a_few_seconds_early_or_late_stay_one_bucket_each(tmp_path):
    text = "timestamp,value\n2026-01-05 00:00:00,1\n2026-01-05 00:05:03,1\n2026-01-05 00:10:00,1\n"
    text += "2026-01-05 00:15:00,1\n2026-01-05 00:20:00,1\n2026-01-05 00:24:58,1\n"
    rows = judge_counts(read_counts(file(tmp_path, text)))
    assert len(rows) == 6


@pytest.mark.parametrize("step", [np.timedelta64(60, "s"), np.timedelta64(1, "h"), np.timedelta64(1, "D")])
def test_the_length_of_a_bucket_is_read_from_the_file(tmp_path, step):
    values = burst(2900, length=3000, usual=3)
    assert alerts(judged(tmp_path, values, Options(learning_factor=1.0), step=step)) == [2900]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "line 1: no column timestamp and no column value"),
        ("timestamp,count\n", "no column value"),
        ("timestamp,value\n", "no rows"),
        ("timestamp,value\nyesterday,4\n", "line 2: timestamp is 'yesterday'"),
        ("timestamp,value\n2026-01-05,4\n2026-01-06,four\n", "line 3: value is 'four'"),
        ("timestamp,value\n2026-01-05,-4\n", "line 2: value is '-4'"),
        ("timestamp,value\n2026-01-05,1.5\n", "line 2: value is '1.5'"),
        ("timestamp,value\n2026-01-05,nan\n", "line 2: value is 'nan'"),
        ("timestamp,value\n2026-01-05,1e99\n", "line 2: value is '1e99'"),
        ("timestamp,value\n2026-01-05\n\n,\n", "line 4: timestamp is ''"),
        ("timestamp,value\n2026-01-06,1\n2026-01-05,1\n", "line 3: 2026-01-05 is not later"),
        ("timestamp,value\n2026-01-05,1\n2026-01-05,1\n", "line 3: 2026-01-05 is not later"),
        ("timestamp,value\n" + "never,1\n" * 50, "and more"),
    ],
)
def test_what_cannot_be_counted_is_named_with_its_line(tmp_path, text, named):
    with pytest.raises(CountsError, match=r"counts\.csv: ") as caught:
        read_counts(file(tmp_path, text))
    assert named in str(caught.value)


def test_every_bad_row_is_named_at_once(tmp_path):
    with pytest.raises(CountsError) as caught:
        read_counts(file(tmp_path, "timestamp,value\nnever,1\n2026-01-05,1\n2026-01-06,many\n"))
    assert [line.split(": ")[1] for line in str(caught.value).splitlines()] == ["line 2", "line 4"]


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "counts.csv"
    path.write_bytes(b"timestamp,value\n\xff\xfe\x00,1\n")
    with pytest.raises(CountsError, match="cannot be read"):
        read_counts(path)
    with pytest.raises(CountsError, match="cannot be read"):
        read_counts(tmp_path / "missing.csv")


def test_times_centuries_apart_are_refused(tmp_path):
    text = "timestamp,value\n1726-01-05,1\n2026-01-05 00:00,1\n2026-01-05 00:05,1\n2026-01-05 00:10,1\n"
    with pytest.raises(CountsError, match="1726"):
        judge_counts(read_counts(file(tmp_path, text)))


SLOW = [value for day in (100, 110, 90, 100, 105, 220) for value in [day // 24] * 24]


def test_the_quiet_preset_lets_pass_what_the_default_tells(tmp_path):
    values = burst(1200, 1500, 1800, 2100)
    for minute, size in zip((1200, 1500, 1800, 2100), (60, 50, 45, 40), strict=True):
        values[minute] = size
    rows = read_counts(file(tmp_path, series(values)))
    told = {
        name: alerts(judge_counts(rows, [by_preset(name)])) for name in ("sensitive", "balanced", "quiet")
    }
    assert told["quiet"] == [1200, 1500]
    assert told["balanced"] == [1200, 1500, 1800]
    assert told["sensitive"] == [1200, 1500, 1800, 2100]


def test_a_swell_is_judged_by_the_hour_too_and_beside_a_spike(tmp_path):
    rows = read_counts(file(tmp_path, series(SLOW, step=3600)))
    swell = by_preset(trigger="swell")
    assert [n // 24 for n in alerts(judge_counts(rows, [swell]))] == [5]
    assert alerts(judge_counts(rows, [by_preset(), swell])) == alerts(judge_counts(rows, [swell]))


def test_what_counts_cannot_tell_is_refused(tmp_path):
    rows = read_counts(file(tmp_path, series([1, 2, 3])))
    with pytest.raises(CountsError, match="how mentions feel"):
        judge_counts(rows, [by_preset(trigger="shift")])
    odd = read_counts(file(tmp_path, series([9] * 900, step=420)))
    with pytest.raises(CountsError, match="make no hours"):
        judge_counts(odd, [by_preset(trigger="swell")])
