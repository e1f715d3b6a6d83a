"""From nothing to a Studio that answers, and back to nothing: the course of one `runstudio`."""

from __future__ import annotations

import http.client
import json
import select
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.db import connections

from studio import services
from studio.core.errors import OrchardError, OutsideFailure
from studio.runtime import instance as instances
from studio.runtime import preparation
from studio.runtime.processes import ProcessIdentity, end_leftovers
from studio.runtime.programs import Instance, programs
from studio.runtime.supervisor import (
    FAILING_STATES,
    Supervisor,
    SupervisorUnreachable,
    connect,
    last_lines,
    program_states,
)

START_TIMEOUT_SECONDS = 120
STOP_TIMEOUT_SECONDS = 30
# The link stands in a terminal that stays open for the day.
LINK_LIFETIME = timedelta(days=1)
WATCH_INTERVAL_SECONDS = 1.0

Say = Callable[[str], None]


class StartFailed(OutsideFailure):
    code = "start_failed"


class StopRequested(BaseException):
    """A signal asked this process to end. No Exception: nothing on the way may handle it."""


class Signals:
    """Turns signals into StopRequested, wherever the main thread is. Python swallows what is raised
    inside a destructor or an import's callback, so loops also ask `check`."""

    def __init__(self) -> None:
        self._came = False
        # A terminal's end is told to the leader of its session alone, which may be somebody who waits for us.
        self._terminal = select.poll() if sys.stdin and sys.stdin.isatty() else None
        if self._terminal:
            self._terminal.register(sys.stdin, 0)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._handle)

    def check(self) -> None:
        if self._came or (self._terminal and self._terminal.poll(0)):
            raise StopRequested

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self._came = True
        raise StopRequested


def run(say: Say) -> None:
    """Start, watch and stop; returns after Ctrl-C, a hang-up or SIGTERM, when all is gone.

    Raises OrchardError (home or port taken, a binary missing, a program that does not start, the
    supervisor gone), OSError and DatabaseError.
    """
    begun = time.monotonic()
    signals = Signals()
    try:
        with instances.exclusively(settings.ORCHARD_HOME):
            _run_alone(say, signals, begun)
    except StopRequested:
        say("Stopped.")


def _run_alone(say: Say, signals: Signals, begun: float) -> None:
    instance = instances.from_settings()
    identity_file = instance.run / "supervisor.json"
    previous = ProcessIdentity.read(identity_file)
    if previous and end_leftovers(previous, patience_seconds=STOP_TIMEOUT_SECONDS):
        say("Ended what the last run had left behind.")
    listen = instances.free_addresses(settings.ORCHARD_PORT)
    say(f"Starting Orchard Studio (home {instance.home})")
    _prepare(say)
    configuration = instances.write_configuration(instance, listen)
    supervisor = Supervisor(configuration, instance.python, identity_file, instance.logs / "supervisord.log")
    try:
        link = services.create_sign_in_link(services.instance_owner(), lifetime=LINK_LIFETIME)
        _wait_until_ready(instance, listen[0], supervisor, signals, say)
        say(_banner(instance, link, time.monotonic() - begun))
        _start_the_rest(instance, say)
        _watch(instance, supervisor, signals, say)
    except StopRequested:
        say("\nStopping…")
        raise
    finally:
        _stop(supervisor, say)
        instance.environment_file.unlink(missing_ok=True)
        if instance.sockets != instance.run:  # elsewhere, so not to be found by whoever removes the home
            shutil.rmtree(instance.sockets, ignore_errors=True)


def _prepare(say: Say) -> None:
    if preparation.migrate():
        say("  database     brought up to date")
    if preparation.collect_static():
        say("  static files collected")
    for step in preparation.steps():
        try:
            step.run()
        except OrchardError as error:
            say(f"  {step.label}: {error.message} The Studio starts without; `manage.py doctor` tells more.")


def _wait_until_ready(
    instance: Instance, address: str, supervisor: Supervisor, signals: Signals, say: Say
) -> None:
    """Polls the front door, at one of its addresses, as a browser would; says each part once it answers."""
    answering: set[str] = set()
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while True:
        signals.check()
        ready, parts = _readiness(address)
        for name, part in parts.items():
            if part["ok"] and name not in answering:
                answering.add(name)
                say(f"  {name:<12} ready")
        if ready:
            return
        _raise_when_failing(instance, supervisor)
        if time.monotonic() > deadline:
            waiting = [f"{name} {part['detail']}" for name, part in parts.items() if not part["ok"]] or [
                "the web process"
            ]
            raise StartFailed(
                f"Not ready after {START_TIMEOUT_SECONDS} s: {'; '.join(waiting)}. Logs: {instance.logs}"
            )
        time.sleep(0.2)


def _start_the_rest(instance: Instance, say: Say) -> None:
    """What the Studio can answer without: the programs marked so, and the apps that were live."""
    instances.write_supervisor_configuration(instance, with_apps=True)
    with connect(instance.supervisor_socket) as server:
        for program in programs(instance):
            if program.later:
                server.supervisor.startProcess(f"studio:{program.name}", False)
    # One after the other, each until it answers: not something to wait for.
    threading.Thread(target=_bring_back_apps, args=(say,), daemon=True).start()


def _bring_back_apps(say: Say) -> None:
    try:
        call_command("sync_gateway")
    except OrchardError as error:
        say(f"Not all apps run again: {error.message}")
    finally:
        connections.close_all()


def _readiness(address: str) -> tuple[bool, dict[str, Any]]:
    connection = http.client.HTTPConnection(address, timeout=1)
    try:
        connection.request("GET", "/readyz", headers={"Host": urlsplit(settings.ORCHARD_URL).netloc})
        response = connection.getresponse()
        return response.status == 200, json.loads(response.read())["parts"]
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return False, {}
    finally:
        connection.close()


def _raise_when_failing(instance: Instance, supervisor: Supervisor) -> None:
    if supervisor.has_ended():
        lines = last_lines(instance.logs / "supervisord.log")
        raise StartFailed("\n    ".join(["The supervisor ended. Its log says:", *lines]))
    try:
        states = program_states(instance.supervisor_socket)
    except SupervisorUnreachable:
        return  # it has only just been started
    for program in states:
        if program.state in FAILING_STATES and program.log.parent == instance.logs:
            lines = last_lines(program.log)
            raise StartFailed("\n    ".join([f"{program.name} does not start. {program.log} says:", *lines]))


def _watch(instance: Instance, supervisor: Supervisor, signals: Signals, say: Say) -> None:
    """Until a signal comes. The supervisor restarts what fails; here it is said once each time."""
    failing: set[str] = set()
    while not supervisor.has_ended():
        time.sleep(WATCH_INTERVAL_SECONDS)
        signals.check()
        try:
            states = program_states(instance.supervisor_socket)
        except SupervisorUnreachable:
            continue
        now = {program.name: program for program in states if program.state in FAILING_STATES}
        for name in now.keys() - failing:
            say(f"{name} fails and is being restarted; see {now[name].log}")
        failing = set(now)
    raise StartFailed(f"The supervisor ended unexpectedly; see {instance.logs / 'supervisord.log'}")


def _stop(supervisor: Supervisor, say: Say) -> None:
    """A second signal while this waits kills everything at once."""
    try:
        supervisor.stop(patience_seconds=STOP_TIMEOUT_SECONDS)
    except StopRequested:
        say("Stopping at once.")
        supervisor.kill()
        supervisor.stop(patience_seconds=0)


def _banner(instance: Instance, link: str, seconds: float) -> str:
    return (
        f"\nOrchard Studio is ready after {seconds:.1f} s.\n\n"
        f"  Open      {settings.ORCHARD_URL}\n"
        f"  Sign in   {link}\n"
        f"            (works once; the next start prints a new one)\n"
        f"  Logs      {instance.logs}\n\n"
        "Ctrl-C stops everything.\n"
    )
