"""What a failed or refused transfer means, as the error that says what has to be done.

Sentences name the host and never the whole address: a feed's private token may stand in it.
"""

from __future__ import annotations

from datetime import timedelta

import pycurl

from connectors import ConnectorError, SourceGarbled, SourceRefused, SourceUnavailable
from listener.hearing.address import is_withheld

# Codes that pycurl has no name for.
_TLS = {35, 51, 53, 54, 58, 59, 60, 64, 66, 77, 80, 82, 83, 90, 91, 98}
# libcurl's own words, or OpenSSL's, for what is wrong with the encrypted connection.
_CERTIFICATES = {
    "certificate has expired": "its certificate has expired; whoever runs the site has to renew it",
    "not yet valid": "its certificate is not valid yet; is the clock of this machine right?",
    "subject name matches": "its certificate is not made for this name; is the address spelt as the site is?",
    "self-signed": "nobody we trust has signed its certificate: it vouches for itself; if it is your own, let"
    " SSL_CERT_FILE name a file of authorities with it",
    "self signed": "nobody we trust has signed its certificate: it vouches for itself",
    "local issuer": "nobody we trust has signed its certificate; if the authority is your own, let"
    " SSL_CERT_FILE name a file of authorities with it",
    "certificate revoked": "its certificate has been revoked",
    "trust anchors": "the file of authorities that this machine trusts cannot be read (SSL_CERT_FILE)",
    "certificate required": "it wants a certificate of ours, which we have not",
    "protocol version": "it speaks only a form of TLS too old to be safe",
}
_NO_TLS = ("wrong version number", "packet length too long", "http request", "record layer failure")
_HTTP_09 = "HTTP/0.9"

_REFUSALS = {
    400: "it finds the request wrong",
    401: "it wants a login or refuses the one given",
    402: "it wants to be paid",
    403: "it forbids us to read this",
    404: "there is nothing at this address",
    405: "it does not let this address be read",
    406: "it has nothing in a form that we read",
    407: "a proxy wants a login",
    410: "it is gone for good",
    451: "it is withheld for legal reasons",
}
_LATER = {
    408: "it gave up waiting for us",
    425: "it is not ready yet",
    429: "it wants to be asked less often",
    500: "it has an error of its own",
    502: "the server behind it does not answer",
    503: "it is overloaded or being worked on",
    504: "the server behind it is too slow",
}


def refused_status(status: int, host: str, wait: timedelta | None) -> ConnectorError | None:
    """Return what an HTTP status other than success means; None for success and for 304."""
    if 200 <= status < 300 or status == 304:
        return None
    if status in _LATER or status >= 500:
        why = _LATER.get(status, "it has an error of its own")
        return SourceUnavailable(f"{host} answered {status}: {why}", wait)
    if status >= 400:
        why = _REFUSALS.get(status, "it refuses the request")
        return SourceRefused(f"{host} answered {status}: {why}")
    return SourceGarbled(f"{host} answered {status} and named no other address")


def failed_transfer(code: int, message: str, host: str, redirects: int, limits: str) -> ConnectorError:
    """Return what libcurl's error means. `limits` says what the transfer was allowed, for a person."""
    # A redirect's address and a piece of the answer may stand in them: what a stranger wrote.
    message, host = _shown(message), _shown(host)
    if code in _TLS or _certificate(message):
        return _untrusted(message, host)
    match code:
        case pycurl.E_OPERATION_TIMEDOUT:
            return SourceUnavailable(f"{host}: no whole answer in time ({limits})")
        case pycurl.E_COULDNT_RESOLVE_HOST:
            return SourceUnavailable(f"{host}: the name leads nowhere (DNS): {message}")
        case pycurl.E_COULDNT_CONNECT:
            return SourceUnavailable(f"{host}: no connection: {message}")
        case pycurl.E_TOO_MANY_REDIRECTS:
            return SourceRefused(f"{host} sends us from address to address ({limits})")
        case pycurl.E_UNSUPPORTED_PROTOCOL if _HTTP_09 in message:
            return SourceGarbled(
                f"{host} does not speak HTTP here; is the address right, port and https too?"
            )
        case pycurl.E_UNSUPPORTED_PROTOCOL if redirects:
            return SourceRefused(f"{host} sends us to an address that is not http or https")
        case pycurl.E_UNSUPPORTED_PROTOCOL | pycurl.E_URL_MALFORMAT:
            return SourceRefused(f"{host}: this is no http or https address, or it leads to one that isn't")
        case pycurl.E_BAD_CONTENT_ENCODING:
            return SourceGarbled(f"{host} answered in a compression that can't be undone")
        case pycurl.E_FILESIZE_EXCEEDED:
            return too_large(host, limits)
        case pycurl.E_FTP_WEIRD_SERVER_REPLY:
            return SourceGarbled(f"{host} does not speak HTTP as we know it: {message}")
    return SourceUnavailable(f"{host}: the connection broke: {message}")


def too_large(host: str, limits: str) -> ConnectorError:
    return SourceGarbled(f"{host} answered with more than we read ({limits})")


def inner_address(host: str, address: str) -> ConnectorError:
    if is_withheld(address):
        return SourceRefused(
            f"{host} leads to {address}, where machines keep what is theirs alone: no source is read there"
        )
    return SourceRefused(
        f"{host} leads to {address}, an address inside the network; `private = true` allows that"
    )


def _shown(text: str) -> str:
    return "".join(letter if letter.isprintable() else "·" for letter in text[:200])


def _certificate(message: str) -> str:
    return next((said for words, said in _CERTIFICATES.items() if words in message), "")


def _untrusted(message: str, host: str) -> ConnectorError:
    """Return what is wrong with an encrypted connection, and who can mend it."""
    if said := _certificate(message):
        return SourceUnavailable(f"{host}: {said} (TLS)")
    if any(words in message for words in _NO_TLS):
        return SourceRefused(
            f"{host} does not speak TLS at this port; should the address begin with http://?"
        )
    return SourceUnavailable(f"{host}: the encrypted connection failed (TLS): {message}")
