"""When what is written: three quiet weeks with days and nights in them, then an outbreak."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from random import Random

from listener.demo.talk import Post, Talk

WEEKS = 3
SEED = 20
# Posts an hour at midnight, one o'clock and so on, on the people's clock.
_BY_HOUR = (
    0.6, 0.3, 0.2, 0.15, 0.2, 0.5, 1.4, 2.8, 3.6, 3.4, 3.0, 2.8,
    3.0, 2.6, 2.4, 2.6, 2.9, 3.2, 3.6, 4.0, 4.2, 3.6, 2.4, 1.2,
)  # fmt: skip
_MOST = max(_BY_HOUR)
_WEEKEND = 0.8
_POLISH = 0.45
_HEADLINES = 0.05

STORM = timedelta(minutes=12)
STORM_POSTS = 110
AFTERMATH = timedelta(minutes=30)
AFTERMATH_POSTS = 30
# The first cries come one by one, the last ones several at a time.
_RISE = 0.6
_NEWS_AT = (0.55, 0.75, 0.9)
_MURMURS = 0.06


def quiet_weeks(talk: Talk, until: datetime, tz: tzinfo) -> list[Post]:
    """Return what was written in the weeks before `until`, oldest first."""
    random = Random(SEED)  # noqa: S311
    return [_mild(talk, random, at) for at in _moments(random, until - timedelta(weeks=WEEKS), until, tz)]


def _moments(random: Random, since: datetime, until: datetime, tz: tzinfo) -> Iterator[datetime]:
    """Yield moments that come by chance, as many as the hour has (Lewis & Shedler's thinning)."""
    at = since
    while (at := at + timedelta(hours=random.expovariate(_MOST))) < until:
        local = at.astimezone(tz)
        usual = _BY_HOUR[local.hour] * (_WEEKEND if local.weekday() >= 5 else 1.0)
        if random.random() * _MOST < usual:
            yield at.replace(microsecond=0)


def _mild(talk: Talk, random: Random, at: datetime) -> Post:
    language = "pl" if random.random() < _POLISH else "en"
    if random.random() < _HEADLINES:
        return talk.headline(language, at)
    return talk.post("quiet", language, at)


def outbreak(talk: Talk, begins: datetime) -> list[Post]:
    """Return what is written once the lids begin to burst: the storm and what comes after, oldest first."""
    random = Random(SEED + 1)  # noqa: S311
    posts = [
        _angry(talk, random, begins + STORM * (n / STORM_POSTS) ** _RISE) for n in range(1, STORM_POSTS + 1)
    ]
    for number, share in enumerate(_NEWS_AT):
        at = begins + STORM * share
        posts += [talk.news("en", number, at), talk.news("pl", number, at + timedelta(seconds=20))]
    ends = begins + STORM
    posts += [_angry(talk, random, ends + AFTERMATH * random.random()) for _ in range(AFTERMATH_POSTS)]
    return sorted(posts, key=lambda post: post.at)


def _angry(talk: Talk, random: Random, at: datetime) -> Post:
    language = "pl" if random.random() < _POLISH else "en"
    mood = "murmur" if random.random() < _MURMURS else "angry"
    return talk.post(mood, language, at)
