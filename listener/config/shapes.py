"""One table against the type that describes it: a pydantic model, or the Options of a plug-in."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel, SecretStr, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from listener.config.problems import Complaints, Path, nearest, suggestion
from listener.config.values import duration, web_address

_RIGHT = {
    "bool": "true or false",
    "string": "a text in quotes",
    "path": "a text in quotes",
    "int": "a whole number",
    "float": "a number",
    "tuple": 'a list such as ["one", "two"]',
    "list": 'a list such as ["one", "two"]',
    "dict": "a table",
    "model": "a table such as { key = value }",
    "finite": "a finite number",
}
_BOUNDS = {
    "greater_than": ("above", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("below", "lt"),
    "less_than_equal": ("at most", "le"),
}


def keys(kind: Any) -> Mapping[str, Any]:
    """Return the keys that a table of this type may have, as they are written, with their types.

    A field of type Any is none of them: the options of a plug-in come from other keys.
    """
    return _keys(kind)


@cache
def _keys(kind: Any) -> Mapping[str, Any]:
    if issubclass(kind, BaseModel):
        fields = kind.model_fields.items()
        return {
            field.alias or name: field.annotation for name, field in fields if field.annotation is not Any
        }
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind) if field.init}


def refuse_unknown(path: Path, given: Mapping[str, Any], known: list[str], complaints: Complaints) -> None:
    """Complain of every key that nobody knows, and name the one that was probably meant."""
    for key in given:
        if key not in known:
            complaints.add((*path, key), "an unknown key", _unquoted(suggestion(key, known)))


def validated(kind: Any, path: Path, given: Mapping[str, Any], complaints: Complaints) -> Any:
    """Return the table as a value of `kind`; None where something in it is wrong.

    Keys that `kind` does not know are left out: who calls has refused them.
    """
    known = keys(kind)
    values = {key: value for key, value in given.items() if key in known}
    fitting = _finite(path, values, complaints)
    if not issubclass(kind, BaseModel):
        fitting = _plain_read(path, fitting, known, complaints)
    try:
        value = _adapter(kind).validate_python(fitting)
    except ValidationError as error:
        details = error.errors(include_url=False)
        meant: set[Path] = {(key,) for key in values}
        meant |= {_meant(kind, (key,)) for key in given if key not in known}
        meant |= {_meant(kind, detail["loc"]) for detail in details if detail["type"] == "extra_forbidden"}
        for detail in details:
            if not (detail["type"] == "missing" and detail["loc"] in meant):
                _explain(kind, path, detail, complaints)
        return None
    return value if len(fitting) == len(values) else None


# Making one takes a hundred times as long as a table of it.
@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _finite(path: Path, values: Mapping[str, Any], complaints: Complaints) -> dict[str, Any]:
    """Leave out the numbers that are none."""
    fitting = {}
    for key, value in values.items():
        if isinstance(value, float) and not math.isfinite(value):
            complaints.add((*path, key), str(value), "a finite number")
        else:
            fitting[key] = value
    return fitting


def _plain_read(
    path: Path, values: Mapping[str, Any], known: Mapping[str, Any], complaints: Complaints
) -> dict[str, Any]:
    """Read durations and look at addresses among plain values; leave out what is wrong."""
    fitting = dict(values)
    for key, value in values.items():
        try:
            if timedelta in _types(known[key]):
                fitting[key] = duration(value)
            elif value and isinstance(value, str) and (key == "url" or key.endswith("_url")):
                web_address(value)
            elif isinstance(value, bool) and bool not in _types(known[key]):
                raise ValueError("a number")
        except ValueError as error:
            complaints.add((*path, key), complaints.found_at((*path, key)), str(error))
            del fitting[key]
    return fitting


def _meant(kind: type[Any], place: Path) -> Path:
    near = nearest(place[-1], keys(_innermost(kind, place[:-1])))
    return (*place[:-1], near or "")


def _explain(kind: type[Any], path: Path, detail: ErrorDetails, complaints: Complaints) -> None:
    """Turn what pydantic says into what a person can act on."""
    place = tuple(part for part in detail["loc"] if part != "[key]")
    where = (*path, *place)
    code = detail["type"]
    if code == "value_error" and not place:
        # A sentence about the whole table may rest on a value that is not there.
        if not complaints.has_unresolved(path) and not complaints.has_said(path):
            complaints.add(path, "", str(detail["ctx"]["error"]))
    elif code == "missing":
        complaints.add(where, "nothing", _description(kind, place))
    elif code == "extra_forbidden":
        known = list(keys(_innermost(kind, place[:-1])))
        complaints.add(where, "an unknown key", _unquoted(suggestion(place[-1], known)))
    else:
        found = complaints.found_at(where, _is_secret(kind, place))
        complaints.add(where, found, _right(detail))


def _right(detail: ErrorDetails) -> str:
    code, context = detail["type"], detail.get("ctx", {})
    if code == "value_error":
        return str(context["error"])
    if code == "literal_error":
        options = re.findall(r"'([^']*)'", context["expected"])
        near = nearest(detail["input"], options) if isinstance(detail["input"], str) else None
        return f'"{near}"' if near else "one of " + ", ".join(option for option in options if option)
    if code in _BOUNDS:
        word, name = _BOUNDS[code]
        return f"a number {word} {context[name]:g}"
    if code in ("too_short", "string_too_short"):
        return "something: it may not be empty"
    return _RIGHT.get(code.split("_")[0], detail["msg"][:1].lower() + detail["msg"][1:])


def _description(kind: type[Any], place: Path) -> str:
    owner = _innermost(kind, place[:-1])
    if issubclass(owner, BaseModel):
        for name, field in owner.model_fields.items():
            if place[-1] in (name, field.alias) and field.description:
                return field.description
    return "a value: this key must be given"


def _is_secret(kind: type[Any], place: Path) -> bool:
    return bool(place) and SecretStr in _types(keys(kind).get(str(place[0])))


def _innermost(kind: type[Any], place: Path) -> type[Any]:
    """Return the type of the table that lies at `place` inside a table of type `kind`."""
    for part in place:
        inside = keys(kind).get(str(part))
        tables = [found for found in _types(inside) if dataclasses.is_dataclass(found) or _is_model(found)]
        kind = tables[0] if tables else kind
    return kind


def _types(annotation: Any) -> Iterator[type[Any]]:
    """Walk through an annotation: `tuple[Step, ...] | None` holds Step and None."""
    if isinstance(annotation, type):
        yield annotation
    for inside in get_args(annotation):
        yield from _types(inside)


def _is_model(found: type[Any]) -> bool:
    return issubclass(found, BaseModel)


def _unquoted(suggested: str) -> str:
    return suggested.strip('"')
