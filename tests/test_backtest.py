"""`backtest` and `scorecard` as a person runs them: over what is stored, over a file, beside another file."""

import csv
import hashlib
import json
import os
import signal
import subprocess
from datetime import UTC, datetime, timedelta

import click
import pytest

from listener.cli import cli
from listener.config import ConfigError
from tests.kit import BRAND, DAY, SOURCE, an_intake, imported, opened, settings
from tests.running import Daemon, command, rows, until

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
FIRST, SPIKED = NOW - 12 * DAY, NOW - 2 * DAY
HEAD = '[listener]\ndatabase = "listener.db"\ndashboard = "127.0.0.1:0"\n'
ABOUT = HEAD + BRAND
RECALLS = '[[rule]]\nname = "recalls"\ntrigger = "threshold"\nquery = "recall"\ncount = 5\n'


def past():
    """Return rows of an import: calm days, and a storm about a recall."""
    calm = [(FIRST + n * timedelta(minutes=53), f"Acme opens shop {n}", f"shopper {n}") for n in range(270)]
    storm = [
        (SPIKED + timedelta(seconds=5 * n), f"Acme recall, oil leaks {n}", f"buyer {n}") for n in range(40)
    ]
    return [
        {"id": f"{n}", "published_at": at.isoformat(), "text": words, "author": author}
        for n, (at, words, author) in enumerate(calm + storm)
    ]


def write(path, made):
    if path.suffix == ".csv":
        with path.open("w", newline="") as file:
            out = csv.DictWriter(file, list(made[0]))
            out.writeheader()
            out.writerows(made)
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in made))


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "config.toml").write_text(ABOUT)
    write(tmp_path / "past.ndjson", past())
    return tmp_path


@pytest.fixture
def stored(folder):
    store = opened(folder)
    imported(store, an_intake(store, settings(folder, BRAND)), past(), NOW, folder / "past.ndjson")
    store.close()
    return folder


@pytest.fixture
def run(capsys):
    """Return a function that runs a verb in this process: its status, what it said, and its complaints."""

    def ran(folder, *arguments):
        capsys.readouterr()
        try:
            status = cli.main(
                ["--config", str(folder / "config.toml"), *map(str, arguments)], standalone_mode=False
            )
        except (click.UsageError, ConfigError) as refused:
            return 2, "", str(refused)
        return status, *capsys.readouterr()

    return ran


@pytest.fixture
def told(run):
    """Return a function that runs a verb with --json: its objects."""
    return lambda folder, *arguments: [
        json.loads(line) for line in run(folder, *arguments, "--json")[1].splitlines()
    ]


def bytes_of(folder):
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.glob("listener.db*")
        if path.stat().st_size and not path.name.endswith("-shm")
    }


def of(kind, found):
    return [row for row in found if row["kind"] == kind]


def test_incidents_come_first_and_scorecards_after_them_and_the_database_is_left_as_it_was(stored):
    before = bytes_of(stored)
    found = rows(stored, "backtest", "--scorecard")
    assert bytes_of(stored) == before
    kinds = [row["kind"] for row in found]
    assert kinds == sorted(kinds, key=["incident", "scorecard"].index) and kinds[0] == "incident"
    (one,) = of("incident", found)
    assert (one["brand"], one["rule"], one["findings"] > 1) == ("Acme", "angry burst", True)
    assert one["opened_at"].startswith(f"{SPIKED:%Y-%m-%dT%H}")
    card = next(card for card in of("scorecard", found) if card["scorecard"] == "angry burst")
    assert card["opened"] == 1 and card["precision"] is None


@pytest.mark.parametrize("name", ["past.csv", "past.ndjson"])
def test_a_file_opens_what_it_would_open_once_imported(told, stored, name):
    write(stored / name, past())
    before = bytes_of(stored)
    direct = told(stored, "backtest", str(stored / name))
    assert bytes_of(stored) == before
    assert direct == of("incident", direct) == told(stored, "backtest")


def test_a_file_needs_no_database_and_makes_none(told, folder):
    assert of("incident", told(folder, "backtest", str(folder / "past.ndjson")))
    assert told(folder, "backtest") == []
    assert not list(folder.glob("listener.db*"))


def test_rows_that_cannot_be_read_are_named_and_the_rest_is_replayed(run, folder):
    made = past()
    made[3]["published_at"] = "yesterday"
    write(folder / "past.csv", made)
    status, said, complaints = run(folder, "backtest", folder / "past.csv", "--json")
    assert status == 0 and "past.csv:5: " in complaints
    assert '"kind": "incident"' in said


def test_a_rule_nobody_counted_yet_is_judged_on_a_copy(run, stored):
    (stored / "config.toml").write_text(ABOUT + RECALLS)
    before = bytes_of(stored)
    _, said, complaints = run(stored, "backtest", "--json")
    assert bytes_of(stored) == before
    assert "rule:recalls" in complaints and "copy" in complaints
    (one,) = of("incident", map(json.loads, said.splitlines()))
    assert (one["rule"], one["observed"]) == ("recalls", 12)


def test_another_configuration_is_set_beside_this_one(told, stored):
    (stored / "other.toml").write_text(ABOUT + RECALLS + "[[rule]]\nname = 'deaf'\nz = 900\n")
    before = bytes_of(stored)
    found = told(stored, "backtest", "--compare", stored / "other.toml")
    assert bytes_of(stored) == before
    (both,) = of("compared", found)
    assert (both["opened_in"], both["rule"], both["other_rule"]) == ("both", "angry burst", "recalls")
    (balance,) = of("comparison", found)
    assert (balance["both"], balance["gained"], balance["lost"]) == (1, 0, 0)
    assert balance["minutes_later"] == both["minutes_later"] <= 0


def test_what_a_past_cannot_tell_is_said(run, stored):
    (stored / "other.toml").write_text(HEAD + '[[brand]]\nname = "Acme"\nquery = "acme AND NOT shop"\n')
    status, _, complaints = run(stored, "backtest", "--compare", stored / "other.toml")
    assert status == 0 and "the query of 'Acme' differs" in complaints
    (stored / "other.toml").write_text("[listener]\n")
    assert run(stored, "backtest", "--compare", stored / "other.toml")[0] == 2


def test_brands_rules_and_times_narrow_what_is_replayed(run, told, stored):
    assert not of(
        "incident", told(stored, "backtest", "--rule", "angry burst", "--until", f"{SPIKED:%Y-%m-%d}")
    )
    assert not of("incident", told(stored, "backtest", "--since", f"{NOW - DAY:%Y-%m-%dT%H:%M}"))
    assert len(of("incident", told(stored, "backtest", "--brand", "Acme", "--rule", "surge"))) == 1
    status, _, complaints = run(stored, "backtest", "--rule", "surges")
    assert status == 2 and "no rule 'surges'; there are: angry burst, slow burn, surge" in complaints
    assert run(stored, "backtest", "--brand", "Bolt")[0] == 2
    status, _, complaints = run(stored, "backtest", "--since", "2026-03-02", "--until", "2026-03-01")
    assert status == 2 and "--since 2026-03-02 does not lie before --until 2026-03-01" in complaints


def test_incidents_can_be_written_to_a_file(run, told, stored):
    found = of("incident", told(stored, "backtest", "--out", str(stored / "out.json")))
    assert [json.loads(line) for line in (stored / "out.json").read_text().splitlines()] == found
    assert run(stored, "backtest", "--out", stored / "out.csv")[0] == 0
    (row,) = csv.DictReader((stored / "out.csv").open())
    assert (row["kind"], row["brand"], row["opened_at"]) == ("incident", "Acme", found[0]["opened_at"])
    assert run(stored, "backtest", "--out", stored / "out.xls")[0] == 2
    (stored / "counts.csv").write_text("timestamp,value\n2026-03-01 00:00:00,1\n2026-03-01 00:05:00,2\n")
    nowhere = stored / "nowhere" / "out.csv"
    for what in ((), ("--counts", stored / "counts.csv"), ("--compare", stored / "config.toml")):
        status, _, complaints = run(stored, "backtest", *what, "--out", nowhere)
        assert status == 2 and f"{nowhere} cannot be written" in complaints


def test_what_a_comparison_found_can_be_written_to_a_file(told, run, stored):
    asked = ("backtest", "--compare", stored / "config.toml", "--out")
    found = of("compared", told(stored, *asked, stored / "out.json"))
    assert [json.loads(line) for line in (stored / "out.json").read_text().splitlines()] == found
    assert run(stored, *asked, stored / "out.csv")[0] == 0
    (row,) = csv.DictReader((stored / "out.csv").open())
    assert (row["opened_in"], row["other_rule"]) == ("both", found[0]["other_rule"])


def test_people_read_tables(run, stored):
    _, said, _ = run(stored, "backtest")
    assert "opened at" in said and "scorecard" in said and "precision" in said
    _, said, _ = run(stored, "scorecard")
    assert "surge" in said and "precision" in said


def test_the_record_of_a_rule_is_told(told, stored):
    found = told(stored, "scorecard")
    assert [row["scorecard"] for row in found] == ["surge", "angry burst", "slow burn", None]
    assert {row["kind"] for row in found} == {"scorecard"}
    assert all(row["opened"] == 0 and row["precision"] is None for row in found)


def test_a_backtest_goes_on_beside_a_daemon(told, stored):
    (stored / "config.toml").write_text(ABOUT + SOURCE)
    with Daemon(stored) as daemon:
        until(lambda: "listening" in daemon.log, what="the daemon")
        assert len(of("incident", told(stored, "backtest"))) == 1
        assert daemon.process.poll() is None


def test_a_backtest_that_is_stopped_leaves_nothing_behind(folder, tmp_path):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (folder / "config.toml").write_text(ABOUT)
    write(folder / "long.csv", [{**row, "id": f"{n} {row['id']}"} for n in range(40) for row in past()])
    process = subprocess.Popen(
        command(folder, "backtest", str(folder / "long.csv")),
        env={**os.environ, "TMPDIR": str(scratch)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until(lambda: list(scratch.glob("listener-*/past.db")), what="the scratch store")
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=30)
    assert process.returncode == 130 and error.strip().endswith("stopped")
    assert not list(scratch.iterdir())
