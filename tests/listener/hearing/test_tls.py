"""Encrypted connections: what is wrong with one is named, and none is trusted all the same."""

import shutil

import pytest

from connectors import SourceRefused, SourceUnavailable, rss
from tests.listener.hearing.certificates import EXPIRED, FUTURE, Authority, Secure, self_signed
from tests.listener.hearing.hostile import FEED

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make certificates")


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def ears(listening, authority, monkeypatch):
    """Ears that trust our own authority and no other."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return listening()


def visit(ears, context, scheme="https", host="localhost"):
    with Secure(context, FEED) as server:
        return ears.visit(rss.Options(f"{scheme}://{host}:{server.port}/feed"))


def test_a_certificate_that_somebody_we_trust_has_signed_is_fine(ears, authority):
    outcome = visit(ears, authority.context())
    assert len(outcome.page.mentions) == 1


@pytest.mark.parametrize(
    ("dates", "sentence"),
    [(EXPIRED, "its certificate has expired; whoever runs the site"), (FUTURE, "is not valid yet; .*clock")],
)
def test_a_certificate_out_of_its_time_is_said_to_be(ears, authority, dates, sentence):
    with pytest.raises(SourceUnavailable, match=sentence):
        raise visit(ears, authority.context(dates=dates)).error


def test_a_certificate_for_another_name_is_said_to_be(ears, authority):
    with pytest.raises(SourceUnavailable, match=r"localhost.*not made for this name"):
        raise visit(ears, authority.context("elsewhere.example")).error


def test_a_certificate_that_vouches_for_itself_is_said_to(ears, tmp_path):
    with pytest.raises(
        SourceUnavailable, match=r"nobody we trust has signed .* vouches for itself.*SSL_CERT_FILE"
    ):
        raise visit(ears, self_signed(tmp_path)).error


def test_an_authority_that_nobody_knows_is_said_to_be(listening, authority, tmp_path, monkeypatch):
    stranger = tmp_path / "stranger"
    stranger.mkdir()
    monkeypatch.setenv("SSL_CERT_FILE", str(Authority(stranger).file))
    with pytest.raises(SourceUnavailable, match="nobody we trust has signed its certificate"):
        raise visit(listening(), authority.context()).error


def test_plain_http_behind_https_is_said_to_be(ears):
    with pytest.raises(SourceRefused, match=r"does not speak TLS at this port; .*http://"):
        raise visit(ears, None).error


def test_https_behind_plain_http_is_said_to_be(ears, authority):
    error = visit(ears, authority.context(), scheme="http").error
    assert isinstance(error, Exception)
    assert error.args[0].startswith("localhost:")
