"""`${env:NAME}` and `${file:PATH}`: what must not stand in the file is put in from outside."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any

from listener.config.problems import Complaints, Path, shown

LARGEST_FILE_BYTES = 64 * 1024
_REFERENCE = re.compile(r"\$\{([^}]*)\}")
# Shorter than this, a value would be found by chance in many a sentence.
_SHORTEST_HIDDEN = 4


class Unresolved(Exception):
    """A reference that leads nowhere: what was found, and what would be right."""

    def __init__(self, found: str, right: str) -> None:
        super().__init__(found)
        self.found, self.right = found, right


def interpolated(written: Any, env: Mapping[str, str], base: FilePath, complaints: Complaints) -> Any:
    """Return the document with every reference in a text replaced; what fails is complained of."""
    return _walk(written, (), env, base, complaints)


def _walk(value: Any, path: Path, env: Mapping[str, str], base: FilePath, complaints: Complaints) -> Any:
    if isinstance(value, dict):
        return {key: _walk(item, (*path, key), env, base, complaints) for key, item in value.items()}
    if isinstance(value, list):
        return [_walk(item, (*path, number), env, base, complaints) for number, item in enumerate(value)]
    if not isinstance(value, str) or "${" not in value:
        return value
    try:
        return _REFERENCE.sub(lambda found: _resolved(found, env, base, complaints), value)
    except Unresolved as gap:
        complaints.add_unresolved(path, gap.found, gap.right)
        return value


def _resolved(found: re.Match[str], env: Mapping[str, str], base: FilePath, complaints: Complaints) -> str:
    kind, colon, name = found[1].partition(":")
    if not colon or not name or kind not in ("env", "file"):
        raise Unresolved(shown(found[0]), "${env:NAME} or ${file:PATH}")
    value = _from_env(name, env) if kind == "env" else _from_file(name, base)
    if len(value) >= _SHORTEST_HIDDEN:
        complaints.secrets[value] = found[0]
    return value


def _from_env(name: str, env: Mapping[str, str]) -> str:
    if not (value := env.get(name, "")):
        state = "is empty" if name in env else "is not set"
        raise Unresolved("", f"environment variable {name} {state}")
    return value


def _from_file(name: str, base: FilePath) -> str:
    path = base / name
    try:
        if not path.is_file():
            raise Unresolved(
                "", f"file {name} does not exist" if not path.exists() else f"{name} is not a file"
            )
        with path.open("rb") as file:
            body = file.read(LARGEST_FILE_BYTES + 1)
        value = body.decode().rstrip("\r\n")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not a text in UTF-8"
        raise Unresolved("", f"file {name} could not be read: {reason}") from None
    if not value or len(body) > LARGEST_FILE_BYTES:
        size = f"is larger than {LARGEST_FILE_BYTES // 1024} kB" if value else "is empty"
        raise Unresolved("", f"file {name} {size}")
    return value
