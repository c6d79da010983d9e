"""One spelling for the address of a page, however it was shared.

What only says who shared it, on which device or in which session is taken out; so are the
detours through search engines and networks. What is left is compared, never visited.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

LONGEST = 4_000
_DETOURS = 3
_TRACKING = re.compile(
    r"utm_.*|ga_.*|_ga|_gl|fb_.*|mc_.*|at_(?:medium|campaign|custom.*)|hsa_.*|pk_.*|mtm_.*|wt_.*|__twitter.*"
    r"|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igsh|igshid|li_fat_id|si|spm|cmp"
    r"|cmpid|ncid|smid|sref|ocid|icid|ito|ref|ref_?src|ref_?url|referer|referrer|source|src|share|shared|from"
    r"|feature|via|amp|outputtype|phpsessid|jsessionid|aspsessionid.*|session|sessionid|session_id|sess|cb"
    r"|nocache|cache|cachebuster|fresh|rand|random|rnd|ts|timestamp|_"
)
# A forum's session, where a short `sid` may be the number of an article.
_SESSION = re.compile(r"(?:sid|s|token|hash)=[0-9a-z]{16,}")
_PATH_SESSION = re.compile(r";jsessionid=[^/?#]*", re.I)
_HOST_PREFIX = re.compile(r"^(?:(?:www\d?|m|mobile|mobi|amp|touch)\.)+(?=[^.]+\.)")
_AMP_END = re.compile(r"(?:/amp(?:\.html?)?|/index\.(?:html?|php)|\.amp)/*$|\.amp(?=\.html?$)", re.I)
_DETOUR = re.compile(
    r"^(?:[a-z.]*\.)?(?:google\.[a-z.]{2,6}/url|(?:facebook|instagram|messenger)\.com/l\.php|facebook\.com/flx/warn/?"
    r"|duckduckgo\.com/l/?|bing\.com/news/apiclick\.aspx|youtube\.com/redirect|out\.reddit\.com/?.*"
    r"|vk\.com/away\.php|linkedin\.com/redir/redirect)$"
)
_AMP_CACHE = re.compile(r"^(?:[^/]*\.)?(?:google\.[a-z.]{2,6}/amp|[^/]*ampproject\.org/[a-z])/(?:s/)?(.+)$")
_URL = re.compile(r"""https?://[^\s<>"'„”“’«»]+""", re.I)
# By far the most frequent: nothing in it that could be taken out.
_PLAIN = re.compile(
    r"https?://(?:www\.)?(?!(?:www\d?|m|mobile|mobi|amp|touch)\.|[a-z0-9.-]*(?:google|facebook|ampproject|instagram|messenger)\.)"
    r"([a-z0-9-]+(?:\.[a-z0-9-]+)+)((?:/(?!amp\b|index\.)[A-Za-z0-9_~-]+(?:\.(?!amp)[A-Za-z0-9_~-]+)*)*)/?"
)
_LOT = re.compile(r"(?=.*[0-9])(?=.*[a-zA-Z])[0-9a-zA-Z_-]{8,}|[0-9]{10,}|0?\.[0-9]{6,}")
_NUMBER = re.compile(r"\d{4,}")


@lru_cache(maxsize=4096)
def canonical(url: str) -> str:
    """Return what two addresses of one page have in common: host, path and what chooses the page.

    Nothing where it is no http(s) address.
    """
    if plain := _PLAIN.fullmatch(url):
        return plain[1] + plain[2]
    for _ in range(_DETOURS):
        further = _further(url)
        if not further:
            break
        url = further
    return _canonical(url)


def _canonical(url: str) -> str:
    try:
        parts = urlsplit(url[:LONGEST].strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host:
        return ""
    host = _HOST_PREFIX.sub("", host)
    place = host if port in (None, 80, 443) else f"{host}:{port}"
    path = unquote(_PATH_SESSION.sub("", parts.path), errors="replace")
    path = re.sub(r"^/amp(?=/.)", "", re.sub(r"//+", "/", _AMP_END.sub("", path)))
    kept = [(name, value) for name, value in parse_qsl(parts.query, True) if not _is_noise(name, value)]
    query = "?" + urlencode(sorted(kept)) if kept else ""
    return f"{place}{path.rstrip('/')}{query}"


def _is_noise(name: str, value: str) -> bool:
    low = name.lower()
    return bool(_TRACKING.fullmatch(low) or _SESSION.fullmatch(f"{low}={value.lower()}"))


def _further(url: str) -> str:
    """Return where a detour leads to, nothing where the address is none."""
    try:
        parts = urlsplit(url[:LONGEST])
        place = (parts.hostname or "") + parts.path
    except ValueError:
        return ""
    if cached := _AMP_CACHE.match(place):
        return f"https://{cached[1]}" + (f"?{parts.query}" if parts.query else "")
    if not _DETOUR.match(place):
        return ""
    asked = dict(parse_qsl(parts.query))
    return next((asked[name] for name in ("url", "q", "u", "uddg", "to") if "://" in asked.get(name, "")), "")


def has_place(address: str) -> bool:
    """Tell whether a canonical address is more than that of a site."""
    return "/" in address or "?" in address


def is_page(address: str) -> bool:
    """Tell whether a canonical address is that of one page, not of a site, a section or a search."""
    _, _, path = address.partition("/")
    return len(path) >= 12 or "?" in path or bool(_NUMBER.search(path)) or is_article(address)


def is_article(address: str) -> bool:
    """Tell whether the address spells a headline: such a page is one article, whatever is edited in it."""
    path = address.partition("/")[2].partition("?")[0]
    return any(len([w for w in re.split(r"[-_]", part) if len(w) > 1]) >= 3 for part in path.split("/"))


def is_alike(one: str, other: str) -> bool:
    """Tell whether two canonical addresses differ only in something drawn by lot for each visitor."""
    (path, _, asked), (path_too, _, asked_too) = one.partition("?"), other.partition("?")
    if path != path_too:
        return False
    differing = set(parse_qsl(asked)) ^ set(parse_qsl(asked_too))
    return all(_LOT.fullmatch(value) for _, value in differing)


def links(text: str) -> tuple[str, ...]:
    """Return the canonical addresses that a text holds, at most eight."""
    if "://" not in text:
        return ()
    found = (canonical(match.group().rstrip(".,;:!?)]}…*")) for match in _URL.finditer(text))
    return tuple(dict.fromkeys(address for address in found if address))[:8]


def without_links(text: str) -> str:
    """Return a text with its addresses taken out."""
    return _URL.sub(" ", text) if "://" in text else text
