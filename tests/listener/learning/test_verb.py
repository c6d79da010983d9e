"""`listener learn` as people type it: what it says, what it leaves behind, and that it may be stopped."""

import json
import signal
import subprocess
from pathlib import Path

import click
import pytest

from listener.cli import cli
from listener.learning import LearnError
from listener.store import models
from tests.kit import BRAND, HOUR, NOON, an_intake, imported, opened, settings
from tests.listener.learning.test_learn import rows
from tests.running import ROOT, command, until

CONFIG = '[listener]\ndatabase = "listener.db"\n' + BRAND


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "config.toml").write_text(CONFIG)
    return tmp_path


def taught(folder, made):
    store = opened(folder)
    imported(store, an_intake(store, settings(folder, BRAND)), made, NOON + HOUR, folder / "rows.ndjson")
    return store


@pytest.fixture
def told(folder, capsys):
    """Run the verb in this process; return its status and what it said."""

    def asked(*arguments):
        capsys.readouterr()
        try:
            status = cli.main(["--config", str(folder / "config.toml"), *arguments], standalone_mode=False)
        except (LearnError, click.UsageError) as error:
            return 2, str(error)
        return status, capsys.readouterr().out

    return asked


def test_it_learns_lists_its_versions_and_goes_back(folder, told):
    taught(folder, rows(90)).close()
    status, said = told("learn", "--json")
    outcome = json.loads(said)
    assert (status, outcome["version"], outcome["promoted"]) == (0, 1, True)
    (english,) = outcome["languages"]
    assert english["candidate"]["macro_f1"] > english["base"]["macro_f1"]
    assert english["because"] == "better on the labels that were held back"
    (folder / "texts").write_text("the box was glorpy, vrantig and mubbled\n")
    assert json.loads(told("score", str(folder / "texts"), "--json")[1])["label"] == "negative"
    assert "learned of 'glorpy': negative +" in told("why", "the box was glorpy, vrantig and mubbled")[1]
    listed = json.loads(told("learn", "--versions", "--json")[1])
    assert (listed["version"], listed["state"], listed["in_force"]) == (1, "promoted", True)
    assert listed["won"] == ["en"]
    assert told("learn", "--rollback") == (0, "no learned version is in force: the lexicon alone reads\n")
    assert told("learn", "--rollback") == (
        2,
        "no learned version is in force, so there is none to go back from",
    )
    assert told("learn", "--rollback", "1", "--json") == (0, '{"in_force": 1}\n')


def test_without_labels_it_says_how_to_come_by_some(told):
    status, said = told("learn")
    assert status == 1 and "nobody has labelled anything" in said
    assert told("learn", "--versions") == (0, "no version was made yet\n")


def test_too_few_labels_are_told_as_a_sentence(folder, told):
    taught(folder, rows(30)).close()
    status, said = told("learn", "--dry-run")
    assert status == 1 and "en: 30 labels" in said and "too few labels: 20 more are needed" in said


def test_two_wishes_at_once_are_refused(told):
    status, said = told("learn", "--dry-run", "--rollback", "0")
    assert status == 2 and "exclude each other" in said


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="sees by /proc that the training began")
@pytest.mark.parametrize(("how", "status"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)])
def test_stopped_while_it_learns_the_version_in_force_stays(folder, how, status):
    store = taught(folder, rows(400))
    with store.write() as db:
        models.add(db, NOON, models.PROMOTED, 60, {}, b"the one before")
    learning = subprocess.Popen(
        command(folder, "learn"), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    maps = Path(f"/proc/{learning.pid}/maps")
    until(lambda: "sklearn" in maps.read_text() or learning.poll() is not None, what="the training")
    learning.send_signal(how)
    _, said = learning.communicate(timeout=60)
    assert learning.returncode == status and b"Traceback" not in said
    with store.read() as db:
        assert [(one.version, one.state) for one in models.listing(db)] == [(1, "promoted")]
    store.close()
