"""The web client against servers that mean no good."""

import os
import shutil
import socket
import ssl
import subprocess
import threading
from datetime import timedelta
from urllib.parse import quote

import pytest

from connectors import SourceGarbled, SourceRefused, SourceUnavailable, rss
from listener.hearing import Validators
from tests.listener.hearing.hostile import FEED


def options(server, path):
    return rss.Options(server.url + path)


@pytest.fixture
def ears(listening):
    return listening(most_bytes=200_000)


@pytest.mark.parametrize(
    ("path", "error", "sentence"),
    [
        ("/page", SourceGarbled, "a web page, not a feed"),
        ("/empty", SourceGarbled, "the answer is empty"),
        ("/truncated", SourceUnavailable, "the connection broke"),
        ("/bomb", SourceGarbled, "more than we read"),
        ("/bombs/gzip, gzip", SourceGarbled, "compression|more than we read"),
        ("/bombs/gzip, gzip, gzip, gzip, gzip, gzip, gzip", SourceGarbled, "compression"),
        ("/bombs/deflate", SourceGarbled, "more than we read"),
        ("/bombs/br", SourceGarbled, "more than we read"),
        ("/huge", SourceGarbled, "more than we read"),
        ("/long-head", SourceUnavailable, "the connection broke"),
        ("/split", SourceGarbled, "HTTP as we know it"),
        ("/two-lengths", SourceGarbled, "HTTP as we know it"),
        ("/endless-hints", SourceUnavailable, "the connection broke"),
        ("/bare", SourceGarbled, "does not speak HTTP"),
        ("/no-number", SourceGarbled, "HTTP as we know it"),
        ("/bad-chunks", SourceUnavailable, "the connection broke"),
        ("/endless", SourceGarbled, "more than we read"),
        ("/not-gzip", SourceGarbled, "compression"),
        ("/hangup", SourceUnavailable, "the connection broke"),
        ("/garbage", SourceGarbled, "does not speak HTTP"),
        ("/heads", SourceUnavailable, "the connection broke"),
        ("/file", SourceRefused, "not http or https"),
        ("/gopher", SourceRefused, "not http or https"),
        ("/loop", SourceRefused, "from address to address"),
        ("/nowhere", SourceGarbled, "named no other address"),
        ("/status/401", SourceRefused, "401: it wants a login"),
        ("/status/403", SourceRefused, "403: it forbids"),
        ("/status/404", SourceRefused, "404: there is nothing"),
        ("/status/410", SourceRefused, "410: it is gone for good"),
        ("/status/451", SourceRefused, "451: .* legal"),
        ("/status/418", SourceRefused, "418"),
        ("/status/408", SourceUnavailable, "408"),
        ("/status/429", SourceUnavailable, "429: it wants to be asked less often"),
        ("/status/500", SourceUnavailable, "500"),
        ("/status/599", SourceUnavailable, "599"),
    ],
)
def test_each_misery_has_its_error_and_its_sentence(server, ears, path, error, sentence):
    outcome = ears.visit(options(server, quote(path, safe="/,")))
    assert outcome.page is None
    assert outcome.validators == {}
    assert type(outcome.error) is error
    with pytest.raises(error, match=sentence):
        raise outcome.error


def test_an_error_that_quotes_a_server_quotes_it_in_plain_letters(server, ears):
    assert str(ears.visit(options(server, "/steering")).error).isprintable()


@pytest.mark.parametrize("path", ["/hints", "/picture", "/cookies", "/validators"])
def test_what_is_merely_odd_costs_nothing(server, ears, path):
    first = ears.visit(options(server, path))
    assert len(first.page.mentions) == 1
    ears.visit(options(server, path), cursor=first.page.cursor, validators=first.validators)
    again = server.asked[-1][1]
    assert "Cookie" not in again
    assert "If-" not in again
    assert again.replace("\r\n", "").isascii()


@pytest.mark.parametrize("path", ["/drip", "/silent", "/slow-head"])
def test_time_is_bounded_as_a_whole(server, listening, path):
    error = listening(total=timedelta(seconds=0.5)).visit(options(server, path)).error
    assert isinstance(error, SourceUnavailable)
    assert "no whole answer in time (at most 0.5 s" in str(error)


def test_the_others_are_unharmed_meanwhile(server, listening):
    ears = listening(total=timedelta(seconds=3), per_host=10)
    for path in ("/drip", "/bomb", "/silent", "/endless", "/loop", "/hangup"):
        ears.begin(options(server, path), source=path)
    for number in range(20):
        ears.begin(options(server, f"/feed/{number}"), source="good")
    outcomes = [ears.next() for _ in range(26)]
    assert sum(o.page is not None for o in outcomes if o.source == "good") == 20
    assert sum(o.error is not None for o in outcomes if o.source != "good") == 6


@pytest.mark.parametrize(
    ("header", "wait"),
    [("/120", timedelta(seconds=120)), ("/0", timedelta(seconds=1)), ("/soon", None), ("", None)],
)
def test_a_wait_that_the_server_names_is_told(server, ears, header, wait):
    assert ears.visit(options(server, f"/status/503{header}")).error.retry_after == wait


def test_compressed_answers_are_read(server, ears):
    assert len(ears.visit(options(server, "/gzip")).page.mentions) == 1


def test_what_is_asked_is_honest_and_plain(server, ears):
    ears.visit(options(server, "/feed"))
    _, head = server.asked[0]
    assert "User-Agent: crisis-listener/0.1 (+test@listener.example)\r\n" in head
    assert "Accept: application/atom+xml" in head
    assert "If-None-Match" not in head
    assert "Cookie" not in head


def test_an_unchanged_feed_is_not_sent_again(server, ears):
    first = ears.visit(options(server, "/feed"))
    assert list(first.validators.values()) == [Validators('"v1"', "yesterday")]
    assert not first.unchanged
    again = ears.visit(options(server, "/feed"), cursor=first.page.cursor, validators=first.validators)
    assert again.unchanged
    assert (again.page.mentions, again.page.cursor) == ((), first.page.cursor)
    assert again.validators == first.validators


def test_no_address_is_kept_with_its_validators(server, ears):
    outcome = ears.visit(options(server, "/feed?token=secret"))
    assert outcome.page is not None
    assert "secret" not in str(outcome.validators)


def test_a_validator_cannot_smuggle_a_header_in(server, ears):
    first = ears.visit(options(server, "/feed"))
    evil = dict.fromkeys(first.validators, Validators('"v1"\r\nX-Evil: 1', "ż"))
    ears.visit(options(server, "/feed"), cursor=first.page.cursor, validators=evil)
    assert "\r\nX-Evil" not in server.asked[-1][1]


def test_a_move_for_good_is_told_and_one_for_now_is_not(server, ears):
    assert ears.visit(options(server, "/moved")).moved_to == f"{server.url}/feed"
    assert ears.visit(options(server, "/elsewhere")).moved_to == ""
    assert ears.visit(options(server, "/feed")).moved_to == ""


def test_connections_are_used_again(server, ears):
    for _ in range(5):
        assert ears.visit(options(server, "/feed")).page is not None
    assert server.connections == 1


def test_no_host_is_asked_by_more_than_its_share_at_once(server, listening):
    ears = listening(judge=lambda _: True)
    for number in range(9):
        ears.begin(options(server, f"/held/{number}"), private=False)
    server.release.set()
    assert all(ears.next().page is not None for _ in range(9))
    assert server.highest <= 2


def test_a_full_queue_of_one_host_holds_up_no_other(server, listening):
    ears = listening()
    for number in range(200):
        ears.begin(options(server, f"/held/{number}"), source="slow")
    ears.begin(rss.Options(f"http://localhost:{server.port}/feed"), source="quick")
    assert ears.next().source == "quick"
    server.release.set()


def test_feeds_that_hang_hold_up_no_other_of_the_same_private_host(server, listening):
    ears = listening()
    for number in range(3):
        ears.begin(options(server, f"/held/{number}"), source="slow")
    ears.begin(options(server, "/feed"), source="quick")
    assert ears.next().source == "quick"
    server.release.set()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "127.1", "0x7f000001", "0x7f.1", "2130706433", "0177.0.0.1", "0", "[::1]",
        "[::ffff:127.0.0.1]", "①②⑦.⓪.⓪.①", "169.254.169.254", "10.0.0.1", "[64:ff9b::7f00:1]",
        "localhost.", "[::]", "0.0.0.0", "017700000001", "0x7f.0x0.0x0.0x1", "１２７.０.０.１",
        "[::ffff:7f00:1]", "[2002:7f00:1::]", "[2001:0:808:808::1]", "100.64.0.1", "224.0.0.1", "[ff02::1]",
    ],
)  # fmt: skip
def test_an_inner_address_is_refused_however_it_is_spelt(server, ears, host):
    outcome = ears.visit(rss.Options(f"http://{host}:{server.port}/feed"), private=False)
    assert isinstance(outcome.error, SourceRefused | SourceUnavailable)
    assert server.connections == 0
    if host in ("127.0.0.1", "localhost", "127.1"):
        assert "private = true" in str(outcome.error)


def test_an_address_with_a_scope_is_none(server):
    with pytest.raises(ValueError, match="http"):
        rss.Options(f"http://[fe80::1%25lo]:{server.port}/feed")


def test_a_public_source_cannot_use_a_private_ones_connection(server, ears):
    assert ears.visit(options(server, "/feed"), private=True).page is not None
    assert isinstance(ears.visit(options(server, "/feed"), private=False).error, SourceRefused)
    assert len(server.asked) == 1


def test_a_redirect_to_an_inner_address_is_refused(server, listening):
    ears = listening(judge=lambda address: address == "127.0.0.1")
    assert ears.visit(options(server, "/feed"), private=False).page is not None
    error = ears.visit(options(server, "/inward"), private=False).error
    assert isinstance(error, SourceRefused)
    assert "127.0.0.2, an address inside" in str(error)
    assert [path for path, _ in server.asked] == ["/feed", "/inward"]


@pytest.mark.parametrize("private", [True, False])
def test_what_a_machine_keeps_to_itself_is_refused_to_private_sources_too(server, listening, private):
    ears = listening(judge=lambda address: address == "127.0.0.1", connect=timedelta(seconds=0.5))
    error = ears.visit(options(server, "/secrets"), private=private).error
    assert isinstance(error, SourceRefused)
    assert "sent on to 169.254.169.254) leads to 169.254.169.254, where machines keep" in str(error)
    assert "private = true" not in str(error)


def test_a_name_is_judged_each_time_that_a_connection_is_opened(server, listening):
    asked = []

    def judge(address):
        asked.append(address)
        return len(asked) < 3  # a name that was public twice now leads inside

    ears = listening(judge=judge)
    for path in ("/hangup", "/hangup", "/feed"):
        ears.visit(options(server, path), private=False)
    assert asked == ["127.0.0.1"] * 3
    assert [path for path, _ in server.asked] == ["/hangup", "/hangup"]
    assert server.connections == 2


def test_a_name_that_leads_nowhere_is_said_to(ears):
    assert "DNS" in str(ears.visit(rss.Options("http://nowhere.invalid/feed")).error)


def test_a_port_nobody_listens_on_is_said_to_be_one(server, ears):
    server.close()
    assert "no connection" in str(ears.visit(options(server, "/feed")).error)


def test_the_environment_names_no_proxy(server, ears, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ears.visit(options(server, "/feed")).page is not None


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")
def test_a_certificate_nobody_vouches_for_is_an_error_by_name(tmp_path, ears):
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "1",
         "-subj", "/CN=localhost", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            connection, _ = listener.accept()
            try:
                with context.wrap_socket(connection, server_side=True) as secure:
                    secure.recv(1000)
                    secure.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + FEED)
            except OSError:
                pass

        threading.Thread(target=serve, daemon=True).start()
        outcome = ears.visit(rss.Options(f"https://localhost:{listener.getsockname()[1]}/feed"))
    assert isinstance(outcome.error, SourceUnavailable)
    assert "TLS" in str(outcome.error)


def test_closing_ends_what_is_under_way(server, listening):
    ears = listening()
    for number in range(5):
        ears.begin(options(server, f"/silent/{number}"))
    ears.ears.close()
    assert all("stopping" in str(ears.next().error) for _ in range(5))
    assert "stopping" in str(ears.visit(options(server, "/feed")).error)


def test_descriptors_do_not_pile_up(server, listening):
    ears = listening(judge=lambda address: address == "127.0.0.1")

    def count():
        return len(os.listdir("/proc/self/fd"))

    ears.visit(options(server, "/feed"))
    before = count()
    for _ in range(10):
        ears.visit(options(server, "/hangup"), private=False)
        ears.visit(options(server, "/feed"), private=False)
        ears.visit(rss.Options(f"http://127.0.0.2:{server.port}/hangup"))
    assert count() <= before + 4
