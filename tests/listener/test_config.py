"""What the operator wrote becomes Settings, or every mistake in it is told at once."""

import re
import traceback
from datetime import datetime, timedelta
from pathlib import Path
from typing import get_args
from zoneinfo import ZoneInfo

import hypothesis
import pytest
from hypothesis import strategies as st
from pydantic import SecretStr

import connectors
from connectors import hackernews, rss
from listener.config import ConfigError, Settings, WeekTime, load, parse
from listener.config.settings import Role, Severity
from rules import query
from rules.playbook import ROLES, SEVERITIES, STANDARD, Step, Task
from rules.triggers import spike, swell

ROOT = Path(__file__).parents[2]
HEAD = '[listener]\ndatabase = "listener.db"\n'
CANARIES = {f"CANARY_{number}": f"canary-{number}-sings" for number in range(4)}

FULL = """
[listener]
database  = "data/listener.db"
timezone  = "Europe/Warsaw"
locale    = "pl"
languages = ["pl", "en", "de"]
dashboard = "[::1]:9000"
public_url = "https://listener.example.org/"
heartbeat  = "https://hc.example.org/ping/1"
contact    = "pr@example.org"

[[brand]]
name  = "Żabka"
query = '(żabka~ OR "zabka nano") AND NOT (ogród OR płaz~) AND NOT site:allegro.pl'
must_match     = ["zabki zamkniete w niedziele"]
must_not_match = ["żabka siedzi w ogrodzie"]
rivals = ["Biedronka"]

[[brand]]
name = "AND Records"

[[source]]
name = "news"
kind = "rss"
url  = "https://example.org/feed.xml"
every = "90s"
weight = 2
private = true
pause = true

[[source]]
name = "hn"
kind = "hackernews"
search = "zabka"
page_size = 50

[[rule]]
name  = "angry burst"
brand = "Żabka"
query = "recall OR wycofanie"
trigger = "spike"
on    = "negative"
z     = 5.0
learning_for = "2d"
severity = "watch"
crisis_when = { negative_share = 0.6 }
playbook = "night"

[[person]]
name  = "Anna Nowak"
email = "anna@example.org"
slack = "U024BE7LH"
roles = ["spokesperson", "approver"]

[playbook.night]
answer_within = "2h"
ack_expires = "45m"
ladder = [ {after = "5m", tell = "deputy"}, {after = "0m", tell = "head", by = ["email"]} ]
repeat = 1
[[playbook.night.task]]
phase = "identify"
title = "Wake the one who knows"
[playbook.night.statement.holding]
text = "We know about {what}."

[slack]
bot_token = "${env:CANARY_0}"
app_token = "${env:CANARY_1}"
channel   = "#pr-alerts"
api       = "http://127.0.0.1:8080/api"

[email]
host = "smtp.example.org"
port = 465
user = "listener"
password = "${file:secrets/smtp}"
from = "The listener <listener@example.org>"
tls = "ssl"

[digest]
to = ["board@example.org"]
at = "fri 17:30"

[privacy]
keep    = "90d"
authors = "pseudonym"
"""

MISTAKES = """
[listener]
databse = "listener.db"
timezone = "Europe/Warsav"

[[brand]]
name = "Żabka"
query = "żabka~ OR (kolejka"

[[source]]
name = "news"
kind = "rss"
url = "ftp://example.org/feed.xml"
every = "5 minutes"

[[source]]
name = "news"
kind = "hackernws"

[[rule]]
name = "burst"
brand = "Zabka"
z = "high"

[slack]
bot_token = "${env:SLACK_BOT_TOKEN}"
chanel = "#pr-alerts"
"""

PIECES = [
    "",
    "=",
    chr(34),
    "[",
    "]",
    "{}",
    "[[",
    "]]",
    "\n",
    "5",
    "= 5\n",
    "= []\n",
    "= {}\n",
    "= [[1]]\n",
    "-1e999",
    "\0",
    "${",
]


@pytest.fixture
def full(tmp_path):
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/smtp").write_text(CANARIES["CANARY_2"] + "\n")
    return parse(FULL, tmp_path, CANARIES)


def mistakes(text, env=None, base=Path("/nowhere")):
    with pytest.raises(ConfigError) as caught:
        parse(text, base, env or {})
    return [str(problem) for problem in caught.value.problems]


def only_mistake(text, env=None, base=Path("/nowhere")):
    (found,) = mistakes(text, env, base)
    return found


# What a file says


def test_a_full_file_says_everything(full, tmp_path):
    assert full.path == tmp_path / "config.toml"
    assert full.database == tmp_path / "data/listener.db"
    assert full.timezone == ZoneInfo("Europe/Warsaw")
    assert (full.locale, full.languages) == ("pl", ("pl", "en", "de"))
    assert full.dashboard == ("::1", 9000)
    assert (full.public_url, full.contact) == ("https://listener.example.org", "pr@example.org")
    assert full.digest.to == ("board@example.org",)
    assert full.digest.at == WeekTime(4, 17, 30)
    assert (full.privacy.keep, full.privacy.authors) == (timedelta(days=90), "pseudonym")


def test_a_source_carries_the_options_of_its_connector(full):
    news, hn = full.sources
    assert news.options == rss.Options("https://example.org/feed.xml")
    assert (news.every, news.weight, news.private, news.pause) == (timedelta(seconds=90), 2.0, True, True)
    assert hn.options == hackernews.Options("zabka", page_size=50)
    assert (hn.every, hn.weight, hn.private, hn.pause) == (timedelta(minutes=5), 1.0, False, False)


def test_a_rule_carries_the_options_of_its_trigger(full):
    (rule,) = full.rules
    assert rule.options == spike.Options(z=5.0, learning_for=timedelta(days=2))
    assert (rule.brand, rule.query, rule.on) == ("Żabka", "recall OR wycofanie", "negative")
    assert (rule.severity, rule.playbook) == ("watch", "night")
    assert (rule.crisis_when.z, rule.crisis_when.negative_share) == (None, 0.6)


def test_a_brand_without_a_query_is_found_by_its_name_as_a_phrase(full):
    assert full.brands[1].query == '"AND Records"'
    assert query.compile({"x": query.parse(full.brands[1].query)})


def test_a_playbook_says_who_is_told_in_the_order_of_time(full):
    night = full.playbooks["night"]
    assert night.ladder == (
        Step(timedelta(0), "head", ("email",)),
        Step(timedelta(minutes=5), "deputy", ("slack",)),
    )
    assert night.tasks == (Task("identify", "Wake the one who knows"),)
    assert (night.answer_within, night.ack_expires) == (timedelta(hours=2), timedelta(minutes=45))
    assert [(s.name, s.text) for s in night.statements] == [("holding", "We know about {what}.")]


def test_the_standard_playbook_is_always_there(full):
    assert full.playbooks["standard"] == STANDARD


def test_what_a_playbook_does_not_say_is_as_in_the_built_in_one():
    agreed = parse(HEAD + '[playbook.standard]\nanswer_within = "30m"', Path(), {}).playbooks["standard"]
    assert agreed.answer_within == timedelta(minutes=30)
    assert (agreed.ladder, agreed.tasks) == (STANDARD.ladder, STANDARD.tasks)


def test_a_ladder_may_be_emptied_on_purpose():
    assert parse(HEAD + "[playbook.calm]\nladder = []", Path(), {}).playbooks["calm"].ladder == ()


def test_ways_out_and_people(full):
    assert full.slack.channel == "#pr-alerts"
    assert full.slack.api == "http://127.0.0.1:8080/api/"
    assert (full.email.host, full.email.port, full.email.tls) == ("smtp.example.org", 465, "ssl")
    assert full.email.from_ == "The listener <listener@example.org>"
    assert full.people[0].roles == ("spokesperson", "approver")


def test_listener_alone_is_a_valid_file(tmp_path):
    alone = parse(HEAD, tmp_path, {})
    assert alone.database == tmp_path / "listener.db"
    assert (alone.brands, alone.sources, alone.people) == ((), (), ())
    assert (alone.slack, alone.email) == (None, None)
    assert alone.dashboard == ("127.0.0.1", 8377)
    assert (alone.digest.to, str(alone.digest.at)) == ((), "mon 08:00")
    assert alone.privacy.authors == "plain" and alone.reading.overlay is True


def test_without_rules_three_hold():
    rules = parse(HEAD, Path(), {}).rules
    held = [(rule.name, rule.trigger, rule.on, rule.options) for rule in rules]
    assert held == [
        ("surge", "spike", "all", spike.Options()),
        ("angry burst", "spike", "negative", spike.Options()),
        ("slow burn", "swell", "negative", swell.Options()),
    ]
    for rule in rules:
        assert (rule.severity, rule.playbook) == ("alert", "standard")
        assert (rule.crisis_when.z, rule.crisis_when.negative_share) == (12.0, 0.6)


def test_yes_is_no_number():
    said = mistakes(HEAD + "[[rule]]\nname = 'r'\ncount = false\ntrigger = 'threshold'")
    assert any("count" in line and "a number" in line for line in said)


@pytest.mark.parametrize("off", ["", "off"])
def test_the_dashboard_can_be_off(off):
    assert parse(HEAD + f'dashboard = "{off}"', Path(), {}).dashboard is None


def test_an_absolute_database_stays_where_it_is():
    assert parse('[listener]\ndatabase = "/var/x.db"', Path("/etc"), {}).database == Path("/var/x.db")


@pytest.mark.parametrize("written", ['""', "5", '"~nobody-here/x.db"', '"a\\u0000b"'])
def test_a_database_that_is_no_path_is_refused(written):
    assert "[listener] database: found" in only_mistake(f"[listener]\ndatabase = {written}")


def test_settings_cannot_be_changed(full):
    with pytest.raises(ValueError, match="frozen"):
        full.locale = "en"


def test_a_moment_of_the_week_finds_its_last_turn():
    monday = WeekTime(0, 8, 0)
    assert monday.at_or_before(datetime(2026, 3, 2, 8, 0)) == datetime(2026, 3, 2, 8, 0)
    assert monday.at_or_before(datetime(2026, 3, 2, 7, 59)) == datetime(2026, 2, 23, 8, 0)
    assert monday.at_or_before(datetime(2026, 3, 8, 23, 0)) == datetime(2026, 3, 2, 8, 0)


def test_roles_and_severities_are_those_of_the_rules():
    assert (get_args(Role), get_args(Severity)) == (ROLES, SEVERITIES)


# What is wrong with it


def test_all_mistakes_of_a_file_are_told_together():
    assert mistakes(MISTAKES) == [
        "config.toml:3: [listener] databse: found an unknown key; right would be database",
        'config.toml:4: [listener] timezone: found "Europe/Warsav"; right would be "Europe/Warsaw"',
        'config.toml:8: [[brand]] "Żabka" query: the query can\'t be understood\n'
        "    żabka~ OR (kolejka\n"
        "              ^ this bracket is never closed",
        'config.toml:13: [[source]] "news" url: found "ftp://example.org/feed.xml"; '
        "right would be an address that begins with http:// or https://",
        'config.toml:14: [[source]] "news" every: found "5 minutes"; '
        'right would be a duration in quotes, such as "30s", "5m", "2h" or "14d"',
        'config.toml:17: [[source]] "news" name: found "news"; '
        "right would be a name of its own: [[source]] #1 has this one already",
        'config.toml:18: [[source]] "news" kind: found "hackernws"; right would be "hackernews"',
        'config.toml:22: [[rule]] "burst" brand: found "Zabka"; right would be "Żabka"',
        'config.toml:23: [[rule]] "burst" z: found "high"; right would be a number',
        "config.toml:26: [slack] bot_token: environment variable SLACK_BOT_TOKEN is not set",
        "config.toml:27: [slack] chanel: found an unknown key; right would be channel",
    ]


def test_a_problem_can_be_taken_apart():
    with pytest.raises(ConfigError) as caught:
        parse(HEAD + '[digest]\nat = "noon"', Path(), {})
    (problem,) = caught.value.problems
    assert (problem.table, problem.key, problem.found, problem.line) == ("[digest]", "at", '"noon"', 4)
    assert problem.right == 'a weekday and a time such as "mon 08:00"'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('locale = "de"', '[listener] locale: found "de"; right would be one of en, pl'),
        ("languages = []", "[listener] languages: found an empty list; right would be something"),
        ('languages = "en"', '[listener] languages: found "en"; right would be a list'),
        ('languages = ["en", "polish"]', '[listener] languages #2: found "polish"'),
        ('dashboard = "8377"', '[listener] dashboard: found "8377"; right would be host:port'),
        ('dashboard = "127.0.0.1:70000"', 'found "127.0.0.1:70000"; right would be host:port'),
        ('public_url = "listener.example.org"', "an address that begins with http:// or https://"),
        ('timezone = "Europe"', '[listener] timezone: found "Europe"'),
        ('[[source]]\nname = "n"', '[[source]] "n" kind: found nothing; right would be the kind of'),
        ('[[source]]\nname = "n"\nkind = "rss"', '[[source]] "n" url: found nothing'),
        ('[[source]]\nkind = "rss"\nurl = "http://x"', "[[source]] #1 name: found nothing"),
        ('[[source]]\nname = "n"\nkind = "rss"\nurl = "http://x"\nevery = "1s"', "a duration of 5s or more"),
        ('[[source]]\nname = "n"\nkind = "rss"\nurl = "http://x"\nevry = "1m"', "right would be every"),
        ('[[source]]\nname = "n"\nkind = "hackernews"\nsearch = "x"\npage_size = 0', "page_size must be 1"),
        ('[[source]]\nname = "n"\nkind = "hackernews"\nserch = "x"', "serch: found an unknown key; right"),
        ('[[source]]\nname = "n"\nkind = "rss"\nurl = "http://x"\nweight = nan', "weight: found nan"),
        ('[[rule]]\nname = "r"\nseverity = "alarm"', 'found "alarm"; right would be "alert"'),
        ('[[rule]]\nname = "r"\ntrigger = "spke"', 'found "spke"; right would be "spike"'),
        ('[[rule]]\nname = "r"\nz = -1.0', '[[rule]] "r": z must be above 0'),
        ('[[rule]]\nname = "r"\nlearning_for = 3', 'learning_for: found 3; right would be a duration'),
        ('[[rule]]\nname = "r"\nplaybook = "standart"', 'found "standart"; right would be "standard"'),
        ('[[rule]]\nname = "r"\nbrand = "x"', "there is no [[brand]] table"),
        ('[[rule]]\nname = "r"\nquery = "NOT a"', "NOT only takes away"),
        ('[[rule]]\nname = "r"\nquiet_hours = "22-7"', 'found "22-7"; right would be hours such as'),
        ('[[rule]]\nname = "r"\nquiet_hours = "sob 00:00-24:00"', "'sob' is none of mon, tue"),
        ('[[rule]]\nname = "r"\nquiet_hours = "07:00-07:00"', "right would be a span that lasts"),
        ('[[rule]]\nname = "r"\nquiet_hours = "22:00-24:30"', "right would be times from 00:00 to 24:00"),
        ('[[rule]]\nname = "r"\nquiet_hours = "0:00-24:00"', "hours that leave some of the week"),
        ('[[rule]]\nname = "r"\nbudget = {within = "2h"}', "budget most: found nothing; right would"),
        ('[[rule]]\nname = "r"\nbudget = {most = 3, within = "9s"}', "within: found \"9s\"; right would"),
        ('[[rule]]\nname = "r"\ncrisis_when = {}', "crisis_when: found an empty table; right would be z"),
        ('[[rule]]\nname = "r"\ncrisis_when = {zet = 3}', "crisis_when zet: found an unknown key"),
        ('[[brand]]\nname = "?!"', '[[brand]] "?!" name: the query'),
        ('[[brand]]\nname = "a\\nb"', "a name of 1 to 80 characters on one line"),
        ('[[person]]\nname = "A"\nroles = ["boss"]', '[[person]] "A" roles #1: found "boss"; right would'),
        ('[[person]]\nname = "A"\nemail = "a@b\\r\\nBcc: c@d"', '[[person]] "A" email: found'),
        ('[playbook.p]\nladder = [{after = "0m", tell = "boss"}]', 'ladder #1 tell: found "boss"'),
        ('[playbook.p]\nladder = [{after = "0m", tel = "head"}]', "ladder #1 tel: found an unknown key"),
        ('[[playbook.p.task]]\nphase = "identify"\ntitle = ""', "[playbook.p] task #1 title: found \"\""),
        ('[playbook.p.statement.s]\ntext = "{0} {"', "single words in brackets"),
        ('[playbook]\nrepeat = 3', "[playbook.standard]"),
        ('[slack]\nbot_token = ""\nchannel = "#x"', "[slack] bot_token: found a value that is not shown"),
        ('[email]\nhost = "smtp.example.org"', "[email] from: found nothing; right would be the sender"),
        ('[email]\nhost = "h"\nfrom = "a@b.c"\nport = 99999', "99999; right would be a number at most 65535"),
        ('[digest]\nto = ["a@b.c"]', "an [email] table too"),
        ("[reading]\noverlay = 3", "[reading] overlay: found 3; right would be true or false"),
        ("[reading]\noverlai = true", "[reading] overlai: found an unknown key; right would be overlay"),
        ('[privacy]\nkeep = "180"', '[privacy] keep: found "180"; right would be a duration'),
        ("[brand]\nname = 'x'", "[brand]: found a table; right would be written as [[brand]]"),
        ('[slak]\nchannel = "x"', "[slak]: found an unknown table; right would be [slack]"),
    ],
)  # fmt: skip
def test_a_mistake_says_what_would_be_right(text, said):
    assert said in only_mistake(HEAD + text)


def test_a_key_above_the_first_table_is_named():
    assert only_mistake('color = "red"\n' + HEAD).startswith("config.toml:1: color: found a key above")


def test_an_empty_file_lacks_its_database():
    assert "[listener] database: found nothing; right would be the path" in only_mistake("")


def test_a_misspelt_key_is_not_also_missing():
    assert only_mistake('[listener]\ndatabas = "x"').endswith("right would be database")


@hypothesis.settings(deadline=None, derandomize=True, max_examples=200)
@hypothesis.given(at=st.integers(0, len(FULL)), size=st.integers(0, 40), put=st.sampled_from(PIECES))
def test_however_a_file_is_broken_nothing_but_a_config_error_comes_of_it(at, size, put):
    try:
        parse(FULL[:at] + put + FULL[at + size :], Path("/nowhere"), CANARIES)
    except ConfigError as error:
        assert error.problems
        assert "canary" not in str(error)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + "timezone = \n", "config.toml:3: line 3, column 12 is not valid TOML: invalid value"),
        (HEAD + "[slack\n", "config.toml:3: line 3, column 7 is not valid TOML: expected ']'"),
        (HEAD + HEAD, "config.toml:3: line 3, column 10 is not valid TOML: cannot declare"),
        (HEAD + "x = [1,", "config.toml:3: line 3"),
        ("x = " + "[" * 5000, "config.toml:1: line 1"),
        ("x = " + "9" * 5000, "config.toml:1: line 1"),
    ],
)
def test_what_is_no_toml_is_placed(text, said):
    assert only_mistake(text).startswith(said)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: None, "there is no such file"),
        (lambda path: path.mkdir(), "cannot be read"),
        (lambda path: path.write_bytes(b"\xff\xfe[\0l\0"), "is not text in UTF-8"),
        (lambda path: path.write_bytes(b"#" * 17_000_000), "is larger than 16384 kB"),
    ],
)
def test_a_file_that_cannot_be_read_is_said(tmp_path, make, said):
    path = tmp_path / "config.toml"
    make(path)
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert str(caught.value).startswith(f"{path}: ")
    assert said in str(caught.value)


def test_a_file_from_windows_is_read(tmp_path):
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbf" + HEAD.replace("\n", "\r\n").encode())
    assert load(path, {}).database == tmp_path / "listener.db"


def test_a_header_inside_a_long_text_does_not_move_the_lines():
    text = HEAD + '[[brand]]\nname = "x"\nquery = """\n[slack]\nx"""\n[digest]\nat = "noon"'
    assert "config.toml:9: [digest] at" in "\n".join(mistakes(text + "\n[slack]\nchannel = 'c'"))


# Secrets


def test_secrets_are_put_in(full):
    assert full.slack.bot_token == SecretStr(CANARIES["CANARY_0"])
    assert full.slack.app_token == SecretStr(CANARIES["CANARY_1"])
    assert full.email.password == SecretStr(CANARIES["CANARY_2"])


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("${env:ABSENT}", "environment variable ABSENT is not set"),
        ("${env:EMPTY}", "environment variable EMPTY is empty"),
        ("${file:absent}", "file absent does not exist"),
        ("${file:folder}", "folder is not a file"),
        ("${file:binary}", "file binary could not be read: it is not a text in UTF-8"),
        ("${file:empty}", "file empty is empty"),
        ("${file:huge}", "file huge is larger than 64 kB"),
        ("${ENV:X}", 'found "${ENV:X}"; right would be ${env:NAME} or ${file:PATH}'),
    ],
)
def test_a_missing_secret_is_the_only_thing_said_of_its_key(tmp_path, reference, said):
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "huge").write_text("x" * 70_000)
    text = HEAD + f'[slack]\nchannel = "#x"\nbot_token = "{reference}"'
    found = only_mistake(text, {"EMPTY": ""}, tmp_path)
    assert found.startswith("config.toml:5: [slack] bot_token: ")
    assert said in found


def test_a_source_with_a_missing_secret_is_not_also_wrong():
    text = HEAD + '[[source]]\nname = "n"\nkind = "rss"\nurl = "${env:FEED}"'
    assert only_mistake(text).endswith("url: environment variable FEED is not set")


def told(settings: Settings) -> str:
    """Everything that printing settings could show."""
    sources = "".join(repr(source) for source in settings.sources)
    return f"{settings!r}{settings!s}{sources}{settings.slack!r}{settings.email}"


def test_no_secret_is_ever_printed(full):
    assert "canary" not in told(full)
    assert "**********" in told(full)


def test_no_secret_is_in_any_complaint(tmp_path):
    """Each key of the full file is broken in turn while secrets are everywhere they may be."""
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/smtp").write_text(CANARIES["CANARY_2"])
    text = FULL.replace("https://example.org/feed.xml", "https://example.org/${env:CANARY_3}")
    keys = list(re.finditer(r"(?m)^(\w+)\s*= .*$", text))
    assert len(keys) > 40
    for key in keys:
        for broken in (f"{key[0]}\n{key[1]}x = 1", f'{key[1]} = ["${{env:CANARY_3}}"]', f"{key[1]} = 1"):
            changed = text[: key.start()] + broken + text[key.end() :]
            try:
                parse(changed, tmp_path, CANARIES)
            except ConfigError as error:
                assert "canary" not in "".join(traceback.format_exception(error))
                assert "canary" not in repr(error.problems)


def test_a_secret_written_into_the_file_is_not_shown_either():
    for line in ('bot_token = ["canary-sings"]', 'bot_tokn = "canary-sings"', "bot_token = 'canary-sings\n"):
        assert "canary" not in "\n".join(mistakes(HEAD + f'[slack]\nchannel = "#x"\n{line}'))


def test_a_sentence_of_a_connector_is_said_without_what_was_put_in():
    text = HEAD + '[[source]]\nname = "n"\nkind = "rss"\nurl = "https://user:${env:CANARY_3}@example.org/"'
    found = only_mistake(text, CANARIES)
    assert "url must be" in found
    assert "${env:CANARY_3}" in found


# The file that is shipped


def test_the_shipped_file_loads_and_sends_nothing_anywhere():
    settings = load(ROOT / "config.toml", {})
    assert (settings.slack, settings.email, settings.digest.to, settings.people) == (None, None, (), ())
    assert settings.dashboard == ("127.0.0.1", 8377)
    assert len(settings.brands) == 1
    assert {source.kind for source in settings.sources} == {"rss", "hackernews"}
    assert not any(source.private for source in settings.sources)
    assert settings.database == ROOT / "listener.db"


def test_the_shipped_rules_are_those_that_hold_without_any():
    shipped = load(ROOT / "config.toml", {}).rules
    assert shipped == parse(HEAD, Path(), {}).rules


def test_the_shipped_brand_keeps_what_it_promises():
    (brand,) = load(ROOT / "config.toml", {}).brands
    asked = query.compile({brand.name: query.parse(brand.query)})
    assert all(matches(asked, text) for text in brand.must_match)
    assert not any(matches(asked, text) for text in brand.must_not_match)


def matches(asked, text):
    return bool(asked.match(query.Passage("", text)))


def uncommented():
    """The shipped file with everything in it that is only an example."""
    text = (ROOT / "config.toml").read_text()
    key, table, rest = r"\w+ +=(?! \"recall)", r"\[+[\w.]+\]+(?: +#.*)?$", r"\]$|    \{"
    text = re.sub(rf"(?m)^# (?={key}|{table}|{rest})", "", text)
    # A kind comes and goes with its file in connectors/.
    for kind in set(re.findall(r'kind += "(\w+)"', text)) - set(connectors.kinds()):
        text = re.sub(rf'(?m)^\[\[source\]\]\n(?:.+\n)*kind += "{kind}".*\n(?:.+\n)*', "", text)
    return text.replace("/run/secrets/smtp", "smtp")


def test_everything_that_is_commented_out_in_the_shipped_file_holds(tmp_path):
    (tmp_path / "smtp").write_text("secret")
    names = re.findall(r"\$\{env:(\w+)\}", uncommented())
    settings = parse(uncommented(), tmp_path, dict.fromkeys(names, "a-token-of-some-length"))
    assert settings.slack and settings.email and settings.digest.to and len(settings.people) == 2
    assert settings.playbooks["standard"].ladder == STANDARD.ladder
    assert {source.kind for source in settings.sources} == set(connectors.kinds())
    assert set(re.findall(r"(?m)^\[+(\w+)", uncommented())) == {
        "listener", "brand", "source", "rule", "severity", "person", "playbook", "slack", "email", "digest",
        "privacy", "reading",
    }  # fmt: skip


def test_a_rule_may_be_held_back_or_be_a_shadow():
    hours = 'quiet_hours = ["22:00-07:00", "Sat, sun 0:00-24:00"]'
    text = f'[[rule]]\nname = "r"\nshadow = true\nbudget = {{ most = 3 }}\n{hours}'
    rule = parse(HEAD + text, ROOT, {}).rules[0]
    assert (rule.shadow, rule.budget.most, rule.budget.within) == (True, 3, timedelta(hours=24))
    assert [(span.start, span.end, sorted(span.days)) for span in rule.quiet_hours] == [
        (22 * 60, 7 * 60, list(range(7))),
        (0, 1440, [5, 6]),
    ]


def test_a_rule_is_held_back_by_nothing_where_it_says_nothing():
    rule = parse(HEAD + '[[rule]]\nname = "r"', ROOT, {}).rules[0]
    assert (rule.shadow, rule.budget, rule.quiet_hours) == (False, None, ())
