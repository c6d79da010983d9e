"""Reading, measured in one run: sentiment against vaderSentiment, language, and queries against one regex.

Texts come from a seeded vocabulary and, where it is present, from ../shared/data.
Run alone: python -m bench.reading
"""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from py3langid.langid import MODEL_FILE, LanguageIdentifier
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from listener.reading import Reader
from listener.reading.english.vader import Vader
from rules.fold import fold
from rules.query import Passage, compile, parse

DATA = Path(__file__).parent.parent.parent / "shared" / "data"
KEYWORDS = 1000
REPETITIONS = 3
WHO = "the driver|the new app|my bank|this hotel|their support|our flight|the parcel|your update|the store"
DID = (
    "was late again|is really great|works fine since Monday|never answered|opens at nine tomorrow|lost my bag"
    "|made my day|costs more than last year|has not moved for two hours|looks nice|is down for the third time"
    "|moved to the other side of the street|refunded me at once|was rude to everyone in the queue"
)
ADDED = (
    "Thanks a lot!|Not happy.|What should I do now?|See you there :)|I will wait until Friday.|Nobody knows"
    "|https://example.org/p/{n}|#fail|@acme_{n} please help|lol|And it was not even cheap...|😡|So glad"
)
FELT = "good bad great terrible love hate not never very but awful nice GREAT worst happy! sad? :) 😡"


def run() -> list[tuple[str, str]]:
    """Return lines of (what, figure); each pair that is compared does the same work on the same texts."""
    lines = [
        *_sentiment("made-up", *_made_up()),
        _both("English posts", _posts(2000)),
        *_growing(),
        *_languages(),
        *_queries(),
    ]
    tweets = _real("en_tweets_dev.jsonl")
    if tweets:
        joined = " ".join(tweets)
        short = [joined[i : i + 200] for i in range(0, 200_000, 200)]
        long = [joined[i : i + 2000] for i in range(0, 60_000, 2000)]
        lines += _sentiment("tweets", short, long)
        lines.append(_both("tweets as they are", tweets[:1000]))
    else:
        lines.append(("sentiment, tweets", "not measured: ../shared/data is not there"))
    return lines


def _sentiment(name: str, short: Sequence[str], long: Sequence[str]) -> list[tuple[str, str]]:
    theirs, ours = SentimentIntensityAnalyzer(), Vader()
    lines = []
    for size, texts in (("200 characters", short), ("2000 characters", long)):
        equal = all(theirs.polarity_scores(text) == ours.scores(text) for text in texts)
        pair = _rates(texts, theirs.polarity_scores, ours.scores)
        same = "same scores" if equal else "DIFFERENT SCORES"
        lines.append((f"sentiment, {name}, {size}", f"{_compared('vaderSentiment', pair)}, {same}"))
    # Words that no language has say nothing of what a post costs.
    return lines if name == "made-up" else [*lines, _both(f"{name}, 200 characters", short)]


def _both(name: str, texts: Sequence[str]) -> tuple[str, str]:
    """Return language and sentiment together against vaderSentiment alone."""
    theirs, reader = SentimentIntensityAnalyzer(), Reader()
    pair = _rates(texts, theirs.polarity_scores, lambda text: reader.read("", text))
    return f"language and sentiment, {name}", _compared("vaderSentiment alone", pair)


def _growing() -> list[tuple[str, str]]:
    """Return what ten times the text costs, and a megabyte of several kinds."""
    reader = Reader(("en",))
    dice = random.Random(3)
    short = "".join(f"The {word} was late and rude. " for word in _words(dice, 60))
    once, tenfold = (
        _rates([short] * 40, lambda text: reader.read("", text)),
        _rates([short * 10] * 4, lambda text: reader.read("", text)),
    )
    kinds = {"prose": short, "one sign": "!", "emoji": "😀", "one word": "late ", "no spaces": "late"}
    worst = max(1 / _rates([part * (1_000_000 // len(part))], _named(reader))[0] for part in kinds.values())
    return [
        ("ten times the text", f"costs {once[0] / tenfold[0]:.1f} times as much"),
        ("one megabyte, the slowest of " + ", ".join(kinds), f"{1000 * worst:.0f} ms"),
    ]


def _named(reader: Reader) -> Callable[[str], object]:
    return lambda text: reader.read("", text, "en", ["late"])


def _languages() -> list[tuple[str, str]]:
    """Language, beside py3langid; right is what carries the language of its set, which some rows do not."""
    full = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    reader = Reader()
    polish = _real("pl_tweets2_dev.jsonl")[:1000]
    sources = [
        ("made-up, 100 characters", [text[:100] for text in _made_up()[0]], ""),
        ("English tweets", _real("en_tweets_dev.jsonl")[:1000], "en"),
        ("Polish tweets", polish, "pl"),
        ("Polish tweets without diacritics", [fold(text) for text in polish], "pl"),
    ]
    lines = []
    for name, texts, language in sources:
        if not texts:
            continue
        pair = _rates(texts, full.classify, reader.language)
        figure = f"{_compared('py3langid, all languages', pair)}, {1e6 / pair[1]:.0f} µs a text"
        if language:
            figure += f", {sum(reader.language(text) == language for text in texts) / len(texts):.1%} right"
        lines.append((f"language, {name}", figure))
    return lines


def _queries() -> list[tuple[str, str]]:
    dice = random.Random(2)
    words = _words(dice, 6000)
    keywords = [f"{word}x" for word in words[: KEYWORDS - 20]] + words[:20]
    texts = [_text(dice, words, 200) for _ in range(400)]
    matcher = compile({word: parse(word) for word in keywords})
    pattern = re.compile(rf"\b(?:{'|'.join(keywords)})\b", re.IGNORECASE)
    hits = sum(len(matcher.match(Passage("", text))) for text in texts)
    same = hits == sum(len(set(pattern.findall(text))) for text in texts)
    pair = _rates(texts, pattern.findall, lambda text: matcher.match(Passage("", text)))
    found = f"{hits} hits" if same else f"{hits} hits, NOT THE SAME"
    figure = f"{_compared('one regex', pair)}, {1e6 / pair[1]:.0f} µs a text, {found}"
    lines = [(f"{KEYWORDS} queries, 200 characters", figure)]
    # The regex looks for one word of each query and knows nothing of the rest.
    rich = compile({word: parse(_rich(number, word, dice)) for number, word in enumerate(keywords)})
    hits = sum(len(rich.match(Passage("", text))) for text in texts)
    pair = _rates(texts, pattern.findall, lambda text: rich.match(Passage("", text)))
    figure = f"{_compared('one regex', pair)}, {1e6 / pair[1]:.0f} µs a text, {hits} hits"
    return [*lines, (f"{KEYWORDS} queries with every operator, 200 characters", figure)]


def _rich(number: int, word: str, dice: random.Random) -> str:
    """Return a query about a word, of every kind in turn."""
    other = "".join(dice.sample("abcdefghijklmnoprstuwyz", 6))
    kinds = (
        "{0}", "{0} OR {1}", '"{0} {1}" OR {0}', "{0} NEAR/50 ({1} OR ea* OR ai*)", "{0}*", "*{0}", "{0}~",
        "any of ({0}, {1}, \"{1} {0}\")", "case:{0} NOT {1}", "({0} OR {1}) NOT (lang:en OR source:x)",
    )  # fmt: skip
    return kinds[number % len(kinds)].format(word, other)


def _rates(texts: Sequence[str], *functions: Callable[[str], object]) -> tuple[float, ...]:
    """Return texts per CPU second for each function, the best of some repetitions taken in turn."""
    best = [float("inf")] * len(functions)
    for _ in range(REPETITIONS):
        for i, function in enumerate(functions):
            began = time.process_time()
            for text in texts:
                function(text)
            best[i] = min(best[i], time.process_time() - began)
    return tuple(len(texts) / max(seconds, 1e-9) for seconds in best)


def _compared(name: str, pair: Sequence[float]) -> str:
    theirs, ours = pair
    return f"{ours:,.0f}/s, {ours / theirs:.1f} times {name} ({theirs:,.0f}/s)"


def _made_up() -> tuple[list[str], list[str]]:
    """Return texts of 200 and of 2000 characters, one word in eight of them with sentiment."""
    dice = random.Random(1)
    words = _words(dice, 4000) + FELT.split() * 32
    return [_text(dice, words, 200) for _ in range(1000)], [_text(dice, words, 2000) for _ in range(30)]


def _posts(count: int) -> list[str]:
    """Return short posts in English, put together from what people say."""
    dice = random.Random(4)
    parts = [each.split("|") for each in (WHO, DID, ADDED)]
    posts = []
    for n in range(count):
        who, did, added = (dice.choice(part) for part in parts)
        posts.append(f"{who.capitalize()} {did}. {added.format(n=n)} {dice.choice(parts[1]).capitalize()}?")
    return posts


def _words(dice: random.Random, count: int) -> list[str]:
    letters = "eeeaaaiioonnrrttsslldcumphgbfyw"
    return ["".join(dice.choice(letters) for _ in range(dice.randint(2, 9))) for _ in range(count)]


def _text(dice: random.Random, words: Sequence[str], size: int) -> str:
    parts: list[str] = []
    while sum(map(len, parts)) + len(parts) < size:
        parts.append(dice.choice(words))
    return " ".join(parts)[:size]


def _real(name: str) -> list[str]:
    path = DATA / name
    if not path.exists():
        return []
    with path.open(encoding="utf8") as lines:
        return [json.loads(line)["text"] for line in lines]


if __name__ == "__main__":
    for what, figure in run():
        print(f"{what:55} {figure}")
