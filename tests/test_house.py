"""The rules of the house that no linter knows."""

import ast
import dataclasses
import re
import tomllib
from pathlib import Path

import pytest

import connectors
import rules.triggers
from listener.cli import cli
from rules import playbook

ROOT = Path(__file__).parent.parent
CLOCKS = {"now", "utcnow", "today", "time", "monotonic", "perf_counter"}
OWNED = ("listener/store/",)
# Who may ask what time it really is: clocks, waiting on the network or a terminal, and the daemon's threads.
WAITS = (
    "clock.py",
    "daemon.py",
    "upkeep.py",
    "hearing/",
    "slack/",
    "notify/",
    "cli/",
    "demo/",
    "charts/",
    "web/",
)


def sources(*folders):
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def named(path):
    return str(path.relative_to(ROOT))


def calls(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr


@pytest.mark.parametrize("kind", connectors.kinds())
def test_every_connector_keeps_the_contract(kind):
    connector = connectors.load(kind)
    assert dataclasses.is_dataclass(connector.Options)
    assert connector.Options.__dataclass_params__.frozen
    assert callable(connector.fetch)
    assert (ROOT / f"tests/connectors/test_{kind}.py").exists()


@pytest.mark.parametrize("kind", rules.triggers.kinds())
def test_every_trigger_keeps_the_contract(kind):
    trigger = rules.triggers.load(kind)
    assert trigger.Options() == trigger.Options(), "a trigger works without options"
    assert callable(trigger.judge)
    assert callable(trigger.again)
    assert (ROOT / f"tests/rules/triggers/test_{kind}.py").exists()


@pytest.mark.parametrize("path", sources("rules"), ids=named)
def test_rules_never_ask_the_time(path):
    assert not CLOCKS & set(calls(path))


@pytest.mark.parametrize("path", sources("listener"), ids=named)
def test_stages_are_handed_the_time(path):
    if not any(part in named(path) for part in WAITS):
        assert not {"now", "utcnow", "today", "monotonic"} & set(calls(path))


@pytest.mark.parametrize("path", sources("listener"), ids=named)
def test_sql_stands_in_the_store_only(path):
    if not named(path).startswith(OWNED):
        assert not {"execute", "executemany", "executescript"} & set(calls(path))


@pytest.mark.parametrize("path", sources("listener", "connectors", "rules"), ids=named)
def test_feedparser_is_handed_bytes_in_a_stream_and_nothing_else(path):
    text = path.read_text(encoding="utf-8")
    for call in re.findall(r"feedparser\.parse\(([^)]*)", text):
        assert "BytesIO" in call, "a str or bytes may be taken for an address or a path"


@pytest.mark.parametrize("path", sources("listener", "connectors", "rules"), ids=named)
def test_every_room_says_what_it_is_for(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), "a module begins with a docstring"


def test_readme_names_every_verb_every_kind_and_every_table():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    verbs = [name for name in cli.commands if f"`{name}" not in readme and f"listener {name}" not in readme]
    kinds = [kind for kind in connectors.kinds() if f"`{kind}`" not in readme]
    tables = [name for name in tomllib.loads((ROOT / "config.toml").read_text()) if f"[{name}]" not in readme]
    assert (verbs, kinds, tables) == ([], [], [])


def test_the_standard_playbook_begins_with_the_spokesperson():
    assert playbook.STANDARD.ladder[0].tell == "spokesperson"
    assert playbook.from_json(playbook.to_json(playbook.STANDARD)) == playbook.STANDARD


def test_lock_files_name_no_address():
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        assert "--hash=sha256:" in text
