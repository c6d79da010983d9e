"""config.toml -> Settings: read, put the secrets in, validate table by table, compare, build."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import connectors
from listener.config import agreement
from listener.config.danger import SeverityTable
from listener.config.interpolation import interpolated
from listener.config.playbooks import PlaybookTable, playbook
from listener.config.problems import Complaints, ConfigError, Problem, nearest, not_toml, shown, suggestion
from listener.config.settings import (
    Brand,
    CrisisWhen,
    Digest,
    Email,
    Listener,
    Person,
    Privacy,
    ReadingTable,
    Rule,
    Settings,
    Slack,
    Source,
)
from listener.config.shapes import keys, refuse_unknown, validated
from rules import triggers
from rules.playbook import STANDARD, Playbook

LARGEST_BYTES = 16 * 1024 * 1024
SINGLE = {
    "listener": Listener,
    "slack": Slack,
    "email": Email,
    "digest": Digest,
    "privacy": Privacy,
    "reading": ReadingTable,
    "severity": SeverityTable,
}
MANY = {"brand": Brand, "source": Source, "rule": Rule, "person": Person}

Document = dict[str, Any]


def load(path: Path, env: Mapping[str, str]) -> Settings:
    """Read a configuration file; raise ConfigError with every mistake in it."""
    try:
        with path.open("rb") as file:
            body = file.read(LARGEST_BYTES + 1)
        text = body.decode("utf-8-sig")
    except FileNotFoundError as error:
        raise _unreadable(path, "there is no such file") from error
    except OSError as error:
        raise _unreadable(path, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise _unreadable(path, f"is not text in UTF-8 (byte {error.start})") from None
    if len(body) > LARGEST_BYTES:
        raise _unreadable(path, f"is larger than {LARGEST_BYTES // 1024} kB")
    return _settings(text.replace("\r\n", "\n"), path.absolute(), str(path), env)


def parse(text: str, base: Path, env: Mapping[str, str]) -> Settings:
    """Read a configuration from a text; relative paths in it begin at `base`."""
    return _settings(text, base.absolute() / "config.toml", "config.toml", env)


def _settings(text: str, path: Path, file: str, env: Mapping[str, str]) -> Settings:
    try:
        written = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise not_toml(file, text, error) from None
    _plugged.cache_clear()  # a kind may have been added since
    complaints = Complaints(file, text, written)
    document = interpolated(written, env, path.parent, complaints)
    document = _known_tables(document, complaints)
    tables = _validated(document, complaints)
    agreement.compare(document, complaints)
    if problems := complaints.problems():
        raise ConfigError(problems)
    return _built(path, tables)


def _unreadable(path: Path, why: str) -> ConfigError:
    return ConfigError((Problem("", "", "", why, None, str(path)),))


def _known_tables(document: Document, complaints: Complaints) -> Document:
    """Return the tables that have a known name and the right shape; complain of the others."""
    known: Document = {}
    names = [*SINGLE, *MANY, "playbook"]
    for name, value in document.items():
        tables = value if isinstance(value, list) else [value]
        is_tables = all(isinstance(table, dict) for table in tables)
        if name not in names:
            found = "an unknown table" if is_tables else "a key above the first table"
            near = nearest(name, names)
            right = _bracketed(near) if near else "one of " + ", ".join(map(_bracketed, names))
            complaints.add((name,), found, right)
        elif not is_tables or isinstance(value, list) != (name in MANY):
            complaints.add((name,), shown(value), f"written as {_bracketed(name)}")
        elif name == "playbook" and not all(isinstance(table, dict) for table in value.values()):
            complaints.add(
                (name,), "keys without a name for the playbook", "a table such as [playbook.standard]"
            )
        else:
            known[name] = value
    return known


def _bracketed(name: str) -> str:
    return f"[[{name}]]" if name in MANY else "[playbook.NAME]" if name == "playbook" else f"[{name}]"


def _validated(document: Document, complaints: Complaints) -> Document:
    """Return every table as its value, and under `playbook` the playbooks by name."""
    tables: Document = {}
    for name, kind in SINGLE.items():
        if name in document or name == "listener":
            tables[name] = _table(kind, (name,), document.get(name, {}), complaints)
    for name, kind in MANY.items():
        read = _READERS.get(name, _table)
        given = enumerate(document.get(name, []))
        tables[name] = tuple(read(kind, (name, number), table, complaints) for number, table in given)
    agreed = document.get("playbook", {}).items()
    tables["playbook"] = {
        name: _table(PlaybookTable, ("playbook", name), table, complaints) for name, table in agreed
    }
    return tables


def _table(kind: Any, path: Any, given: Document, complaints: Complaints) -> Any:
    refuse_unknown(path, given, list(keys(kind)), complaints)
    return validated(kind, path, given, complaints)


def _source(kind: Any, path: Any, given: Document, complaints: Complaints) -> Any:
    options = _options("kind", connectors, kind, path, given, complaints)
    source = validated(kind, path, given, complaints)
    return source and source.model_copy(update={"options": options})


def _rule(kind: Any, path: Any, given: Document, complaints: Complaints) -> Any:
    asked = {"trigger": "spike", **given}
    options = _options("trigger", triggers, kind, path, {**_preset(asked), **asked}, complaints)
    rule = validated(kind, path, given, complaints)
    return rule and rule.model_copy(update={"options": options})


def _preset(given: Document) -> Document:
    """Return what a preset sets of its trigger's options; what the table says itself goes before that."""
    name = given["trigger"]
    presets = triggers.presets(name) if isinstance(name, str) and name in triggers.kinds() else {}
    asked = given.get("preset")
    return dict(presets.get(asked, {})) if isinstance(asked, str) else {}


def _options(key: str, room: Any, kind: Any, path: Any, given: Document, complaints: Complaints) -> Any:
    """Return the Options of the plug-in that a table names; its keys are those the table has no use for."""
    name = given.get(key)
    if not isinstance(name, str):
        return None
    plugged = _plugged(room, name)
    if plugged is None:
        complaints.add((*path, key), complaints.found_at((*path, key)), suggestion(name, room.kinds()))
        return None
    options, own = plugged, keys(kind)
    refuse_unknown(path, given, [*own, *keys(options)], complaints)
    return validated(options, path, {k: v for k, v in given.items() if k not in own}, complaints)


@cache
def _plugged(room: Any, name: str) -> Any:
    """Return the Options of a kind; None where there is no such kind. Finding one reads a folder."""
    return room.load(name).Options if name in room.kinds() else None


_READERS = {"source": _source, "rule": _rule}


def _built(path: Path, tables: Document) -> Settings:
    listener: Listener = tables["listener"]
    head = {name: getattr(listener, name) for name in type(listener).model_fields if name != "database"}
    return Settings(
        path=path,
        database=path.parent / listener.database,
        **head,
        brands=tables["brand"],
        sources=tuple(_placed(source, path.parent) for source in tables["source"]),
        rules=tables["rule"] or default_rules(),
        severity=(tables.get("severity") or SeverityTable()).table(),
        people=tables["person"],
        playbooks=_playbooks(tables["playbook"]),
        slack=tables.get("slack"),
        email=tables.get("email"),
        digest=tables.get("digest") or Digest(),
        privacy=tables.get("privacy") or Privacy(),
        reading=tables.get("reading") or ReadingTable(),
    )


def _placed(source: Source, folder: Path) -> Source:
    """Let a folder that a source names begin at the configuration's own."""
    named = getattr(source.options, "path", None)
    if not isinstance(named, str):
        return source
    placed = str(folder / Path(named).expanduser())
    return source.model_copy(update={"options": dataclasses.replace(source.options, path=placed)})


def _playbooks(tables: Mapping[str, PlaybookTable]) -> dict[str, Playbook]:
    return {STANDARD.name: STANDARD} | {name: playbook(name, table) for name, table in tables.items()}


def default_rules() -> tuple[Rule, ...]:
    """Return the rules that hold where the file has none."""
    crisis = CrisisWhen(z=12.0, negative_share=0.6)
    flash, slow = triggers.load("spike").Options(), triggers.load("swell").Options()
    return (
        Rule(name="surge", on="all", crisis_when=crisis, options=flash),
        Rule(name="angry burst", on="negative", crisis_when=crisis, options=flash),
        Rule(name="slow burn", trigger="swell", on="negative", crisis_when=crisis, options=slow),
    )
