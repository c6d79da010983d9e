"""The one thing the pages can change, and who may not."""

import re

import pytest

HERE = "/incidents/1/acknowledge"


def token(house):
    return re.search(r'name="token" value="([^"]+)"', house.visitor.get("/incidents/1").text)[1]


def press(house, name="Anna Nowak", **headers):
    return house.visitor.post(HERE, {"token": token(house), "name": name}, **headers)


def test_a_person_takes_the_incident_and_is_shown_it(full):
    answer = press(full, Sec_Fetch_Site="same-origin")
    assert (answer.code, answer.headers["location"]) == (303, "/incidents/1")
    page = full.visitor.get("/incidents/1").text
    assert "Acknowledged by Anna Nowak" in page
    assert "<form" not in page


def test_whoever_comes_second_is_told_who_was_first(full):
    held = token(full)
    press(full)
    answer = full.visitor.post(HERE, {"token": held, "name": "Piotr <i>"})
    assert answer.headers["location"] == "/incidents/1?said=taken"
    page = full.visitor.get(answer.headers["location"]).text
    assert "was already acknowledged by Anna Nowak" in page


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
    ],
)
def test_a_form_on_another_site_changes_nothing(full, headers):
    assert press(full, **headers).code == 403
    assert full.acts == []


def test_our_own_origin_is_fine(full):
    assert (
        press(full, Origin=f"http://127.0.0.1:{full.visitor.port}", Sec_Fetch_Site="same-origin").code == 303
    )


@pytest.mark.parametrize(
    "given", [{}, {"token": ""}, {"token": "guess"}, {"token": "zażółć \ud800".encode("utf-8", "replace")}]
)
def test_without_the_token_of_the_page_nothing_happens(full, given):
    assert full.visitor.post(HERE, {**given, "name": "Anna Nowak"}).code == 403
    assert full.acts == []


@pytest.mark.parametrize("name", ["", "Mallory", "anna nowak"])
def test_only_people_we_know_may_take_it(full, name):
    assert press(full, name).code == 400
    assert full.acts == []


def test_where_nobody_is_configured_a_name_is_typed(full):
    full.settings = full.settings.model_copy(update={"people": ()})
    assert '<input id="name"' in full.visitor.get("/incidents/1").text
    assert press(full, "  Ola\u202e \n Nowa  ").code == 303
    assert full.acts == [(1, "Ola Nowa")]


@pytest.mark.parametrize("path", ["/", "/incidents/1", "/metrics", "/healthz"])
def test_a_name_that_was_turned_to_this_machine_sees_nothing(full, path):
    answer = full.visitor.get(path, Host="evil.example")
    assert answer.code == 421
    assert "Żabka" not in answer.text


def test_a_name_that_was_turned_to_this_machine_changes_nothing(full):
    held = token(full)
    answer = full.visitor.post(
        HERE, {"token": held, "name": "Anna Nowak"}, Host="evil.example", Sec_Fetch_Site="same-origin"
    )
    assert (answer.code, full.acts) == (421, [])


@pytest.mark.parametrize("host", ["localhost:8377", "127.0.0.1", "[::1]:80"])
def test_all_names_of_this_machine_are_served(full, host):
    assert full.visitor.get("/", Host=host).code == 200


def test_behind_a_proxy_the_public_name_is_served(full):
    full.settings = full.settings.model_copy(update={"public_url": "https://listener.example.org/"})
    headers = {"Host": "listener.example.org", "Origin": "https://listener.example.org"}
    assert full.visitor.get("/", Host="listener.example.org").code == 200
    assert press(full, **headers).code == 303


def test_open_to_the_network_the_pages_are_for_reading_only(full, configured):
    held = token(full)
    full.settings = configured(host="0.0.0.0")
    page = full.visitor.get("/incidents/1", Host="pr-server").text
    assert "<form" not in page
    assert "please acknowledge on Slack" in page
    assert full.visitor.post(HERE, {"token": held, "name": "Anna Nowak"}).code == 403


def test_a_huge_form_is_refused(full):
    assert full.visitor.post(HERE, {"token": "x" * 10_000, "name": "Anna Nowak"}).code == 413
    assert full.visitor.post(HERE, {str(n): "1" for n in range(100)}).code == 400


def test_looking_acknowledges_nothing(full):
    assert full.visitor.get(HERE).code == 405
    assert full.acts == []


def test_an_incident_that_is_not_there_cannot_be_taken(full):
    answer = full.visitor.post("/incidents/77/acknowledge", {"token": token(full), "name": "Anna Nowak"})
    assert answer.code == 404
