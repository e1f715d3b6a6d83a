"""`manage.py run_tree FILE_OR_NAME --var k=v`: runs a tree against a Studio, here or elsewhere."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import textwrap
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from operations.trees import library, reports
from operations.trees.client import StudioClient
from operations.trees.commands import execute_here
from operations.trees.keys import key_for_run
from operations.trees.reading import LONGEST_BYTES, read_tree
from operations.trees.record import RunRecord, StepRecord, new_run
from operations.trees.run_files import RunFiles
from operations.trees.runner import Stop, TreeRunner
from operations.trees.schema import Tree, Variable
from studio.core.errors import InvalidInput, OrchardError
from studio.services import instance_owner

BAD_INPUT, INTERRUPTED = 2, 130
EXAMPLES = """\
examples:
  manage.py run_tree --list
  manage.py run_tree aeries
  manage.py run_tree design-from-reference.yaml --var project_name=pricing --junit out.xml
  manage.py run_tree aeries --base-url https://studio.example.org --api-key ork_…
  manage.py run_tree --resume 3f9c2ab81d04

exit code: 0 passed, 1 a step failed, 2 nothing was started because of the input, 130 interrupted.
Ctrl-C stops the run; its teardown still runs, unless Ctrl-C is pressed again. A run that was killed is
resumed with --resume."""


class Command(BaseCommand):
    help = "Run a tree: a YAML graph of steps against the Studio's API."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        kwargs |= {"epilog": EXAMPLES, "formatter_class": argparse.RawDescriptionHelpFormatter}
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "tree", nargs="?", metavar="FILE_OR_NAME", help="a YAML file, or a name from --list"
        )
        parser.add_argument("--list", action="store_true", help="show the library and unfinished runs")
        parser.add_argument(
            "--var", action="append", default=[], metavar="NAME=VALUE", help="may be repeated"
        )
        parser.add_argument("--base-url", help=f"the Studio to talk to (default: {settings.ORCHARD_URL})")
        parser.add_argument(
            "--api-key",
            default=os.environ.get("ORCHARD_API_KEY"),
            help="default: $ORCHARD_API_KEY, else a key of this instance's owner that ends with the run",
        )
        parser.add_argument("--junit", type=Path, metavar="FILE", help="write a JUnit report")
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the whole run as JSON")
        parser.add_argument("--resume", metavar="RUN", help="go on with a run that was cut off")

    def handle(self, *args: Any, **options: Any) -> None:
        self._files = RunFiles(settings.ORCHARD_HOME / "trees")
        try:
            if options["list"]:
                self._list()
                return
            _check_reports(options["junit"], options["json"])
            tree, run = self._resumed(options) if options["resume"] else self._new(options)
            with self._files.held(run.id), self._key(run, options["api_key"]) as key:
                self._run(tree, run, key)
        except OrchardError as error:
            raise CommandError(error.message, returncode=BAD_INPUT) from error
        for path, report in ((options["junit"], reports.as_junit), (options["json"], _json)):
            if path:
                path.write_text(report(run), encoding="utf-8")
        if run.status != "passed":
            raise SystemExit(INTERRUPTED if run.status == "cancelled" else 1)

    # Input

    def _new(self, options: dict[str, Any]) -> tuple[Tree, RunRecord]:
        tree = _read(options["tree"])
        url = _address(options["base_url"] or settings.ORCHARD_URL)
        given = _variables(options["var"], tree)
        return tree, new_run(tree, given, run_id=uuid.uuid4().hex[:12], now=timezone.now(), base_url=url)

    def _resumed(self, options: dict[str, Any]) -> tuple[Tree, RunRecord]:
        if options["tree"] or options["var"] or options["base_url"]:
            raise InvalidInput("A resumed run has its tree, its variables and its address already.")
        run = self._files.load(options["resume"])
        return read_tree(run.source, name=run.tree), run

    @contextlib.contextmanager
    def _key(self, run: RunRecord, given: str | None) -> Iterator[str]:
        if given:
            if not given.isascii() or not given.isprintable():
                raise InvalidInput("This is no API key: a key has ASCII letters alone.", code="malformed_key")
            yield given
        elif run.base_url != settings.ORCHARD_URL.rstrip("/"):
            raise InvalidInput(
                f"{run.base_url} is another Studio: it needs --api-key.", code="api_key_needed"
            )
        else:
            with key_for_run(instance_owner(), run.id) as secret:
                yield secret

    # Running

    def _run(self, tree: Tree, run: RunRecord, key: str) -> None:
        self._width = max(len(name) for name in (*tree.steps, *tree.teardown))
        self._files.save(run)
        self._say(f"{tree.name} at {run.base_url}, run {run.id}")
        with _signals() as signals, StudioClient(run.base_url, key) as studio:
            runner = TreeRunner(
                tree,
                run,
                studio=studio,
                execute=execute_here,
                listener=self._told,
                stop=lambda: signals.stop,
            )
            runner.run()
        self._files.forget(run.id)
        self._say(reports.summary_of(run))

    def _told(self, run: RunRecord, step: StepRecord) -> None:
        self._note(run)
        if run.ended_at is not None:
            return
        if step.status == "running":
            if step.note:
                self._say(f"{'':8}{step.name:<{self._width}} {'':>9}  {step.note}")
        else:
            self._say(reports.line_of(step, width=self._width))

    def _note(self, run: RunRecord) -> None:
        """A full disk is no reason to leave a run half-way: it could not be resumed, and tears down."""
        try:
            self._files.save(run)
        except OSError as error:
            self._say(f"The run cannot be noted, so it could not be resumed: {error.strerror}.")

    def _say(self, text: str) -> None:
        """A reader that went away (`| head`, a closed terminal) is no reason to leave a run half-way."""
        with contextlib.suppress(OSError):
            self.stdout.write(text)
            self.stdout.flush()

    def _list(self) -> None:
        for name in library.names():
            self.stdout.write(f"{name:<36} {library.read(name).description}")
        for run_id in self._files.unfinished():
            self.stdout.write(f"unfinished: {self._files.load(run_id).tree}, --resume {run_id}")


class _Signals:
    stop: Stop = None


@contextlib.contextmanager
def _signals() -> Iterator[_Signals]:
    """The first Ctrl-C, SIGTERM or SIGHUP (a closed terminal) asks the run to stop; a second of its kind
    ends it wherever it is. What is to be ignored (`nohup`) is."""
    state = _Signals()
    asking = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    before = {number: handler for number, handler in asking.items() if handler is not signal.SIG_IGN}

    def ask(number: int, frame: object) -> None:
        state.stop = "cancel"
        signal.signal(number, signal.SIG_DFL)

    for number in before:
        signal.signal(number, ask)
    try:
        yield state
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _read(given: str | None) -> Tree:
    if not given:
        raise InvalidInput("Which tree? Name a file, or one of the library: see --list and --help.")
    path = Path(given)
    if not path.is_file() and not path.suffix and path.name == given:
        return library.read(given)
    try:
        with path.open("rb") as file:  # a file without end is read as far as shows that it is too long
            content = file.read(LONGEST_BYTES + 1)
        text = content.decode(errors="strict" if len(content) <= LONGEST_BYTES else "replace")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise InvalidInput(f"{given} cannot be read: {reason}.", code="unreadable_tree") from error
    return read_tree(text, name=given)


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise InvalidInput(
            f"{url} is no address of a Studio: it looks like https://studio.example.org.",
            code="malformed_address",
        )
    return url.rstrip("/")


def _check_reports(*paths: Path | None) -> None:
    """A report that cannot be written is to be known before the run, not after it."""
    for path in paths:
        if path and (path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK)):
            raise InvalidInput(f"{path} cannot be written.", code="unwritable_report")


def _variables(given: list[str], tree: Tree) -> dict[str, Variable]:
    """A value is text, unless the variable's default is a number or a boolean."""
    values: dict[str, Variable] = {}
    for assignment in given:
        name, equals, value = assignment.partition("=")
        if not equals or not name:
            raise InvalidInput(f"--var {assignment}: write NAME=VALUE.", code="malformed_variable")
        typed = isinstance(tree.vars.get(name), (bool, int, float))
        values[name] = _scalar(name, value) if typed else value
    return values


def _scalar(name: str, value: str) -> Variable:
    try:
        read = yaml.safe_load(value)
    except yaml.YAMLError:
        read = None
    if not isinstance(read, (bool, int, float)):
        raise InvalidInput(f"--var {name}: “{textwrap.shorten(value, 40)}” is no number or truth value.")
    return read


def _json(run: RunRecord) -> str:
    return json.dumps(reports.as_json(run), indent=2, ensure_ascii=False) + "\n"
