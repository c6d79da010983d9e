"""`why --forms`, and the forms that a brand prunes and adds."""

import json

import pytest
from click.testing import CliRunner

from listener.cli import cli
from listener.config import ConfigError, parse

BRAND = """
[listener]
database = "listener.db"
[[brand]]
name = "Żabka"
query = 'żabka~ OR "polski bus"~'
without_forms = ["żabko"]
with_forms = ["żabcia"]
"""


def forms(folder, *arguments, config=BRAND):
    (folder / "config.toml").write_text(config, encoding="utf8") if config else None
    told = ["--config", str(folder / "config.toml"), "why", "--forms", *arguments]
    done = CliRunner().invoke(cli, told)
    return done.exit_code, done.output


def test_the_forms_of_a_name_are_shown_by_case(tmp_path):
    status, said = forms(tmp_path, "Biedronka~", config="")
    assert status == 0 and "genitive     biedronki" in said and "biedronkami" in said


def test_a_brand_has_all_its_names_shown_with_what_was_pruned_and_added(tmp_path):
    status, said = forms(tmp_path, "żabka")
    assert status == 0 and "żabko (pruned)" in said and "żabcia" in said and "polskim busem" in said


def test_as_json_each_name_is_one_line(tmp_path):
    status, said = forms(tmp_path, "żabka~", "--json")
    (row,) = map(json.loads, said.splitlines())
    assert status == 0 and (row["name"], row["brand"], row["added"]) == ("żabka", "Żabka", ["żabcia"])
    cells = {(cell["number"], cell["case"]): cell for cell in row["forms"]}
    assert cells["singular", "vocative"] == {
        "number": "singular", "case": "vocative", "forms": [], "pruned": ["żabko"],
    }  # fmt: skip
    assert "żabek" in cells["plural", "genitive"]["forms"]


@pytest.mark.parametrize(("asked", "says"), [("~", "right behind a name"), ('"a~', "never closed")])
def test_what_is_no_name_is_refused(tmp_path, asked, says):
    status, said = forms(tmp_path, asked)
    assert status == 2 and says in said


def test_forms_do_not_go_with_an_incident(tmp_path):
    status, said = forms(tmp_path, "1", "--finding", "1")
    assert status == 2 and "--forms" in said


@pytest.mark.parametrize(
    ("changed", "by", "says"),
    [
        ('"żabko"', '"żabkoo"', 'such as "żabko"'),
        ('"żabcia"', '"!"', "letter or digit"),
        ("~", "", "no `name~`"),
    ],
)
def test_a_form_that_makes_no_sense_is_told_with_what_would(tmp_path, changed, by, says):
    with pytest.raises(ConfigError) as told:
        parse(BRAND.replace(changed, by), tmp_path, {})
    assert says in str(told.value)
