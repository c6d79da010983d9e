"""The sentences of the source, and the translations that still lack one of them."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment

HERE = Path(__file__).parent
TRUNK = HERE.parent
PAGES = (".html", ".txt", ".jinja")
# How many of a call's arguments are text, and whether the first of them is a context.
CALLS = {"_": (1, False), "gettext": (1, False), "ngettext": (2, False)}
CALLS |= {"pgettext": (2, True), "npgettext": (3, True)}
NOISE = ("Report-Msgid", "POT-Creation", "PO-Revision", "Last-Translator", "Language-Team", "Generated-By")
Found = tuple[str | tuple[str, ...], str | None]


def sentences(trunk: Path = TRUNK) -> Catalog:
    """Return every sentence that a stage, a page or a mail says.

    Raises ValueError where a sentence is made up at run time: nobody could translate it.
    """
    catalog = Catalog(project="listener", charset="utf-8", fuzzy=False)
    for path in sorted(trunk.rglob("*")):
        place = path.relative_to(trunk.parent).as_posix()
        for text, context in _found(path):
            flags = ("python-format",) if "%(" in "".join(text) else ()
            catalog.add(text, context=context, locations=[(place, 0)], flags=flags)
    return catalog


def _found(path: Path) -> Iterator[Found]:
    if path.suffix == ".py":
        yield from _in_code(path)
    elif path.suffix in PAGES:
        yield from _in_page(path)


def _in_code(path: Path) -> Iterator[Found]:
    # Babel's own reader goes by tokens, and before Python 3.12 those do not show what stands in an f-string.
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name not in CALLS:
            continue
        count, has_context = CALLS[name]
        texts = [
            a.value for a in node.args[:count] if isinstance(a, ast.Constant) and isinstance(a.value, str)
        ]
        if len(texts) < count:
            raise ValueError(f"{path.name}:{node.lineno}: {name}() without a text that stands there")
        yield _entry(tuple(texts[has_context:]), texts[0] if has_context else None)


def _in_page(path: Path) -> Iterator[Found]:
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True, trim_blocks=True)
    environment.newstyle_gettext = True  # type: ignore[attr-defined]
    found = environment.extract_translations(path.read_text(encoding="utf-8"))  # type: ignore[attr-defined]
    for line, name, text in found:
        texts = text if isinstance(text, tuple) else (text,)
        count, has_context = CALLS[name]
        told = tuple(part for part in texts[:count] if isinstance(part, str))
        if len(told) < count:
            raise ValueError(f"{path.name}:{line}: {name}() without a text that stands there")
        yield _entry(told[has_context:], told[0] if has_context else None)


def _entry(texts: tuple[str, ...], context: str | None) -> Found:
    return (texts if len(texts) > 1 else texts[0]), context


def problems(said: Catalog, translated: Catalog) -> list[str]:
    """Return what a translation lacks or says wrongly, one line each."""
    lines = []
    for message in said:
        if not message.id:
            continue
        own = translated.get(message.id, message.context)
        if own is None:
            lines.append(f"no translation: {message.id!r}")
            continue
        lines += [f"{fault}: {message.id!r}" for fault in _faults(own, translated)]
    unsaid = [own for own in translated if own.id and said.get(own.id, own.context) is None]
    return lines + [f"nobody says this: {own.id!r}" for own in unsaid]


def _faults(own: Message, translated: Catalog) -> Iterator[str]:
    said = own.string if isinstance(own.string, tuple | list) else (own.string,)
    forms = [form or "" for form in said]
    if own.fuzzy:
        yield "fuzzy"
    if isinstance(own.id, tuple | list) and len(forms) != translated.num_plurals:
        yield f"{len(forms)} plural forms of {translated.num_plurals}"
    if not all(forms):
        yield "empty"
        return
    ids = own.id if isinstance(own.id, tuple | list) else (own.id,)
    agreed = [_placeholders(text) for text in ids]
    for form in forms:
        if _placeholders(form) not in agreed:
            yield f"other placeholders in {form!r}"


def _placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"%(?!%)(?:\(\w+\))?.?", text.replace("%%", "")))


def translations(path: Path) -> Catalog:
    """Return what stands in a .po file, named after its language."""
    return read_po(io.BytesIO(path.read_bytes()), locale=path.stem)


def bring_up_to_date(path: Path) -> list[str]:
    """Add what the file lacks, drop what nobody says any more; return what is left to translate."""
    translated, said = translations(path), sentences()
    translated.update(said, no_fuzzy_matching=True, update_header_comment=False)
    translated.obsolete.clear()
    written = io.BytesIO()
    write_po(written, translated, width=108, no_location=True, sort_output=True, ignore_obsolete=True)
    lines = written.getvalue().decode().lstrip().splitlines(keepends=True)
    # The header's dates and empty names would change with every update.
    path.write_text("".join(line for line in lines if not line[1:].startswith(NOISE)), encoding="utf-8")
    return problems(said, translated)
