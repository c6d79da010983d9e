# ruff: noqa: E501
"""Mail from an IMAP server on loopback: what is read of it, and what mails become."""

import random
import time
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from connectors import Call, SourceGarbled, SourceRefused, SourceUnavailable, _imap, imap
from connectors._mail import letter, reddit_name, unwrapped
from listener.hearing import Ears
from listener.poll import Poller
from listener.store import mentions
from tests.kit import BRAND, an_intake, opened, settings
from tests.servers.imap import ImapServer, mail
from tests.servers.mail import self_signed

AT = datetime(2026, 3, 16, 9, tzinfo=UTC)
GOOGLE = """<html><head><style>a {{}}</style><title>Alert</title></head><body><!-- <a href="https://hidden.test/">x</a> -->
<a href="https://www.google.com/alerts?hl=en"><img src="x"></a> NEWS <table>{items}</table>
<a href="https://www.google.com/alerts?s=1">See more results</a> | <a href="https://www.google.com/alerts/edit">Edit this alert</a>
</body></html>"""
RESULT = """<tr itemscope><td><a href="https://www.google.com/url?rct=j&amp;sa=t&amp;url=https://news.test/{n}%3Fa%3D1&amp;ct=ga&amp;cd=x"
 itemprop="url"><span itemprop="name"><b>Acme</b> leaks {n}</span></a><div><a><span>The Times</span></a></div>
<div itemprop="description">People say that <b>Acme</b> &amp; others leak {n}</div>
<a href="https://www.google.com/alerts/feedback?x={n}">Flag as irrelevant</a></td></tr>"""
F5BOT = """<h2>Keyword: "acme"</h2>
<p style='margin-left:10px'>  Reddit Comments (/r/kettles/): <a href='https://f5bot.com/url?u=https%3A%2F%2Fwww.reddit.com%2Fr%2Fkettles%2Fcomments%2Fabc1%2Fit_leaks%2Fdef2%2F&i=1&h=2'>Is it safe?</a> by ben<br>
<span style='font-family: monospace'>my <strong>Acme</strong> leaks too</span></p>
<p style='margin-left:10px'>  Reddit Posts (/r/kettles/): <a href='https://f5bot.com/url?u=https%3A%2F%2Fwww.reddit.com%2Fr%2Fkettles%2Fcomments%2Fabc9%2F&i=1'>Acme broke</a> by cleo<br>
<span style='font-family: monospace'>again</span></p>
<p>Hacker News Comments: <a href='https://f5bot.com/url?u=https%3A%2F%2Fnews.ycombinator.com%2Fitem%3Fid%3D4123'>Kettles</a> by dan<br><span>use Acme</span></p>
<p>Do you have comments or suggestions about F5Bot? <a href="https://f5bot.com/contact">Tell us</a></p>"""
F5BOT_TEXT = """F5Bot found something!

Keyword: "acme"
  Reddit Comments (/r/kettles/): 'Is it safe?' by ben
    https://f5bot.com/url?u=https%3A%2F%2Fwww.reddit.com%2Fr%2Fkettles%2Fcomments%2Fabc1%2Fit_leaks%2Fdef2%2F&i=1&h=2
    my Acme leaks too
  Reddit Posts (/r/kettles/): 'Acme broke' by cleo
    https://f5bot.com/url?u=https%3A%2F%2Fwww.reddit.com%2Fr%2Fkettles%2Fcomments%2Fabc9%2F&i=1
    again

  Hacker News Comments: 'Kettles' by dan
    https://news.ycombinator.com/item?id=4123
    use Acme

Do you have comments or suggestions about F5Bot?
"""


@pytest.fixture
def server():
    with ImapServer() as server:
        yield server


def options(server, **more):
    where = {"host": "127.0.0.1", "port": server.port, "tls": "none"}
    return imap.Options(**{**where, "user": "ada", "password": SecretStr("hush hush"), **more})


def visit(asked, cursor=None):
    """Hold one visit's conversation, as the driver does."""
    conversation = imap.fetch(asked, cursor)
    answer = next(conversation)
    assert isinstance(answer, Call)
    try:
        conversation.send(type("A", (), {"value": answer.function(*answer.args)}))
    except StopIteration as end:
        return end.value
    raise AssertionError("one question is enough")


def all_of(asked, cursor=None):
    """Visit until nothing is left; return the mentions and the last cursor."""
    found = []
    while True:
        page = visit(asked, cursor)
        found += page.mentions
        cursor = page.cursor
        if not page.more:
            return found, cursor


def read(body, how="auto"):
    return imap.mentions(letter(body, None), how)


def told(found):
    return [(m.id, m.url, m.author, m.title, m.text) for m in found]


def test_a_mail_is_one_mention(server):
    server.add(mail("It leaks", "Acme leaks\nbadly", at=AT, key="k1", sender='"Ada L." <ada@board.test>'))
    (found,) = visit(options(server)).mentions
    assert (found.id, found.author, found.title, found.text) == (
        "k1@board.test",
        "Ada L.",
        "It leaks",
        "Acme leaks badly",
    )
    assert (found.published_at, found.url) == (AT, "")


def test_nothing_is_marked_or_deleted(server):
    server.add(mail("a", "b", at=AT))
    visit(options(server))
    verbs = {line.split()[0] for line in server.said}
    assert verbs <= {"CAPABILITY", "LOGIN", "EXAMINE", "UID", "LOGOUT"}
    assert all("PEEK" in line or "SIZE" in line for line in server.said if "FETCH" in line)


def test_only_what_is_new_is_asked_for(server):
    server.add(mail("one", "1", at=AT))
    page = visit(options(server))
    assert page.since is None
    assert visit(options(server), page.cursor).mentions == ()
    server.add(mail("two", "2", at=AT))
    page = visit(options(server), page.cursor)
    assert [m.title for m in page.mentions] == ["two"]
    assert page.since is not None
    assert len([line for line in server.said if "BODY" in line]) == 2


def test_a_folder_with_letters_of_its_own_is_read(server):
    server.add(mail("one", "1", at=AT), folder="Wzmianki/&AXsA8wFC-ty")
    assert len(visit(options(server, folder="Wzmianki/Żółty")).mentions) == 1


def test_a_folder_numbered_anew_is_read_again_and_doubles_nothing(server):
    server.add(mail("one", "1", at=AT, key="a"))
    server.add(mail("two", "2", at=AT))
    first = visit(options(server))
    server.folders["INBOX"].validity = 8
    server.folders["INBOX"].mails = {5: server.folders["INBOX"].mails[2], 6: server.folders["INBOX"].mails[1]}
    again = visit(options(server), first.cursor)
    assert {m.id for m in again.mentions} == {m.id for m in first.mentions}
    assert again.since is None


def test_a_server_in_disorder_is_read_in_order(server):
    server.shuffled = True
    for number in range(5):
        server.add(mail(f"{number}", "x", at=AT))
    assert [m.title for m in visit(options(server)).mentions] == list("01234")


def test_a_large_folder_comes_in_pieces(server):
    for number in range(250):
        server.add(mail(f"{number}", "x", at=AT))
    first = visit(options(server))
    assert (len(first.mentions), first.more, first.since) == (100, True, None)
    rest, cursor = all_of(options(server), first.cursor)
    assert [int(m.title) for m in (*first.mentions, *rest)] == list(range(250))
    assert visit(options(server), cursor).mentions == ()


def test_a_mailbox_of_years_begins_near_its_end(server, monkeypatch):
    monkeypatch.setattr(_imap, "MOST_AT_FIRST", 30)
    for number in range(50):
        server.add(mail(f"{number}", "x", at=AT))
    found, cursor = all_of(options(server))
    assert [int(m.title) for m in found] == list(range(20, 50))
    for number in range(50, 100):
        server.add(mail(f"{number}", "x", at=AT))
    assert len(all_of(options(server), cursor)[0]) == 50


def test_a_huge_mail_costs_only_itself_and_is_never_fetched(server):
    server.add(mail("one", "1", at=AT))
    server.add(b"Subject: huge\n\n" + b"x" * 100, size=50_000_000)
    server.add(mail("two", "2", at=AT))
    page = visit(options(server))
    assert ([m.title for m in page.mentions], page.spoiled) == (["one", "two"], 1)
    assert not any("FETCH 2 (UID BODY" in line for line in server.said)
    assert visit(options(server), page.cursor).spoiled == 0


def test_a_mail_that_is_larger_than_was_said_costs_only_itself(server):
    server.add(mail("one", "1", at=AT))
    server.add(mail("two", "2", at=AT))
    server.faults = ["endless"]
    page = visit(options(server))
    assert (page.mentions, page.spoiled, page.more) == ((), 1, True)
    assert [m.title for m in visit(options(server), page.cursor).mentions] == ["two"]


@pytest.mark.parametrize("fault", ["drop", "half"])
def test_what_was_read_before_a_break_is_kept_and_the_rest_comes_next(server, fault):
    for number in range(4):
        server.add(mail(f"{number}", "x", at=AT))
    server.faults = [None, None, fault]
    page = visit(options(server))
    assert ([m.title for m in page.mentions], page.more) == (["0", "1"], True)
    server.faults = [fault]
    with pytest.raises(SourceUnavailable):
        visit(options(server), page.cursor)
    assert [m.title for m in visit(options(server), page.cursor).mentions] == ["2", "3"]


def test_mails_that_cannot_be_read_cost_only_themselves(server):
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(1500))
    for body in (b"", b"\xff\xfe\0\0", b"\n\n", nested, b"Subject: =?utf-8?b?////?=\nFrom: \xff\n\n"):
        server.add(body)
    server.add(mail("good", "x", at=AT))
    page = visit(options(server))
    assert page.mentions[-1].title == "good"
    assert len(page.mentions) + page.spoiled >= 5


def test_only_mails_of_the_sender_are_read(server):
    server.add(mail("one", "1", at=AT))
    server.add(mail("two", "2", at=AT, sender="Alerts <alerts@f5bot.com>"))
    assert [m.title for m in visit(options(server, sender="@f5bot.com")).mentions] == ["two"]


def test_a_refused_login_says_what_to_do_and_never_the_password(server):
    with pytest.raises(SourceRefused, match="app password") as error:
        visit(options(server, password=SecretStr("wrong word")))
    assert "wrong word" not in str(error.value)
    assert "wrong word" not in repr(options(server, password=SecretStr("wrong word")))


def test_a_login_that_is_refused_for_now_is_tried_again(server):
    server.refusal = "[UNAVAILABLE] come back later"
    with pytest.raises(SourceUnavailable, match="at the moment"):
        visit(options(server))


def test_passwords_of_all_letters_are_taken(server):
    server.user, server.password = 'a"da', 'zażółć \\ "x"'
    server.add(mail("one", "1", at=AT))
    assert len(visit(options(server, user='a"da', password=SecretStr(server.password))).mentions) == 1


def test_a_folder_that_is_not_there_is_refused_with_those_that_are(server):
    server.folders["Wzmianki"] = server.folders["INBOX"]
    with pytest.raises(SourceRefused, match="INBOX, Wzmianki"):
        visit(options(server, folder="Alerts"))


@pytest.mark.parametrize("greeting", ["* BYE overloaded", "HTTP/1.1 400 Bad Request", "220 mail.test ESMTP"])
def test_a_server_that_is_none_is_told_apart(greeting):
    with ImapServer(greeting=greeting) as server, pytest.raises((SourceUnavailable, SourceGarbled)):
        visit(options(server))


def test_a_server_that_is_not_there_is_unavailable():
    with ImapServer() as server:
        asked = options(server)
    with pytest.raises(SourceUnavailable, match="no connection"):
        visit(asked)


def test_a_server_that_says_nothing_is_given_up(monkeypatch):
    monkeypatch.setattr(_imap, "WAIT_SECONDS", 0.2)
    with (
        ImapServer(greeting=b"* OK without an end") as silent,
        pytest.raises(SourceUnavailable, match="in time"),
    ):
        visit(options(silent))


def test_encryption_is_verified(tmp_path):
    context = self_signed(tmp_path)
    with ImapServer(context=context) as server, pytest.raises(SourceUnavailable, match="TLS"):
        visit(options(server, tls="ssl"))
    with ImapServer(starttls=context) as server, pytest.raises(SourceUnavailable, match="TLS"):
        visit(options(server, tls="starttls"))
    assert not any("LOGIN" in line for line in server.said)


@pytest.mark.parametrize("tls", ["ssl", "starttls"])
def test_mail_is_read_over_encryption(tmp_path, monkeypatch, tls):
    context = self_signed(tmp_path)
    trusting = {"context": context} if tls == "ssl" else {"starttls": context}
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    with ImapServer(**trusting) as server:
        server.add(mail("one", "1", at=AT))
        assert len(visit(options(server, tls=tls, host="localhost")).mentions) == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"host": "imap.test/x"}, "host"),
        ({"port": 0}, "port"),
        ({"tls": "maybe"}, "tls"),
        ({"tls": "none", "host": "imap.example.org"}, "for all to read"),
        ({"split": "some"}, "split"),
        ({"user": "ada\r\nX"}, "one line"),
        ({"folder": ""}, "one line"),
        ({"sender": 'a" DELETED'}, "sender"),
    ],
)
def test_options_that_cannot_work_are_refused(server, wrong, sentence):
    with pytest.raises(ValueError, match=sentence):
        options(server, **wrong)


@pytest.mark.parametrize("cursor", ["junk", "[]", "{}", '{"validity": "x"}'])
def test_a_cursor_that_makes_no_sense_is_none(server, cursor):
    server.add(mail("one", "1", at=AT))
    assert len(visit(options(server), cursor).mentions) == 1


def google(*numbers, **more):
    html = GOOGLE.format(items="".join(RESULT.format(n=n) for n in numbers))
    return mail(
        "Google Alert - acme",
        html=html,
        sender="Google Alerts <googlealerts-noreply@google.com>",
        at=AT,
        **more,
    )


def test_each_result_of_a_google_alert_is_a_mention_at_its_real_address():
    found = read(google(1, 2))
    assert [(m.url, m.title) for m in found] == [
        ("https://news.test/1?a=1", "Acme leaks 1"),
        ("https://news.test/2?a=1", "Acme leaks 2"),
    ]
    assert found[0].text == "The Times People say that Acme & others leak 1"
    assert {m.published_at for m in found} == {AT}


def test_the_same_result_in_two_alerts_is_one_mention():
    assert {m.id for m in read(google(1, key="a"))} == {m.id for m in read(google(1, 1, key="b"))}
    assert len(read(google(1, 1))) == 1


def test_a_forwarded_alert_is_known_by_how_it_is_made():
    body = google(1).replace(b"googlealerts-noreply@google.com", b"boss@acme.test")
    assert read(body)[0].url == "https://news.test/1?a=1"


def test_a_google_alert_in_plain_text_is_read():
    text = "=== News ===\n\nAcme leaks\nThe Times\nPeople say so\n<https://www.google.com/url?sa=t&url=https://news.test/1>\n\n"
    body = mail(
        "Google Alert - acme",
        text + "https://www.google.com/alerts/edit",
        sender="a <googlealerts-noreply@google.com>",
    )
    assert [(m.url, m.title, m.text) for m in read(body)] == [
        ("https://news.test/1", "Acme leaks", "The Times People say so")
    ]


@pytest.mark.parametrize("form", [{"html": F5BOT}, {"text": F5BOT_TEXT}])
def test_each_hit_of_f5bot_is_a_mention_with_the_name_its_place_gives_it(form):
    found = read(mail("F5Bot found something: acme", sender="F5Bot <admin@f5bot.com>", at=AT, **form))
    reddit = "https://www.reddit.com/r/kettles/comments/"
    assert told(found) == [
        ("t1_def2", f"{reddit}abc1/it_leaks/def2/", "ben", "Is it safe?", "my Acme leaks too"),
        ("t3_abc9", f"{reddit}abc9/", "cleo", "Acme broke", "again"),
        ("hn:4123", "https://news.ycombinator.com/item?id=4123", "dan", "Kettles", "use Acme"),
    ]


def test_other_alerts_give_a_mention_for_each_link_and_none_for_the_small_print():
    html = (
        '<a href="https://www.talkwalker.com/x">Talkwalker</a> <a href="https://a.test/1"><img></a>'
        '<a href="https://a.test/1">Acme leaks</a> <time datetime="2026-03-15T08:00:00Z"></time> a lot of it'
        '<a href="https://a.test/1">Read more</a><a href="https://b.test/2">Acme again</a> and <b>more</b>'
        '<a href="javascript:alert(1)">Acme evil</a><a href="https://a.test/u">Unsubscribe here</a>'
    )
    found = read(mail("Alert", html=html, sender="Talkwalker <alerts@talkwalker.com>", at=AT))
    assert [(m.url, m.title, m.text) for m in found] == [
        ("https://a.test/1", "Acme leaks", "a lot of it"),
        ("https://b.test/2", "Acme again", "and more"),
    ]
    assert found[0].published_at == datetime(2026, 3, 15, 8, tzinfo=UTC)
    assert [m.url for m in read(mail("News", html=html, at=AT), "alerts")][-2:] == [m.url for m in found]


def test_a_newsletter_stays_whole_and_is_plain():
    html = (
        "<style>p{}</style><p>Acme <b>leaks</b>&nbsp;<script>x</script></p><a href='https://a.test'>more</a>"
    )
    (found,) = read(mail("News", html=html, at=AT))
    assert found.text == "Acme leaks more"
    (again,) = read(google(1, 2), "whole")
    assert again.title == "Google Alert - acme"


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-2", "windows-1250", "utf-16", "klingon", "idna"])
@pytest.mark.parametrize("coding", ["base64", "quoted-printable", "8bit"])
def test_letters_of_many_makes_are_read(charset, coding):
    import base64
    import quopri

    real = {"klingon": "cp1250", "idna": "utf-8"}.get(charset, charset)
    data = "zażółć gęślą jaźń".encode(real)
    if coding == "8bit" and charset == "utf-16":
        pytest.skip("lines of mails cannot hold it")
    data = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring, "8bit": bytes}[coding](
        data
    )
    head = f"Subject: =?utf-8?q?=C5=BC=C3=B3=C5=82w?=\nContent-Type: text/plain; charset={charset}\n"
    body = f"{head}Content-Transfer-Encoding: {coding}\n\n".encode() + data
    (found,) = read(body)
    assert (found.title, found.text) == ("żółw", "zażółć gęślą jaźń")


def test_a_server_without_a_clock_dates_nothing(server):
    server.got_at = "01-Jan-1970 00:00:00 +0000"
    server.add(mail("a", "b", at=AT))
    server.add(mail("c", "d"))
    assert [m.published_at for m in visit(options(server)).mentions] == [AT, None]


def test_attachments_are_left_out():
    from email import message_from_bytes, policy

    made = message_from_bytes(mail("a", "Acme leaks", at=AT), policy=policy.default)
    made.add_attachment("secret words", filename="a.txt")
    made.add_attachment(b"\0" * 1000, maintype="application", subtype="pdf")
    assert read(made.as_bytes())[0].text == "Acme leaks"


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Mon, 16 Mar 2026 10:00:00 +0100", AT),
        ("Mon, 16 Mar 2099 10:00:00 +0100", AT + timedelta(hours=2)),
        ("yesterday", AT + timedelta(hours=2)),
        ("Thu, 01 Jan 1970 00:00:00 +0000", AT + timedelta(hours=2)),
        (None, AT + timedelta(hours=2)),
    ],
)
def test_a_date_that_cannot_be_is_the_servers(server, date, expected):
    server.add(mail("a", "b", at=date))
    assert visit(options(server)).mentions[0].published_at == expected


@pytest.mark.parametrize(
    ("wrapped", "real"),
    [
        ("https://www.google.co.uk/url?q=https://a.test/1&amp;sa=U", "https://a.test/1"),
        (
            "https://www.google.com/url?url=javascript:alert(1)",
            "https://www.google.com/url?url=javascript:alert(1)",
        ),
        ("https://evil.test/url?url=https://a.test/", "https://evil.test/url?url=https://a.test/"),
        ("https://f5bot.com/url?u=file:///etc/passwd", "https://f5bot.com/url?u=file:///etc/passwd"),
        ("javascript:alert(1)", ""),
    ],
)
def test_only_links_that_may_be_followed_are_unwrapped(wrapped, real):
    assert unwrapped(wrapped) == real


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://old.reddit.com/r/x/comments/AbC/slug/?context=3", "t3_abc"),
        ("https://www.reddit.com/r/x/comments/abc/c/d1", "t1_d1"),
        ("https://redd.it/abc", "t3_abc"),
        ("https://reddit.com.evil.test/r/x/comments/abc/", ""),
        ("https://www.reddit.com/r/x/", ""),
    ],
)
def test_addresses_of_reddit_have_fullnames(url, name):
    assert reddit_name(url) == name


@pytest.mark.parametrize(
    "piece",
    [
        "<a ", "<a href='", "<!--", "<a href='https://a.test/'>", "</a>", "&#", "<style>", "<", "a href=",
        "https://a.test/ ", "<time datetime='2026",
        "Keyword: \"", "Reddit Posts (", "Reddit Posts (: '", " by x",
    ],
)  # fmt: skip
@pytest.mark.parametrize("how", ["alerts", "whole", "f5bot"])
def test_no_mail_takes_long(piece, how):
    words = piece * (600_000 // len(piece))
    sender = "a <a@f5bot.com>" if how == "f5bot" else "a <a@b.test>"
    body = f"From: {sender}\nSubject: x\nContent-Type: text/{{}}; charset=utf-8\n\n{words}"
    begun = time.process_time()
    for kind in ("html", "plain"):
        read(body.replace("{}", kind, 1).encode(), "auto" if how == "f5bot" else how)
    assert time.process_time() - begun < 5


def test_every_mail_is_stored_once_through_breaks_duplicates_and_new_numbers(tmp_path, server):
    chance, sent = random.Random(3), 0
    config = settings(
        tmp_path,
        BRAND,
        '[[source]]\nname = "mail"\nkind = "imap"\nhost = "127.0.0.1"\ntls = "none"\nuser = "ada"\n'
        f'password = "hush hush"\nport = {server.port}\n',
    )
    store, now = opened(tmp_path), [AT + timedelta(hours=3)]
    for life in range(4):
        ears = Ears(lambda: now[0])
        poller = Poller(store, ears, an_intake(store, config), config, lambda: 0.5)
        server.shuffled = life == 2
        for _ in range(6):
            for _ in range(chance.randrange(4)):
                body = mail(
                    f"Acme leaks {sent}", f"words of {sent}", at=AT, key=f"m{sent}" if sent % 3 else None
                )
                server.add(body)
                sent += 1
                if chance.random() < 0.2:
                    server.add(body)
            server.faults = [chance.choice([None, None, None, "drop", "half"]) for _ in range(4)]
            now[0] += timedelta(hours=1)
            poller.start(now[0], ["mail"])
            while poller.out:
                poller.settle(lambda: now[0], 5)
        server.folders["INBOX"].validity += life % 2
        ears.close()
    server.faults, ears = [], Ears(lambda: now[0])
    poller = Poller(store, ears, an_intake(store, config), config, lambda: 0.5)
    for _ in range(3):
        now[0] += timedelta(hours=1)
        poller.start(now[0], ["mail"])
        while poller.out:
            poller.settle(lambda: now[0], 5)
    ears.close()
    with store.read() as db:
        found = [m.title for m in mentions.search(db, 0)]
    assert sorted(found) == sorted(f"Acme leaks {n}" for n in range(sent))
    store.close()
