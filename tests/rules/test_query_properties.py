"""Queries made at random, against the plainest reading of each: every pair of words is looked at."""

import re
import unicodedata
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.query import Passage, QueryError, compile, parse, spelled

TRIES = settings(max_examples=120, deadline=None, derandomize=True)
WORDS = ["ab", "abc", "cab", "Żab", "żab", "ba", "x1", "bab"]
FIELDS = ["", "", "", "title:", "text:"]
JOINTS = [" ", " ", ", ", "! ", "-", "  #", "\n"]

# A term is ("term", field, cased, [words with stars]); the others ("and"|"or"|"some", parts …).
STARRED = st.sampled_from([*WORDS, "ab*", "*ab", "*aba*", "*bc", "za*"])
TERM = st.builds(
    lambda field, cased, words: ("term", field, cased, words),
    st.sampled_from(FIELDS),
    st.sampled_from([False, False, False, True]),
    st.lists(STARRED, min_size=1, max_size=3),
)
PLACED = st.recursive(
    TERM,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: ("or", parts)),
        st.builds(
            lambda parts, gaps: ("near", parts, gaps[: len(parts) - 1]),
            st.lists(inner, min_size=2, max_size=3),
            st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=2, max_size=2),
        ),
    ),
    max_leaves=5,
)
NODE = st.recursive(
    PLACED,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: ("and", parts)),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: ("or", parts)),
        st.tuples(st.just("not"), inner),
        st.builds(
            lambda least, parts: ("some", min(least, len(parts)), parts),
            st.integers(1, 3),
            st.lists(inner, min_size=2, max_size=4),
        ),
    ),
    max_leaves=8,
)
WRITTEN = st.lists(
    st.tuples(st.sampled_from([*WORDS, "AB", "zab", "Cab"]), st.sampled_from(JOINTS)), max_size=9
)


def said(node):
    """Write a query down, with a bracket around everything."""
    match node:
        case ("term", field, cased, words):
            value = words[0] if len(words) == 1 else f'"{" ".join(words)}"'
            return f"{field}{'case:' * cased}{value}"
        case ("near", parts, gaps):
            out = said(parts[0])
            for part, (most, ordered) in zip(parts[1:], gaps, strict=True):
                out += f" {'O' * ordered}NEAR/{most} {said(part)}"
            return f"({out})"
        case ("some", least, parts):
            return f"{least} of ({', '.join(map(said, parts))})"
        case ("not", part):
            return f"NOT {said(part)}"
        case (operator, parts):
            return f"({f' {operator.upper()} '.join(map(said, parts))})"


def holds(node, text):
    match node:
        case ("and", parts):
            return all(holds(part, text) for part in parts)
        case ("or", parts):
            return any(holds(part, text) for part in parts)
        case ("some", least, parts):
            return sum(holds(part, text) for part in parts) >= least
        case ("not", part):
            return not holds(part, text)
    return bool(places(node, text))


def places(node, text):
    """Return where a node stands: sets of (0 title or 1 text, first word, last word)."""
    match node:
        case ("term", field, cased, words):
            return {
                (side, at, at + len(words) - 1)
                for side in (0, 1)
                if field != ("title:", "text:")[1 - side]
                for at in range(len(text[side]) - len(words) + 1)
                if all(is_one(word, text[side][at + i], cased) for i, word in enumerate(words))
            }
        case ("or", parts):
            return {place for part in parts for place in places(part, text)}
        case ("near", parts, gaps):
            chains = product(*(places(part, text) for part in parts))
            good = [
                chain
                for chain in chains
                if all(near(a, b, *gap) for a, b, gap in zip(chain, chain[1:], gaps, strict=False))
            ]
            return {place for chain in good for place in chain}


def near(one, other, most, ordered):
    if one[0] != other[0]:
        return False
    after, before = other[1] - one[2] - 1, one[1] - other[2] - 1
    return 0 <= after <= most or (not ordered and 0 <= before <= most)


def is_one(word, written, cased):
    one, other = (word, written) if cased else (plain(word), plain(written))
    return re.fullmatch(one.replace("*", ".*"), other) is not None


def plain(word):
    return "".join(c for c in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(c))


@TRIES
@given(NODE, WRITTEN, WRITTEN)
def test_a_query_finds_what_the_plainest_reading_of_it_finds(node, title, text):
    try:
        query = parse(said(node))
    except QueryError as error:
        assert "takes away" in error.message
        return
    passage = Passage(*("".join(word + joint for word, joint in side) for side in (title, text)))
    plainly = holds(node, [[word for word, _ in side] for side in (title, text)])
    assert ("" in compile({"": query}).match(passage)) is plainly


@TRIES
@given(st.lists(NODE, min_size=2, max_size=6), WRITTEN)
def test_together_and_written_anew_queries_find_what_they_find_alone(nodes, text):
    passage = Passage("", "".join(word + joint for word, joint in text))
    alone, queries = {}, {}
    for number, node in enumerate(nodes):
        try:
            queries[f"{number}"] = parse(said(node))
        except QueryError:
            continue
        alone |= compile({f"{number}": queries[f"{number}"]}).match(passage)
    anew = {name: parse(spelled(query.root)) for name, query in queries.items()}
    assert compile(queries).match(passage) == alone == compile(anew).match(passage)


PIECES = st.sampled_from(
    [
        "AND", "OR", "NOT", "(", ")", '"', "„", "”", "a1", "żabka~", "le*", "*ak", "*", "~", "-", ",", ":",
        "/", "NEAR/3", "ONEAR/0", "NEAR", "near/3", "NEAR/999", "any of (", "2 of (", "0 of (", "none of (",
        "case:", "title:", "text:", "author:@", "site:x.y", "lang:pl", "lang:", "source:a*", "reach:>10k",
        "reach:", "# x\n", "#", "\n", "title:(", "case:(", "コーヒー", "[", "'", "&&", "\x00", "𝔞",
    ]
)  # fmt: skip


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    st.one_of(
        st.lists(PIECES, max_size=14).map(" ".join), st.lists(PIECES, max_size=14).map("".join), st.text()
    )
)
def test_whatever_is_typed_is_understood_or_refused_with_its_place(text):
    try:
        query = parse(text)
    except QueryError as error:
        assert 0 <= error.at <= len(text) and error.message
        line, caret = error.pointed(text).split("\n")
        assert caret.index("^") <= len(line)
        return
    compile({"": query}).match(Passage("a1 żabka", "leak コーヒー", url="http://x.y", reach=3))
    compile({"": parse(spelled(query.root))})
