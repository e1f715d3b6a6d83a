"""What each kind of step does. One call is one attempt; it answers JSON, or raises StepFailed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from operations import states
from operations.models import Operation
from operations.trees import schema, visiting
from operations.trees.client import Answer, StudioClient, UnusableAnswer
from operations.trees.expressions import ExpressionError, Scope, fill, fill_address, fill_jq, fill_text, holds
from operations.workshop.visits import visitor

REQUEST_SECONDS = 120.0  # an answer of the Architect may take its time
COMMAND_SECONDS = 600.0
# A web process that restarts is back within this; what answers meanwhile is the proxy in front of it.
RESTART_SECONDS = 60.0
_AWAY = (httpx.codes.BAD_GATEWAY, httpx.codes.SERVICE_UNAVAILABLE)
_GONE = (httpx.codes.NOT_FOUND, httpx.codes.GONE)
TOO_LONG = "it took longer than its timeout_seconds"


class StepFailed(Exception):
    """The message is for people. `final` says that trying again cannot help."""

    def __init__(self, message: str, *, final: bool = False) -> None:
        super().__init__(message)
        self.final = final


class StepStopped(Exception):
    """The run was told to stop."""


@dataclass(frozen=True)
class Execution:
    exit_code: int
    output: str


class Execute(Protocol):
    """Runs a command of an `exec` step. Raises StepFailed when it cannot be started or takes too long,
    StepStopped when `stopped` says so."""

    def __call__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        timeout_seconds: float,
        stopped: Callable[[], bool],
    ) -> Execution: ...


@dataclass(frozen=True)
class Attempt:
    """What one attempt at a step may use. `key` is the same for every attempt at it, so that repeating a
    request that starts work does not start it twice. `repeated`: an earlier attempt may have done it."""

    scope: Scope
    studio: StudioClient
    execute: Execute
    note: Callable[[str], None]
    stopped: Callable[[], bool]
    pause: Callable[[float], None]
    key: str
    deadline: float | None
    poll_seconds: float
    restart_seconds: float = RESTART_SECONDS
    repeated: bool = False

    def remaining(self, most_seconds: float) -> float:
        """Seconds that one call may take. Raises StepFailed when the attempt's time is over."""
        if self.deadline is None:
            return most_seconds
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise StepFailed(TOO_LONG)
        return min(left, most_seconds)

    def wait(self, seconds: float) -> None:
        """Raises StepStopped, or StepFailed when the attempt's time is over."""
        left = self.remaining(seconds)
        self.pause(left)
        if left < seconds:
            raise StepFailed(TOO_LONG)

    def ask(self, method: str, endpoint: str, body: Any = None) -> Answer:
        key = self.key if method == "POST" else None
        timeout_seconds = self.remaining(REQUEST_SECONDS)
        return self.studio.request(
            method, endpoint, body=body, idempotency_key=key, timeout_seconds=timeout_seconds
        )


def perform(step: schema.AnyStep, attempt: Attempt) -> Any:
    """Raises StepFailed and StepStopped, nothing else for what is outside our code."""
    try:
        return _perform(step, attempt)
    except httpx.TransportError as error:
        raise StepFailed(f"no answer: {str(error) or type(error).__name__}") from error
    except (ExpressionError, UnusableAnswer, httpx.InvalidURL) as error:
        raise StepFailed(str(error)) from error


def _perform(step: schema.AnyStep, attempt: Attempt) -> Any:
    match step:
        case schema.Api():
            return _api(step, attempt)
        case schema.WaitInfra():
            return _wait_infra(step, attempt)
        case schema.WaitOperation() | schema.WaitBuild():
            return _wait_operation(step, attempt)
        case schema.Exec():
            return _exec(step, attempt)
        case schema.Assert():
            return _assert(step, attempt)
        case schema.Sleep():
            attempt.wait(step.seconds)
            return None


def _api(step: schema.Api, attempt: Attempt) -> Any:
    endpoint = fill_address(step.endpoint, attempt.scope)
    answer, again = _ask_patiently(step, endpoint, attempt)
    if not (answer.is_well if step.status is None else answer.status == step.status):
        deleted = step.method == "DELETE" and answer.status in _GONE
        if deleted and step.status is None and (again or attempt.repeated):
            return None
        raise StepFailed(f"{step.method} {endpoint} answered {answer.complaint}")
    return answer.body


def _ask_patiently(step: schema.Api, endpoint: str, attempt: Attempt) -> tuple[Answer, bool]:
    """The answer, and whether it took several requests: while the Studio restarts, it is asked again. That
    may be done with all requests, because those that start work carry a key."""
    body = fill(step.body, attempt.scope)
    until = time.monotonic() + attempt.restart_seconds
    again = False
    while True:
        try:
            answer = attempt.ask(step.method, endpoint, body)
            if answer.status not in _AWAY or answer.status == step.status or time.monotonic() >= until:
                return answer, again
            said = f"answered {answer.status}"
        except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
            if time.monotonic() >= until:
                raise
            said = str(error) or type(error).__name__
        again = True
        attempt.note(f"the Studio is away ({said}); asking again")
        attempt.wait(attempt.poll_seconds)


def _wait_infra(step: schema.WaitInfra, attempt: Attempt) -> Any:
    endpoint = fill_address("/projects/", attempt.scope) + fill_address(step.project, attempt.scope)
    patience = _Patience(step.max_attempts, attempt)
    while True:
        answer = _poll(attempt, endpoint)
        project = answer.data if answer else {}
        status = project.get("status")
        if status in ("failed", "deleting"):
            said = "did not come to life" if status == "failed" else "is being deleted"
            raise StepFailed(f"the project {project.get('slug')} {said}", final=True)
        silent = [url for url in project.get("urls", {}).values() if not _answers(url)]
        if answer and status == "live" and not silent:
            return answer.body
        news = f"waiting for {', '.join(silent)}" if status == "live" else f"the project is {status}"
        patience.spend(news if answer else "")


def _answers(url: str) -> bool:
    try:
        with visitor(url) as client:
            return client.get("/").status_code < httpx.codes.BAD_REQUEST
    except httpx.TransportError:
        return False


def _wait_operation(step: schema.WaitOperation | schema.WaitBuild, attempt: Attempt) -> Any:
    endpoint = f"/operations/{fill_address(step.operation_id, attempt.scope)}"
    patience = _Patience(step.max_attempts, attempt)
    while True:
        answer = _poll(attempt, endpoint)
        operation = answer.data if answer else {}
        status = str(operation.get("status", ""))
        if answer and status == Operation.Status.SUCCEEDED:
            return answer.body
        if status in states.TERMINAL:
            error = operation.get("error") or {}
            said = f"{error.get('message', '')} ({error.get('code', '')})" if error else ""
            raise StepFailed(f"the {operation.get('type')} {status}: {said}", final=True)
        patience.spend(_stage(operation), marker=operation.get("lastEvent"))


def _stage(operation: Mapping[str, Any]) -> str:
    """What people should read while the operation is on its way."""
    if operation.get("status") == Operation.Status.PENDING:
        return f"no. {operation.get('queuePosition')} in the queue"
    current = operation.get("currentPhase")
    phases = operation.get("phases", [])
    return next((phase["message"] or phase["label"] for phase in phases if phase["slug"] == current), "")


def _poll(attempt: Attempt, endpoint: str) -> Answer | None:
    """None when nobody answers for the moment: a server that restarts is no failure."""
    try:
        answer = attempt.ask("GET", endpoint)
    except httpx.TransportError:
        return None
    if answer.is_well:
        return answer
    if answer.status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return None
    raise StepFailed(f"GET {endpoint} answered {answer.complaint}", final=True)


class _Patience:
    """Waits between polls; runs out after so many of them without news."""

    def __init__(self, polls: int, attempt: Attempt) -> None:
        self._polls = self._left = polls
        self._attempt = attempt
        self._last: tuple[str, Any] = ("", None)

    def spend(self, news: str, *, marker: Any = None) -> None:
        if news and (news, marker) != self._last:
            if news != self._last[0]:
                self._attempt.note(news)
            self._left, self._last = self._polls, (news, marker)
        self._left -= 1
        if self._left <= 0:
            raise StepFailed(f"no news in {self._polls} polls; last: {self._last[0] or 'no answer'}")
        self._attempt.wait(self._attempt.poll_seconds)


def _exec(step: schema.Exec, attempt: Attempt) -> Any:
    done = attempt.execute(
        [fill_text(argument, attempt.scope) for argument in step.command],
        environment={name: fill_text(value, attempt.scope) for name, value in step.environment.items()},
        timeout_seconds=attempt.remaining(COMMAND_SECONDS),
        stopped=attempt.stopped,
    )
    if done.exit_code != step.exit_code:
        tail = "\n".join(done.output.splitlines()[-15:])
        raise StepFailed(f"exit code {done.exit_code} instead of {step.exit_code}\n{tail}".rstrip())
    return {"exit_code": done.exit_code, "output": done.output}


def _assert(step: schema.Assert, attempt: Attempt) -> Any:
    until = time.monotonic() + step.within_seconds
    while True:
        try:
            return _assert_once(step, attempt)
        except (StepFailed, httpx.TransportError) as error:
            if time.monotonic() >= until:
                if step.message:
                    raise StepFailed(f"{fill_text(step.message, attempt.scope)}\n{error}") from error
                raise
        attempt.wait(min(attempt.poll_seconds, max(until - time.monotonic(), 0.05)))


def _assert_once(step: schema.Assert, attempt: Attempt) -> Any:
    if step.url is None:
        value = fill(step.value, attempt.scope)
        for condition in step.that:
            filled = fill_jq(condition, attempt.scope)
            if not holds(filled, value):
                raise StepFailed(f"`{filled}` does not hold of {visiting.short(value)}")
        return value
    try:
        return visiting.visit(
            fill_text(step.url, attempt.scope),
            step.requests,
            attempt.scope,
            timeout_seconds=lambda: attempt.remaining(visiting.ANSWER_SECONDS),
        )
    except visiting.Disappointed as error:
        raise StepFailed(str(error)) from error
