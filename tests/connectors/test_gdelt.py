"""GDELT: files slot by slot, what they are made of, and the API where there are none."""

import io
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from connectors import Answer, Call, SourceGarbled, SourceRefused, SourceUnavailable, _gkg, gdelt
from connectors.gdelt import Options
from tests.connectors.talk import talk
from tests.connectors.visits import Visits
from tests.kit import NOON
from tests.servers.api import ApiServer, Said

STEP = timedelta(minutes=15)
OPTIONS = Options(search=("Acme", "żabk"), translated=False)


def digits(at):
    return at.strftime("%Y%m%d%H%M%S")


def line(number, title="", at=NOON, *, names="", language="", url=None, kind="1", exact=None):
    fields = [""] * 27
    fields[0], fields[1], fields[2] = f"{digits(at)}-{number}", digits(at), kind
    fields[3], fields[4] = "news.test", url or f"https://news.test/{number}"
    fields[14], fields[15], fields[23] = "Some Bank,12;", "-1.5,2,3,4,5,6,300", names
    fields[25] = f"srclc:{language};eng:Moses 2.1.1" if language else ""
    stamp = f"<PAGE_PRECISEPUBTIMESTAMP>{exact}</PAGE_PRECISEPUBTIMESTAMP>" if exact else ""
    fields[26] = f"<PAGE_LINKS>x</PAGE_LINKS>{stamp}<PAGE_TITLE>{title}</PAGE_TITLE>"
    return "\t".join(fields)


def zipped(*lines, method=zipfile.ZIP_DEFLATED):
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", method) as file:
        file.writestr("it.gkg.csv", "".join(f"{one}\n" for one in lines))
    return body.getvalue()


def listed(at, ending=".gkg.csv.zip"):
    base = "http://data.gdeltproject.org/gdeltv2/"
    names = (".export.CSV.zip", ".mentions.CSV.zip", ending)
    return "".join(f"1234 {'0' * 32} {base}{digits(at)}{name}\n" for name in names).encode()


def visit(*answers, cursor=None, options=OPTIONS, at=NOON + timedelta(days=1)):
    return talk(gdelt.fetch(options, cursor, lambda: at), *answers)


def file(*numbers, at=NOON):
    """Return the answers to a file and to the call that reads it."""
    body = zipped(*(line(n, f"Acme {n}", at) for n in numbers))
    return Answer(body=body, status=206), Answer(value=_gkg.articles((body,), OPTIONS.words))


MISSING = Answer(status=404)


def known(at=NOON):
    return visit(listed(at), *file(1, at=at))[1].cursor


# ---- what is in a file


def read(*lines, words=("acme",)):
    return _gkg.articles((zipped(*lines),), words)


def test_articles_are_kept_that_name_a_word_in_the_title_or_among_their_names():
    found, spoiled = read(
        line(1, "Kettles of ACME leak"), line(2, "Kettles leak", names="Bob Lee,7;Acme Kettles,99;Acme,120"),
        line(3, "Kettles leak"), line(4, "Acme on the radio", kind="2"),
    )  # fmt: skip
    assert [(m.title, m.text) for m in found] == [
        ("Kettles of ACME leak", ""), ("Kettles leak", "Acme Kettles, Acme"),
    ]  # fmt: skip
    assert (found[0].id, found[0].url) == ("https://news.test/1", "https://news.test/1")
    assert (found[0].published_at, found[0].language, spoiled) == (NOON, "en", 0)


def test_a_translated_article_keeps_its_title_and_its_language():
    (found,), _ = read(line(1, "&#x17B;abka zamyka &amp; otwiera", language="pol"), words=("żabk",))
    assert (found.title, found.language) == ("Żabka zamyka & otwiera", "pl")


@pytest.mark.parametrize(
    ("exact", "at"),
    [
        ("20260316113000", NOON - 2 * STEP), ("20260316130000", NOON), ("20200101000000", NOON),
        ("20261345999999", NOON), (None, NOON),
    ],
)  # fmt: skip
def test_the_exact_time_counts_where_it_can_be_believed(exact, at):
    assert read(line(1, "Acme", exact=exact))[0][0].published_at == at


def test_lines_beyond_reading_cost_only_themselves():
    broken = "only\tthree\tfields"
    found, spoiled = read(line(1, "Acme 1"), broken, line(2, "Acme 2", url="javascript:x"), line(3, "Acme 3"))
    assert ([m.title for m in found], spoiled) == (["Acme 1", "Acme 3"], 2)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip_is_believed_by_its_own_checksum(method):
    body = zipped(*(line(n, f"Acme {n}") for n in range(50)), method=method)
    halves = (body[: len(body) // 2], body[len(body) // 2 :])
    assert len(_gkg.articles(halves, ("acme",))[0]) == 50
    damaged = bytearray(body)
    damaged[14] ^= 1
    for wrong in (halves[0], bytes(damaged), b"<html>", b"", b"PK\3\4" + b"\xff" * 40):
        with pytest.raises(SourceGarbled):
            _gkg.articles((wrong,), ("acme",))


def test_a_zip_written_as_a_stream_has_its_checksum_behind_it():
    class Pipe(io.BytesIO):
        def seekable(self):
            return False

    body = Pipe()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("it.csv", line(1, "Acme"))
    assert len(_gkg.articles((body.getvalue(),), ("acme",))[0]) == 1


def test_a_bomb_is_not_unpacked():
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as packed, packed.open("it", "w") as inside:
        for _ in range(21):
            inside.write(bytes(10_000_000))
    with pytest.raises(SourceGarbled, match="more than 200 MB"):
        _gkg.articles((body.getvalue(),), ("acme",))


# ---- slot by slot


def test_a_first_visit_reads_the_newest_file_only():
    asked, page = visit(listed(NOON), *file(1, 2))
    assert asked[0].url == f"{gdelt.FILES}/lastupdate.txt"
    assert asked[1].url == f"{gdelt.FILES}/20260316120000.gkg.csv.zip"
    assert isinstance(asked[2], Call) and asked[2].guarded and asked[2].function is _gkg.articles
    assert [m.title for m in page.mentions] == ["Acme 1", "Acme 2"]
    assert (page.rung, page.since, page.more, page.gap) == ("files", None, False, False)


def test_later_visits_walk_slot_by_slot_a_few_at_a_time():
    newest = NOON + 10 * STEP
    asked, page = visit(listed(newest), *(file(9)) * 8, cursor=known())
    names = [ask.url[-26:] for ask in asked if not isinstance(ask, Call)]
    assert names[1] == f"{digits(NOON + STEP)}.gkg.csv.zip"
    assert (len(names), page.more, page.since) == (9, True, None)
    asked, page = visit(listed(newest), *(file(9)) * 2, cursor=page.cursor)
    assert asked[1].url.endswith(f"{digits(NOON + 9 * STEP)}.gkg.csv.zip")
    assert (page.more, page.since) == (False, NOON)


def test_nothing_new_covers_the_time():
    _, page = visit(listed(NOON), cursor=known())
    assert (page.mentions, page.since, page.more) == ((), NOON, False)


def test_a_missing_slot_is_asked_for_again_and_filled():
    _, page = visit(listed(NOON + 2 * STEP), MISSING, *file(2), cursor=known())
    assert (page.since, page.more, page.gap) == (None, False, False)
    asked, page = visit(listed(NOON + 2 * STEP), *file(3), cursor=page.cursor)
    assert asked[1].url.endswith(f"{digits(NOON + STEP)}.gkg.csv.zip")
    assert ([m.title for m in page.mentions], page.since) == (["Acme 3"], NOON)


def test_a_slot_that_never_comes_is_given_up_after_some_hours_and_told_as_a_gap():
    _, page = visit(listed(NOON + 2 * STEP), MISSING, *file(2), cursor=known())
    for _ in range(6):
        _, page = visit(listed(NOON + 2 * STEP), MISSING, cursor=page.cursor)
        assert not page.gap
    later = NOON + timedelta(hours=7)
    for _ in range(3):
        _, page = visit(listed(later), *(file(3) * 8), cursor=page.cursor)
        assert (page.more, page.gap) == (True, False)
    _, page = visit(listed(later), *(file(3) * 2), MISSING, cursor=page.cursor)
    assert (page.more, page.gap, page.since) == (False, True, None)
    assert visit(listed(later), cursor=page.cursor)[1].since == later


def test_what_fails_in_the_middle_costs_nothing_that_was_read():
    error = SourceUnavailable("too often", timedelta(seconds=30))
    _, page = visit(listed(NOON + 4 * STEP), *file(2), error, cursor=known())
    assert ([m.title for m in page.mentions], page.wait, page.more) == (
        ["Acme 2"],
        timedelta(seconds=30),
        True,
    )
    asked, page = visit(listed(NOON + 4 * STEP), *file(4), *file(5), *file(3), cursor=page.cursor)
    assert [ask.url[-26:-12] for ask in asked[1:] if not isinstance(ask, Call)] == [
        digits(NOON + 3 * STEP), digits(NOON + 4 * STEP), digits(NOON + 2 * STEP),
    ]  # fmt: skip
    assert page.since == NOON


def test_what_fails_at_first_is_raised():
    with pytest.raises(SourceUnavailable):
        visit(SourceUnavailable("it broke"), cursor=known())
    with pytest.raises(SourceUnavailable):
        visit(listed(NOON + STEP), SourceUnavailable("it broke"), cursor=known())


def test_a_large_file_is_fetched_in_ranges():
    body = zipped(line(1, "Acme"))
    piece = Answer(body=bytes(gdelt.RANGE), status=206)
    asked, _ = visit(listed(NOON), piece, Answer(body=body * 2_000, status=206), Answer(value=((), 0)))
    assert [ask.headers["Range"] for ask in asked[1:3]] == ["bytes=0-4499999", "bytes=4500000-8999999"]
    assert not asked[3].guarded
    asked, _ = visit(listed(NOON), piece, Answer(status=416), Answer(value=((), 0)))
    assert asked[3].args[0] == (piece.body,)


def test_slots_that_are_days_behind_are_a_gap():
    newest = NOON + timedelta(days=9)
    asked, page = visit(listed(newest), *(file(9)) * 8, cursor=known(), at=newest)
    assert asked[1].url.endswith(f"{digits(newest - timedelta(days=2) + STEP)}.gkg.csv.zip")
    assert (page.gap, page.more, page.since) == (True, True, None)


@pytest.mark.parametrize("wrong", [b"", b"<html>", b"1 2 x.zip", listed(datetime(2098, 1, 1, tzinfo=UTC))])
def test_a_list_that_makes_no_sense_is_garbled(wrong):
    with pytest.raises(SourceGarbled):
        visit(wrong, options=Options(search="acme", url="http://here.test/gdeltv2"))


def test_the_translated_files_are_read_beside_the_others():
    options = Options(search="acme", url="http://here.test/v2/")
    asked, page = visit(
        listed(NOON), listed(NOON, ".translation.gkg.csv.zip"), *file(1), *file(2), options=options
    )  # fmt: skip
    addresses = [ask.url for ask in asked if not isinstance(ask, Call)]
    assert addresses[1] == "http://here.test/v2/lastupdate-translation.txt"
    assert addresses[3] == "http://here.test/v2/20260316120000.translation.gkg.csv.zip"
    assert len(page.mentions) == 2
    _, page = visit(listed(NOON), SourceRefused("404"), *file(1), options=options)
    assert (len(page.mentions), "not written in English" in page.why) == (1, True)


# ---- the API


def row(number, at=NOON):
    return {
        "url": f"https://news.test/{number}", "title": f"Acme &amp; {number}", "language": "Polish",
        "seendate": at.strftime("%Y%m%dT%H%M%SZ"), "domain": "news.test", "sourcecountry": "Poland",
    }  # fmt: skip


NO_FILES = SourceRefused("it answered 404")


def test_where_there_are_no_files_the_api_is_asked():
    asked, page = visit(NO_FILES, {"articles": [row(2, NOON + STEP), row(1)]})
    assert (asked[1].url, asked[1].params["query"]) == (gdelt.API, "(acme OR żabk)")
    assert (asked[1].params["mode"], asked[1].params["sort"]) == ("artlist", "datedesc")
    assert (page.rung, page.why, page.since) == ("api", "it answered 404", None)
    assert [(m.id, m.title, m.language) for m in page.mentions] == [
        ("https://news.test/1", "Acme & 1", "pl"), ("https://news.test/2", "Acme & 2", "pl"),
    ]  # fmt: skip
    asked, page = visit(NO_FILES, {"articles": []}, cursor=page.cursor)
    assert asked[1].params["startdatetime"] == digits(NOON + STEP - timedelta(hours=1))
    assert page.since == NOON + STEP


def test_full_answers_of_the_api_are_walked_by_time_five_seconds_apart():
    cursor = visit(NO_FILES, {"articles": [row(1)]})[1].cursor
    _, page = visit(NO_FILES, {"articles": [row(n, NOON + STEP) for n in range(250)]}, cursor=cursor)
    assert (page.more, page.wait, page.gap) == (True, timedelta(seconds=5), False)
    asked, page = visit(NO_FILES, {"articles": [row(n, NOON + STEP) for n in range(250)]}, cursor=page.cursor)
    assert asked[1].params["startdatetime"] == digits(NOON + STEP)
    assert (page.more, page.gap) == (True, True)  # more than 250 articles have the same time


def test_the_api_goes_on_from_where_the_files_ended():
    asked, page = visit(NO_FILES, b"{}", cursor=known())
    assert asked[1].params["startdatetime"] == digits(NOON)
    assert page.since == NOON


def test_the_api_says_in_words_what_is_wrong():
    with pytest.raises(SourceUnavailable) as caught:
        visit(NO_FILES, b"Please limit requests to one every 5 seconds.")
    assert caught.value.retry_after == timedelta(seconds=10)
    with pytest.raises(SourceRefused, match="too short"):
        visit(NO_FILES, b"Your query was too short or too long.")


@pytest.mark.parametrize(
    "cursor", ["", "7", "[]", '{"files": 7}', '{"files": {"english": {"at": "x"}}}', "\0"]
)
def test_a_cursor_that_makes_no_sense_is_as_good_as_none(cursor):
    assert visit(listed(NOON), *file(1), cursor=cursor)[0][1].url.endswith("20260316120000.gkg.csv.zip")


@pytest.mark.parametrize(
    ("wrong", "named"), [({"search": ""}, "search"), ({"search": "ab"}, "search"), ({"url": "x"}, "url")]
)
def test_options_out_of_bounds_are_refused(wrong, named):
    with pytest.raises(ValueError, match=named):
        Options(**{"search": "acme", **wrong})


def test_every_article_is_stored_once_through_floods_faults_and_kills(tmp_path):
    files, lost = {}, set()

    def answer(asked):
        name = asked.path.removeprefix("/gdeltv2/")
        if name.startswith("lastupdate"):
            return listed(newest[0], ".translation.gkg.csv.zip" if "translation" in name else ".gkg.csv.zip")
        return Said(b"", 404) if name in lost or name not in files else files[name]

    def publish(at, *numbers):
        newest[0] = at
        files[f"{digits(at)}.gkg.csv.zip"] = zipped(*(line(n, f"Acme {n}", at) for n in numbers))
        files[f"{digits(at)}.translation.gkg.csv.zip"] = zipped(line(numbers[0], f"Acme {numbers[0]}", at))

    newest = [NOON]
    publish(NOON, 0)
    with ApiServer(answer) as api, Visits(
        tmp_path, NOON, "gdelt", search=["acme"], url=f"{api.url}/gdeltv2"
    ) as source:  # fmt: skip
        source.visit()
        for n in range(1, 14):
            publish(NOON + n * STEP, *range(n * 20 - 5, n * 20 + 20))
        lost.add(f"{digits(NOON + 3 * STEP)}.gkg.csv.zip")
        api.faults = [None, None, "drop", "half", "drop", None, 503, None, None, None, "half", 429]
        source.until_calm()
        source.kill()
        lost.clear()
        source.until_calm()
        assert len(source.stored()) == 1 + (13 * 20 + 5)
        assert source.state().rung == "files"
