"""Mail: both halves and the pictures arrive, once per key as far as SMTP allows."""

from datetime import UTC, datetime

import pytest

from listener.notify import DeliveryError, Letter
from listener.notify.email import Email
from tests.servers.mail import MailServer, self_signed

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(64))
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def server():
    with MailServer() as mail:
        yield mail


def way(server, **change):
    told = {
        "port": server.port,
        "sender": "Listener <listener@brand.example>",
        "clock": lambda: NOON,
        "timeout": 5,
    }
    return Email("127.0.0.1", **{**told, **change})


def letter(key="1:tell:0:2:email", **change):
    told = {"target": "anna@brand.example", "subject": "Crisis · Żabka", "text": "Zażółć gęślą jaźń\n.\nend"}
    return Letter(key=key, kind="mail", **{**told, "html": "<p>Zażółć <img src='cid:chart'></p>", **change})


def refused(mail, one=None):
    with pytest.raises(DeliveryError) as caught:
        mail.send(one or letter())
    return caught.value


def test_both_halves_and_the_picture_arrive(server):
    way(server).send(letter(images=(("chart", PICTURE),)))
    (mail,) = server.mails
    assert mail.get_content_type() == "multipart/alternative"
    assert (
        mail.get_body(("plain",)).get_content().replace("\r\n", "\n").startswith("Zażółć gęślą jaźń\n.\nend")
    )
    assert "Zażółć" in mail.get_body(("html",)).get_content()
    (picture,) = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert (picture["Content-ID"], picture.get_content_disposition()) == ("<chart>", "inline")
    assert picture.get_content() == PICTURE


def test_headers_say_who_to_whom_and_what(server):
    way(server).send(letter())
    (mail,) = server.mails
    assert (mail["From"], mail["To"]) == ("Listener <listener@brand.example>", "anna@brand.example")
    assert (mail["Subject"], mail["Date"].datetime) == ("Crisis · Żabka", NOON)
    assert server.envelopes[0][:2] == ("listener@brand.example", ["anna@brand.example"])


def test_the_same_letter_sent_twice_is_recognised_by_its_message_id(server):
    for key in ("1:a", "1:a", "1:b", "1;a"):
        way(server).send(letter(key))
    first, again, other, similar = (mail["Message-ID"] for mail in server.mails)
    assert first == again
    assert len({first, other, similar}) == 3
    assert first.endswith("@brand.example>")


def test_a_line_break_begins_no_header(server):
    way(server).send(letter(subject="Crisis\r\nBcc: thief@example.org\r\n\r\nbody"))
    (mail,) = server.mails
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Crisis Bcc: thief@example.org body"
    assert server.envelopes[0][1] == ["anna@brand.example"]


@pytest.mark.parametrize("target", ["", "anna", "@brand.example", "żółw@brand.example"])
def test_what_is_no_address_is_refused_without_a_traceback(server, target):
    assert refused(way(server), letter(target=target)).permanent


@pytest.mark.parametrize("command", ["mail", "rcpt", "data"])
def test_a_temporary_refusal_is_worth_another_try(server, command):
    server.fail[command] = "451 busy, come back"
    error = refused(way(server))
    assert (error.permanent, error.unknown, error.code) == (False, False, "451")
    assert "come back" in str(error)


@pytest.mark.parametrize("command", ["mail", "rcpt", "data"])
def test_a_final_refusal_is_permanent(server, command):
    server.fail[command] = "550 no such user"
    assert refused(way(server)).permanent


@pytest.mark.parametrize("command", ["mail", "rcpt"])
def test_a_connection_lost_before_the_mail_was_sent_is_worth_another_try(server, command):
    server.fail[command] = "drop"
    error = refused(way(server))
    assert (error.permanent, error.unknown) == (False, False)


def test_a_lost_answer_is_unknown_and_nothing_can_be_looked_up(server):
    server.fail["after"] = "drop"
    assert refused(way(server)).unknown
    assert len(server.mails) == 1
    assert way(server).find(letter(), NOON) is None


def test_a_server_that_is_not_there_is_worth_another_try(server):
    with MailServer() as gone:
        pass
    error = refused(way(gone))
    assert (error.permanent, error.unknown) == (False, False)


def test_who_must_log_in_does():
    with MailServer(password="right") as server:
        way(server, user="listener", password="right").send(letter())
        assert len(server.mails) == 1


def test_a_wrong_password_is_permanent_and_never_told():
    with MailServer(password="right") as server:
        error = refused(way(server, user="listener", password="wr0ng"))
        assert error.permanent
        assert "wr0ng" not in str(error)


def test_no_password_goes_to_a_server_elsewhere_unencrypted(server):
    error = refused(way(server, user="listener", password="secret", tls="starttls"))
    assert error.permanent and "STARTTLS" in str(error)


def test_a_server_that_offers_encryption_gets_it(context):
    with MailServer(context) as server:
        way(server).send(letter())
        way(server, tls="none").send(letter())
        assert [secure for _, _, secure in server.envelopes] == [True, False]


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    return self_signed(tmp_path_factory.mktemp("tls"))


def test_the_check_tells_whether_the_server_takes_us(server):
    assert [check.ok for check in way(server).check()] == [True]
    with MailServer() as gone:
        pass
    (check,) = way(gone).check()
    assert not check.ok and "[email]" in check.do
