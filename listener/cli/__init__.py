"""The verbs: what a person types, and what comes back."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import click

from listener.backtest import CountsError
from listener.cli import (
    acting,
    backtesting,
    discovering,
    hearing,
    judging,
    keeping,
    labelling,
    learning,
    running,
)
from listener.cli.face import Context
from listener.clock import ClockError
from listener.config import ConfigError
from listener.daemon import DaemonError
from listener.desk import ActError
from listener.digest import WeekError
from listener.forget import ForgetError
from listener.importing import ImportFileError
from listener.labelling import LabelError
from listener.learning import LearnError
from listener.store import StoreError

WRONG = 2
REFUSED = (
    ConfigError,
    StoreError,
    ImportFileError,
    CountsError,
    ClockError,
    DaemonError,
    ActError,
    WeekError,
    ForgetError,
    LearnError,
    LabelError,
)
EPILOG = """\b
Exit status: 0 done; 1 done, but something a person must see; 2 wrong usage or configuration.

\b
A first round:
  listener discover example.org   find the feeds of a site
  listener check                  try every source, Slack, mail and the database
  listener import history.csv     tell it the past, so that it knows what is usual
  listener run                    listen
"""


@click.group(
    epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option(
    "--config",
    "path",
    default="config.toml",
    show_default=True,
    type=click.Path(path_type=Path),
    help="The configuration.",
)
@click.option("--debug", is_flag=True, help="Show tracebacks, and log more.")
@click.version_option(package_name="crisis-listener", prog_name="listener")
@click.pass_context
def cli(context: click.Context, path: Path, debug: bool) -> None:
    """Hear what is said about a brand, judge whether a crisis begins, and act."""
    context.obj = Context(path, debug)


ROOMS = (running, hearing, discovering, judging, labelling, learning, backtesting, acting, keeping)
for verb in (verb for room in ROOMS for verb in room.VERBS):
    cli.add_command(verb)


def main() -> None:
    """Run a verb; whatever goes wrong is told in sentences, and as a traceback only with --debug."""
    debug = "--debug" in sys.argv
    try:
        status = cli.main(standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
    except click.exceptions.Exit as leaving:
        sys.exit(leaving.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(WRONG)
    except (click.Abort, KeyboardInterrupt):
        print("stopped", file=sys.stderr)
        sys.exit(130)
    except REFUSED as error:
        if debug:
            raise
        print(error, file=sys.stderr)
        sys.exit(WRONG)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except sqlite3.Error as error:
        if debug:
            raise
        print(f"the database could not be used: {error}", file=sys.stderr)
        sys.exit(WRONG)
    except Exception as error:
        if debug:
            raise
        print(
            f"this should not have happened: {type(error).__name__}: {error} (--debug shows where)",
            file=sys.stderr,
        )
        sys.exit(WRONG)
