"""What a person can do about a source that could not be read, for `check`."""

from __future__ import annotations

import re

from listener.poll import Visited

NO_ANSWER = "try again later, or look whether the address is right"

_BY_NUMBER = {
    "400": "look at the keys of this source: the README says what its kind takes",
    "401": "give this source a valid key, token or password: the README says where one is made",
    "402": "this place wants to be paid: take the source out, or pay there",
    "403": "give this source a key or token that may read this, or ask those who run the place",
    "404": "look whether the address is right; `listener discover` finds the feeds of a page",
    "407": "a proxy stands in the way: ask those who run your network",
    "410": "take the source out, or find where it went",
    "429": "give it a longer `every`, or a key of your own",
    "451": "nothing can be done: take the source out",
}
_BY_WORDS = {
    "private = true": "if this address is your own, set `private = true`",
    "(DNS)": "look whether the host is spelt right, and whether this machine has a network",
    "not a feed": "give the address of the feed itself: `listener discover` finds it",
    "no feed": "give the address of the feed itself: `listener discover` finds it",
    "robots.txt": "ask those who run the site, or take another way there",
    "mend `path`": "make the folder, or mend `path`",
    "(TLS)": "have the certificate mended; one of your own authority is trusted by SSL_CERT_FILE",
}
_BY_STATUS = {
    "refused": "look at its address and its credentials",
    "gone": "take the source out, or find where it went",
    "garbled": "look at the address in a browser: is it what the kind expects?",
    "failing": NO_ANSWER,
}


def todo(visited: Visited) -> str:
    """Return what a person can do about a visit; nothing where it went well."""
    if visited.status == "ok":
        return ""
    number = re.search(r"\banswered (\d{3})\b", visited.detail)
    if number and number[1] in _BY_NUMBER:
        return _BY_NUMBER[number[1]]
    said = (do for words, do in _BY_WORDS.items() if words in visited.detail)
    return next(said, _BY_STATUS.get(visited.status, ""))
