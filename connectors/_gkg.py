"""Files of GDELT's Global Knowledge Graph 2.1: a zip in, the articles that name certain words out.

Format: http://data.gdeltproject.org/documentation/GDELT-Global_Knowledge_Graph_Codebook-V2.1.pdf.
A line is an article: 27 fields, tab separated, no text of the article among them, only its
address, what it names, and in the last field its title. The zip is undone piece by piece and
never held whole; its own checksum says whether it is.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from connectors._contract import Mention, SourceGarbled
from connectors._shapes import identity
from connectors._text import link, plain

MOST_BYTES = 200_000_000  # unzipped; the largest of 2026 have about 60 MB
LONGEST_LINE = 4_000_000
PIECE = 1 << 18
FIELDS = 27
LANGUAGES = {
    "pol": "pl", "deu": "de", "fra": "fr", "spa": "es", "ita": "it", "por": "pt", "nld": "nl", "ces": "cs",
    "slk": "sk", "ukr": "uk", "rus": "ru", "lit": "lt", "hun": "hu", "ron": "ro", "swe": "sv", "dan": "da",
    "nor": "no", "fin": "fi", "tur": "tr", "ell": "el", "bul": "bg", "hrv": "hr", "srp": "sr",
}  # fmt: skip

_DATE, _KIND, _ADDRESS, _ORGANIZATIONS, _NAMES, _TRANSLATED, _EXTRAS = 1, 2, 4, 14, 23, 25, 26
_HEAD = struct.Struct("<4s5H3L2H")
_TITLE = re.compile(r"<PAGE_TITLE>(.*?)</PAGE_TITLE>", re.S)
_EXACT = re.compile(r"<PAGE_PRECISEPUBTIMESTAMP>(\d{14})</PAGE_PRECISEPUBTIMESTAMP>")
_SPOKEN = re.compile(r"srclc:([a-z]{3})")
_LONGEST_AGO = 7 * 86_400


def articles(pieces: tuple[bytes, ...], words: tuple[str, ...]) -> tuple[tuple[Mention, ...], int]:
    """Return the articles of a zip, handed over in pieces, that name any of the words (in small
    letters), and how many lines could not be read.

    For a Call: a file takes some tenths of a second. Raises SourceGarbled for what is no whole zip.
    """
    found: dict[str, Mention] = {}
    spoiled = 0
    for line in _lines(_unzipped(b"".join(pieces))):
        fields = line.split("\t")
        if len(fields) < FIELDS:
            spoiled += 1
            continue
        if fields[_KIND] != "1":  # not from the web: broadcasts and journals have no address
            continue
        title = _title(fields[_EXTRAS])
        named = _named(title, fields, words)
        if named is None:
            continue
        mention = _mention(fields, title, named)
        if mention is None:
            spoiled += 1
        else:
            found[mention.id] = mention
    return tuple(found.values()), spoiled


def slot(digits: str) -> datetime | None:
    """Return the moment that fourteen digits name, None where they name none."""
    try:
        return datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _title(extras: str) -> str:
    found = _TITLE.search(extras)
    return plain(found[1], 1_000) if found else ""


def _named(title: str, fields: list[str], words: tuple[str, ...]) -> str | None:
    """Return the names in the article that a word is part of, "" where the title has it; None for neither."""
    small = title.lower()
    if any(word in small for word in words):
        return ""
    names = f"{fields[_ORGANIZATIONS]};{fields[_NAMES]}"
    small = names.lower()
    if not any(word in small for word in words):
        return None
    # "Name,offset;Name,offset": the offset is where in the article it stands.
    each = dict.fromkeys(name.rpartition(",")[0] for name in names.split(";"))
    matching = (name for name in each if any(word in name.lower() for word in words))
    return plain(", ".join(matching), 500) or None


def _mention(fields: list[str], title: str, named: str) -> Mention | None:
    url, at = link(fields[_ADDRESS]), slot(fields[_DATE])
    if not url or at is None:
        return None
    exact = _EXACT.search(fields[_EXTRAS])
    published = slot(exact[1]) if exact else None
    if published is not None and 0 <= (at - published).total_seconds() <= _LONGEST_AGO:
        at = published
    spoken = _SPOKEN.search(fields[_TRANSLATED])
    language = LANGUAGES.get(spoken[1], "") if spoken else "en"
    return Mention(identity(url), url, "", named, at, title, language=language)


def _lines(pieces: Iterable[bytes]) -> Iterator[str]:
    """Yield whole lines; of one beyond all bounds only what nobody can read."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            if line := line.rstrip(b"\r"):
                yield line.decode("utf-8", "replace")
        if len(rest) > LONGEST_LINE:
            rest = b"?"
    if rest.strip():
        yield rest.rstrip(b"\r").decode("utf-8", "replace")


def _unzipped(body: bytes) -> Iterator[bytes]:
    """Yield what the first file of a zip holds, and raise SourceGarbled where it is not whole."""
    if body[:4] == b"PK\5\6":
        return  # an empty one
    if len(body) < _HEAD.size or body[:4] != b"PK\3\4":
        raise SourceGarbled("this is no zip")
    _, _, flags, method, _, _, checksum, size, _, name, extra = _HEAD.unpack_from(body)
    start = _HEAD.size + name + extra
    if method == 0 and not flags & 9:
        yield from _checked((body[start : start + size],), checksum)
    elif method == 8 and not flags & 1:
        yield from _inflated(memoryview(body)[start:], None if flags & 8 else checksum)
    else:
        raise SourceGarbled("a zip of a kind that is not used here")


def _inflated(packed: memoryview, checksum: int | None) -> Iterator[bytes]:
    inflater, total, seen, place = zlib.decompressobj(-15), 0, 0, 0
    try:
        for place in range(0, len(packed), PIECE):
            waiting = bytes(packed[place : place + PIECE])
            while waiting and not inflater.eof:
                piece = inflater.decompress(waiting, PIECE)
                waiting = inflater.unconsumed_tail
                total += len(piece)
                if total > MOST_BYTES:
                    raise SourceGarbled(f"the zip holds more than {MOST_BYTES // 1_000_000} MB")
                seen = zlib.crc32(piece, seen)
                yield piece
            if inflater.eof:
                break
        # What is left inside comes out without any new input.
        while not inflater.eof and (piece := inflater.decompress(b"", PIECE)):
            seen = zlib.crc32(piece, seen)
            yield piece
    except zlib.error as error:
        raise SourceGarbled(f"the zip is damaged: {error}") from error
    if not inflater.eof:
        raise SourceGarbled("the zip ends in the middle")
    if checksum is None:
        tail = inflater.unused_data + bytes(packed[place + PIECE : place + PIECE + 16])
        checksum = int.from_bytes(tail.removeprefix(b"PK\7\x08")[:4], "little")
    if seen != checksum:
        raise SourceGarbled("the zip is damaged: its checksum is another")


def _checked(pieces: tuple[bytes, ...], checksum: int) -> Iterator[bytes]:
    seen = 0
    for piece in pieces:
        seen = zlib.crc32(piece, seen)
        yield piece
    if seen != checksum:
        raise SourceGarbled("the zip is damaged: its checksum is another")
