"""How Polish declines one word of a name: for each case the forms that people write.

Foreign and coined names decline by the sound of their end, and nobody knows their gender or
whether they live, so each case may have several forms: Lidla and Lidlu, Zakopanem and
Zakopanym. More is offered than grammar allows: a form nobody uses finds nothing, a missing
one is a mention unheard. What would be an everyday word of another kind is left to
`rules.lookalikes`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from rules.fold import fold

CASES = ("nominative", "genitive", "dative", "accusative", "instrumental", "locative", "vocative")
SINGULAR, PLURAL = "singular", "plural"
SLOTS = tuple((number, case) for number in (SINGULAR, PLURAL) for case in CASES)

Slot: TypeAlias = tuple[str, str]
Paradigm: TypeAlias = Mapping[Slot, tuple[str, ...]]

VOWELS = "aeiouyąęó"
_SHORTEST = 3
_LONG_STEM = 5
_LONGEST_ACRONYM = 5
_LONGEST_BARE_ACRONYM = 3

# Endings for the fourteen cases: `.` is the stem as it stands, `*` what softens before -e.
_HARD = "|a u|owi|a|em|*|*|y|ów|om|y ów|ami|ach|y"
_HARD_U = "|a u|owi|a|em|u|u|y|ów|om|y ów|ami|ach|y"
_VELAR = "|a u|owi|a|iem|u|u|i|ów|om|i ów|ami|ach|i"
_HUSHING = "|a u|owi|a|em|u|u|e|ów y|om|e ów|ami|ach|e"
_SOFTENED = "|a u|owi|a|em|u|u|e|ów i|om|e ów|ami|ach|e"
_PALATAL = "|a u .|owi .|a|em ą|u .|u .|e .|. ów|om|e . ów|ami|ach|e ."
_FEM_BARE = "|{0}|{0}||ą|{0}|{0}"
_FEM_HARD = "a|y|*|ę|ą|*||y||om|y|ami|ach|y"
_FEM_VELAR = "a|i|*|ę|ą|*||i||om|i|ami|ach|i"
_FEM_HUSHING = "a|y|y|ę|ą|y||e|y|om|e|ami|ach|e"
_FEM_SOFT = "a|i|i|ę|ą|i||e|i|om|e|ami|ach|e"
_FEM_I = "a|. i|. i|ę|ą|. i||e|. i|om|e|ami|ach|e"
_NEUTER = "o|a|u owi|o a|em|* u|o|a|ów|om|a|ami|ach|a"
_NEUTER_VELAR = "o|a|u owi|o a|iem|u|o|a|ów|om|a|ami|ach|a"
_NEUTER_E = "e|a|u owi|e|em|u|e|a|ów|om|a|ami|ach|a"
_PLURALS = "|||||||{0}|ów|om|{0}|ami|ach|{0}"
_SILENT_E = "|a ea u eu|owi eowi|a ea|em eem|u eu ie|u|i y|ów eów|om||ami|ach|"
_KEPT_E = "|ea eu|eowi|ea|em|eu"
_ADJECTIVE = {
    "y": "y|ego|emu|y ego|ym|ym|y|e|ych|ym|e ych|ymi|ych|e",
    "i": "i|iego|iemu|i iego|im|im|i|ie|ich|im|ie ich|imi|ich|ie",
    "a": "a|ej|ej|ą|ą|ej|a|e|ych|ym|e|ymi|ych|e",
    "ka": "a|iej|iej|ą|ą|iej|a|ie|ich|im|ie|imi|ich|ie",
    "e": "e|ego|emu|e|ym em|ym em|e|e|ych|ym|e|ymi|ych|e",
    "ie": "ie|iego|iemu|ie|im iem|im iem|ie|ie|ich|im|ie|imi|ich|ie",
}
_ACRONYM = "|u a|owi|a|em|ie u|ie u|y|ów|om|y|ami|ach|y"
_ACRONYM_VELAR = "|u a|owi|a|iem em|u|u|i|ów|om|i|ami|ach|i"
_BARE = "||||||||.||||"

# What a consonant becomes before the -e of the locative; the longest ending that fits counts.
_SOFT_BEFORE_E = {
    "st": "ści", "zd": "ździ", "sł": "śl", "zł": "źl", "sn": "śni", "zn": "źni", "tt": "tci", "th": "ci thci",
    "t": "ci", "d": "dzi", "rr": "rz rrz", "r": "rz", "ł": "l", "x": "ksi xi", "k": "c", "g": "dz",
    "ch": "sz", "h": "sz",
}  # fmt: skip
_HUSHED = ("cz", "sz", "rz", "dz", "dż", "c", "ż")
_PALATALS = {"ć": "ci", "ś": "si", "ń": "ni", "ź": "zi"}
_MARK_OF = {"ci": "ć", "si": "ś", "ni": "ń", "zi": "ź"}
_ADJECTIVAL_A = re.compile(
    r"(?:[sc]k|zk|[^aeiouy]n|ow|aw|on|an|iw|ł|st|[aeiouyó]ż|[sc]z|[iyę]t|wielk|dług|drog)a$"
)
_ADJECTIVAL_I = re.compile(r"(?:[sc]k|zk|[aeiou]k|lk|[aeiou]g|n|ś|c)i$")
_ADJECTIVAL_E = re.compile(r"(?:[sc]ki|zki|[^aeiouy]n|an|on|ow|aw|iw|ł|st|lki|gi)e$")
_ATTRIBUTE = re.compile(r"(?:ow|[lczjd]n|iw|aw)y$")
_FOREIGN = re.compile(
    r"[qvx]|th|ph|gh|sh|oo|ee|ou|ea|oi|ck(?!ie?$|a$)|[^aeiouy]le$|([^nzsd])\1|[sc]ky|y[pb]e"
)


def paradigm(name: str, alone: bool = True) -> Paradigm:
    """Return the forms of one word by number and case, lower case, diacritics kept.

    An adjective that stands alone is declined in all genders, beside a noun in its own.
    A word that does not decline has its one form everywhere.
    """
    word = name.casefold()
    found: dict[Slot, list[str]] = {slot: [] for slot in SLOTS}
    for stem, pattern in _patterns(name, word, alone):
        _fill(found, stem, pattern)
    # A name stands undeclined anywhere, but is shown where it belongs.
    number = PLURAL if not found[SINGULAR, "genitive"] and found[PLURAL, "genitive"] else SINGULAR
    found[number, "nominative"].insert(0, word)
    return {slot: tuple(dict.fromkeys(forms)) for slot, forms in found.items()}


def _patterns(name: str, word: str, alone: bool) -> list[tuple[str, str]]:
    """Return how a word declines: stems, each with the endings of the fourteen cases."""
    if not word.isalpha() or len(word) < _SHORTEST:
        return [(word, _ACRONYM)] if _takes_endings(word) else []
    spelled = not re.search(f"[{VOWELS}]", fold(word))
    if spelled or (name.isupper() and len(name) <= _LONGEST_ACRONYM):
        found = _acronym(word)
        if spelled or len(name) <= _LONGEST_BARE_ACRONYM:
            return found
        return found + _by_end(word, alone)
    return _by_end(word, alone)


def _by_end(word: str, alone: bool) -> list[tuple[str, str]]:
    last = word[-1]
    if last == "a":
        return _ends_in_a(word, alone)
    if last == "o":
        return _ends_in_o(word)
    if last == "e":
        return _ends_in_e(word, alone)
    if last in "iy" and word[-2] not in VOWELS:
        return _ends_in_i_or_y(word, alone)
    if last in "iy":
        return [(word, _SOFTENED)]
    if last in "éè" and len(word) >= _LONG_STEM:
        return [(word[:-1] + "e", "|go|mu|go|m|m")]
    # ü, á: such names stay as they are, and so do those in -u.
    return [] if fold(last) in "aeiou" else _masculine(word)


def _takes_endings(word: str) -> bool:
    """Tell whether endings are written on letters and digits such as 4F."""
    return len(word) > 1 and word[-1].isalpha() and any(map(str.isdigit, word)) and word[-1] not in VOWELS


def _acronym(word: str) -> list[tuple[str, str]]:
    if word[-1] == "a" and re.search("[aeiouy].*a$", word):
        return [
            (
                word[:-1],
                _FEM_VELAR if word[-2] in "kg" else _FEM_HARD if word[-2] not in VOWELS else _FEM_SOFT,
            )
        ]
    if word[-1] in VOWELS and (word[-1] != "y" or word[-2] not in VOWELS):
        return []
    stems = [(word, _ACRONYM_VELAR if word[-1] in "kg" else _ACRONYM)]
    return [*stems, (word, "|||||cie|")] if word[-1] == "t" else stems


def _masculine(word: str) -> list[tuple[str, str]]:
    found = [(_palatal(stem), _masculine_pattern(stem)) for stem in _stems(word)]
    if word.endswith("um"):
        found.append((word[:-2], "|||||||a|ów|om|a|ami|ach|a"))
    if word[-1] == "x":
        found.append((word[:-1] + "ks", "."))
    if word[-1] == "z":
        found.append((word, "|||||u|u|e|y"))
    if word[-1] == "c" and not word.endswith("ec"):
        found += [(word, "||||iem"), (word[:-1] + "k", _VELAR)]
    if re.search(r"[aeóy](?:l|j|rz|sz|cz|ż)$", word) and not _FOREIGN.search(word):
        # Nouns such as stal, kolej and twarz are feminine.
        pattern = _FEM_BARE.format("i" if word[-1] in "lj" else "y")
        found += [(stem, pattern) for stem in _stems(word)]
    return found


def _masculine_pattern(stem: str) -> str:
    if stem[-1] in _PALATALS:
        return _PALATAL
    if stem[-1] in "kg":
        return _VELAR
    if stem.endswith("h") and not stem.endswith("th"):
        return _HARD_U
    if stem.endswith(_HUSHED):
        return _HUSHING
    return _SOFTENED if stem[-1] in "lj" else _HARD


def _palatal(stem: str) -> str:
    return stem[:-1] + _PALATALS[stem[-1]] if stem[-1] in _PALATALS else stem


def _stems(word: str) -> list[str]:
    """Return the stems that hide behind the nominative: Wedel Wedl-, Kraków Krakow-, Netflix Netfliks-."""
    found = [word]
    if re.search(r"[^aeiouyąęó]i?e[kclłń]$", word):
        found.append(re.sub(r"i?e(.)$", r"\1", word))
    if re.search(r"rze[łlk]$", word):
        found.append(word[:-3] + word[-1])
    if re.search(r"[^aeiouyąęó]i?er$", word) and word.endswith(("ier", "iter", "ter")) and word[-3] != "s":
        found.append(re.sub(r"i?er$", "r", word))
    if re.search(r"ó[^aeiouyąęó]{1,2}$", word):
        found.append("o".join(word.rsplit("ó", 1)))
    if re.search(r"ą[bdzż]$", word):
        found.append("ę".join(word.rsplit("ą", 1)))
    if word[-1] == "x":
        found.append(word[:-1] + "ks")
    return found


def _ends_in_a(word: str, alone: bool) -> list[tuple[str, str]]:
    stem = word[:-1]
    found = [(stem, _feminine_pattern(stem))]
    if not alone or len(stem) >= _LONG_STEM or stem[-1] == "k":
        # Of a short word it is often another word (warto), and few call a brand by its name.
        found.append((stem, "||||||o"))
    if stem.endswith("j") and stem[-2] in VOWELS:
        found.append((stem[:-1], "|i|i|||i||||||"))
    found += [(bare, _BARE) for bare in _bare(stem)]
    if "x" in stem[-1]:
        found.append((stem[:-1] + "ks", _FEM_HARD))
    if not alone or (_ADJECTIVAL_A.search(word) and not _FOREIGN.search(word)):
        found.append((stem, _ADJECTIVE["ka" if stem[-1] in "kg" else "a"]))
    return found


def _feminine_pattern(stem: str) -> str:
    if stem[-1] == "i":
        return _FEM_I
    if stem[-1] in "lj" or stem[-1] in VOWELS:
        return _FEM_SOFT
    if stem[-1] in "kg":
        return _FEM_VELAR
    return _FEM_HUSHING if stem.endswith(_HUSHED) else _FEM_HARD


def _bare(stem: str) -> list[str]:
    """Return the genitive plural without an ending: Żabka żabek, Apteka aptek, Szkoła szkół."""
    if len(stem) <= _SHORTEST or stem[-1] in VOWELS:
        soft = stem[:-2] + _MARK_OF[stem[-2:]] if stem[-2:] in _MARK_OF and len(stem) > _SHORTEST + 1 else ""
        return [soft] if soft else []
    if stem[-1] in "kcnłwrl" and stem[-2] not in VOWELS:
        breaks = ("e",) if stem[-1] in "kc" else ("e", "ie")
        return [stem[:-1] + each + stem[-1] for each in breaks]
    if len(stem) < _LONG_STEM and stem[-2] not in VOWELS:
        return []
    found = [stem]
    if stem[-2] == "o":
        found.append(f"{stem[:-2]}ó{stem[-1]}")
    return found


def _ends_in_o(word: str) -> list[tuple[str, str]]:
    stem = word[:-1]
    pattern = _NEUTER_VELAR if stem[-1] in "kg" else _NEUTER
    if len(word) <= _LONGEST_ACRONYM and stem[-1] != "i":
        # Nobody speaks of several Polos or Legos, and the plurals of short names are other words.
        return [(stem, "|".join(pattern.split("|")[: len(CASES)]))]
    found = [(stem, pattern), *((bare, _BARE) for bare in _bare(stem))]
    # Surnames such as Kościuszko and Jagiełło decline like nouns in -a.
    if word.endswith(("ko", "ło")):
        found.append((stem, "|i|*|ę|ą|*" if word.endswith("ko") else "|y|*|ę|ą|*"))
    return found


def _ends_in_e(word: str, alone: bool) -> list[tuple[str, str]]:
    """A noun (Zdrowie, Katowice), an adjective (Zakopane), or a foreign name with a silent e (Google)."""
    stem = word[:-1]
    if _ADJECTIVAL_E.search(word) and not _FOREIGN.search(word):
        short = stem.removesuffix("i") if stem.endswith(("ki", "gi")) else stem
        adjective = (short, _ADJECTIVE["ie" if short != stem else "e"])
        # Danone may be foreign; its locative would be an adverb of Polish names (pysznie).
        return [adjective, (stem, _SILENT_E if word.endswith(("one", "ane")) else "")]
    if word[-2] in "ou":
        # Joe and Chloe stand as they are or decline like adjectives.
        return [(word, "|go|mu|go|m|m")]
    found = [(stem, _silent(word))]
    if word.endswith("ie"):
        found = [(stem, _NEUTER_E), *((bare, _BARE) for bare in _bare(stem))]
        if not alone:
            # Ptasie Mleczko: beside a noun it may be an adjective.
            found.append((word[:-2], _ADJECTIVE["ie"]))
    elif stem.endswith((*_HUSHED, "l", "j")) and not _FOREIGN.search(word):
        found += [(stem, _NEUTER_E), (stem, _PLURALS.format("e"))]
        found += [(bare, _BARE) for bare in ([stem] if len(stem) > _SHORTEST else [])]
        found += [(bare, _BARE) for bare in _bare(stem)]
        found += [(stem[:-1] + "i", _BARE)] if stem.endswith("ej") else []
    return found


def _silent(word: str) -> str:
    """Return the endings of a foreign name with a silent e; after which a short one keeps its e."""
    stem = word[:-1]
    if stem[-1] in VOWELS:
        return ""
    if len(stem) < _LONG_STEM and not _FOREIGN.search(word):
        return _KEPT_E
    return _SILENT_E.replace(" ie", "" if stem[-1] in "kgclj" else " *")


def _ends_in_i_or_y(word: str, alone: bool) -> list[tuple[str, str]]:
    """An adjective (Polski), a plural (Tatry, Suwałki), or a foreign name (Armani, Kennedy)."""
    stem, vowel = word[:-1], word[-1]
    adjective = (stem, _ADJECTIVE[vowel])
    if _FOREIGN.search(word) or (vowel == "i" and not _ADJECTIVAL_I.search(word) and stem[-1] not in "kg"):
        foreign = (word, "|ego|emu|ego|m|m")
        return [foreign, adjective] if vowel == "y" else [foreign]
    found = [adjective]
    if is_surname := stem.endswith(("sk", "ck")):
        found.append((stem[:-1], "|||||||cy"))
    if alone and (vowel == "y" or stem[-1] in "kg"):
        found.append((stem, _ADJECTIVE["a" if vowel == "y" else "ka"]))
    if not is_surname and (vowel == "y" or stem[-1] in "kg") and (alone or not _ATTRIBUTE.search(word)):
        found.append((stem, _PLURALS.format(vowel)))
        found += [(bare, _BARE) for bare in [stem, *_bare(stem)] if len(stem) > _SHORTEST]
    return found


def _fill(found: dict[Slot, list[str]], stem: str, pattern: str) -> None:
    for slot, endings in zip(SLOTS, pattern.split("|"), strict=False):
        for ending in endings.split():
            if ending == "*":
                found[slot] += _before_e(stem)
            else:
                found[slot].append(stem if ending == "." else stem + ending)


def _before_e(stem: str) -> Sequence[str]:
    """Return the locative in -e: Rossmannie, Biedronce, Kauflandzie, mieście."""
    for ending in sorted(_SOFT_BEFORE_E, key=len, reverse=True):
        if stem.endswith(ending):
            begun = stem[: -len(ending)]
            found = [f"{begun}{soft}e" for soft in _SOFT_BEFORE_E[ending].split()]
            if begun.endswith("ia"):
                found += [f"{begun[:-1]}e{soft}e" for soft in _SOFT_BEFORE_E[ending].split()]
            return found
    return [stem + ("i" if stem[-1] in VOWELS and stem[-1] != "y" else "ie")]
