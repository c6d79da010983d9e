"""Signs that a surge was arranged: one text from many accounts nobody knew, and posts by the clock.

A sign is named with its numbers and proves nothing. What has an innocent reason is none: an agency's
text on ten sites (each site tells it once), what people pass on as somebody else's (*RT*, *via*),
a few words that anybody may have written, and a story that is told by accounts known here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise
from math import fsum, sqrt

FEWEST_ACCOUNTS = 10
FEWEST_WORDS = 5
UNKNOWN = 0.8
# Of a shorter past nobody can say who is new here.
KNOWN_DAYS = 3.0
FEWEST_BEATS = 6
# Posts closer than this are one burst; a campaign by hand takes minutes, a script seconds.
LINKED_SECONDS = (60.0, 300.0)
MOST_SIGNS = 3

_PASSED_ON = re.compile(r"^\W{0,3}RT\b|\bRT @\w|\bvia @\w", re.IGNORECASE)
_NO_WORDS = re.compile(r"https?://\S+|@[\w.@-]+")
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True)
class Post:
    """A mention as far as it may have been arranged.

    `story` is the same for copies of one text; `place` is the platform or the site; `at` is in
    seconds since 1970, None where the time is not the author's own or too rough to tell a rhythm.
    """

    text: str
    author: str
    place: str
    story: str
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Copies:
    """One text, told in one place by many accounts, of which `unknown` were never heard before.

    `others_unknown` is the share of those never heard among the other accounts here: where it is as
    large, that they are new says little.
    """

    post: Post
    copies: int
    accounts: int
    unknown: int
    others_unknown: float | None
    span_seconds: float | None


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Posts in `beats` bursts, one every `every_seconds`, give or take `spread_seconds` (one deviation).

    `of` says whose they are: one `author`'s, or one `story`'s, whoever tells it.
    """

    of: str
    post: Post
    posts: int
    beats: int
    every_seconds: float
    spread_seconds: float


Known = Callable[[Collection[str]], tuple[Set[str], float]]


def copied(posts: Iterable[Post], known: Known, others: Iterable[str] = ()) -> tuple[Copies, ...]:
    """Return the texts that many unknown accounts of one place tell alike, the most told first.

    `known` returns which of the accounts were heard before, and how many days that reaches back: where
    those are under three, nothing is said. It is asked once, and only where many tell one text. `others`
    are accounts that write here as well.
    """
    every = list(posts)
    groups = [group for group in _groups(every) if len(_accounts(group)) >= FEWEST_ACCOUNTS]
    writing = _accounts(every) | {author for author in others if author}
    if not groups:
        return ()
    heard, days = known(writing)
    if days < KNOWN_DAYS:
        return ()
    found = [_copies(group, writing, heard) for group in groups]
    told = [one for one in found if one.unknown >= max(UNKNOWN * one.accounts, FEWEST_ACCOUNTS)]
    return tuple(sorted(told, key=lambda one: (-one.accounts, one.post.text))[:MOST_SIGNS])


def _groups(posts: Iterable[Post]) -> Iterator[list[Post]]:
    """Yield the posts that tell one text as their own, place by place."""
    found: defaultdict[tuple[str, str], list[Post]] = defaultdict(list)
    for post in posts:
        if post.author:
            found[post.story, post.place].append(post)
    for _, told in sorted(found.items()):
        if len(told) < FEWEST_ACCOUNTS:
            continue
        group = [post for post in told if not _PASSED_ON.search(post.text)]
        if group and len(_WORD.findall(_NO_WORDS.sub(" ", group[0].text))) >= FEWEST_WORDS:
            yield group


def _accounts(posts: Iterable[Post]) -> Set[str]:
    return {post.author for post in posts if post.author}


def _copies(group: Sequence[Post], writing: Set[str], heard: Set[str]) -> Copies:
    accounts = _accounts(group)
    others = writing - accounts
    times = [post.at for post in group if post.at is not None]
    return Copies(
        _first(group),
        len(group),
        len(accounts),
        len(accounts - heard),
        round(len(others - heard) / len(others), 3) if others else None,
        round(max(times) - min(times), 1) if times else None,
    )


def rhythms(posts: Iterable[Post], usual: Mapping[str, float]) -> tuple[Rhythm, ...]:
    """Return the authors and stories that post by the clock, the most regular beats first.

    `usual` is how many posts of an author are usual in as long a time: what always came by the
    clock is no news.
    """
    authors: defaultdict[str, list[Post]] = defaultdict(list)
    stories: defaultdict[str, list[Post]] = defaultdict(list)
    for post in posts:
        if post.at is not None:
            authors[post.author].append(post)
            stories[post.story].append(post)
    found = [
        ("author", a, own) for a, own in sorted(authors.items()) if a and len(own) > 2 * usual.get(a, 0.0)
    ]
    # A story that one author tells is that author's rhythm.
    found += [("story", s, own) for s, own in sorted(stories.items()) if len({p.author for p in own}) > 1]
    signs = [sign for of, _, own in found if (sign := _rhythm(of, own))]
    return tuple(sorted(signs, key=lambda s: (-s.beats, -s.posts, s.of, s.post.text))[:MOST_SIGNS])


def _rhythm(of: str, posts: Sequence[Post]) -> Rhythm | None:
    times = sorted(post.at for post in posts if post.at is not None)
    if len(times) < FEWEST_BEATS:
        return None
    for linked in LINKED_SECONDS:
        starts = bursts(times, linked)
        if is_regular(starts, linked):
            gaps = _gaps(starts)
            every, spread = _spread(gaps)
            return Rhythm(of, _first(posts), len(times), len(starts), round(every, 1), round(spread, 1))
    return None


def bursts(times: Sequence[float], linked: float) -> list[float]:
    """Return when each burst begins: posts (ascending) within `linked` seconds belong together."""
    return [at for n, at in enumerate(times) if n == 0 or at - times[n - 1] > linked]


def is_regular(starts: Sequence[float], linked: float) -> bool:
    """Tell whether bursts come far more regularly than chance: six or more, with nearly equal gaps.

    Of posts at random (Poisson) the gaps less `linked` are spread by as much as they are long; here by at
    most 8 % (six bursts) to 25 % (from eleven on). Of ten thousand trains of random posts fewer
    than one passes, however many there are in it (measured: 8 of 180,000).
    """
    if len(starts) < FEWEST_BEATS:
        return False
    gaps = _gaps(starts)
    # Most trains are told by the ends of their gaps.
    if max(gaps) > 6 * min(gaps):
        return False
    most = min(0.08 + 0.04 * (len(gaps) - FEWEST_BEATS + 1), 0.25)
    every, spread = _spread(gaps)
    return spread < most * (every - linked)


def _spread(gaps: Sequence[float]) -> tuple[float, float]:
    """Return the mean of the gaps and their deviation."""
    mean = fsum(gaps) / len(gaps)
    return mean, sqrt(fsum((gap - mean) ** 2 for gap in gaps) / len(gaps))


def _gaps(starts: Sequence[float]) -> list[float]:
    return [later - at for at, later in pairwise(starts)]


def _first(posts: Sequence[Post]) -> Post:
    return min(posts, key=lambda p: (p.at is None, p.at or 0.0, p.author, p.text))
