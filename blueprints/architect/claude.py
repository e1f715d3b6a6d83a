"""The Architect that is Claude, through the Messages API.

One request per turn: the reply streams as text, the plan comes as one call of `plan_tool`. A call that does
not fit the schema goes back to the model to correct, twice at most. Every request is metered, and none is made
that the budgets do not allow.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Any

import anthropic
import httpx2
from django.conf import settings
from pydantic import ValidationError

from blueprints.architect import claude_errors, claude_prompt, plan_tool
from blueprints.architect.claude_answer import Answer
from blueprints.architect.claude_line import Accepted, Line
from blueprints.architect.port import ArchitectEvent, Delta, Proposal, Pulse, Thinking, Turn, Usage
from blueprints.schemas import BlueprintDocument

CORRECTIONS = 2
MOST_PROBLEMS = 20


class ClaudeArchitect:
    """Implements `blueprints.architect.port.Architect`. Needs `ANTHROPIC_API_KEY`."""

    name = "Architect (Claude)"

    def __init__(self) -> None:
        self._line = Line()
        self._prompt = claude_prompt.Prompt()

    def close(self) -> None:
        """End what is under way."""
        self._line.close()

    def reply(self, turn: Turn) -> Iterator[ArchitectEvent]:
        yield Thinking("Reading the plan")
        messages = claude_prompt.messages(turn)
        for attempt in range(1 + CORRECTIONS):
            answer = yield from self._ask(turn, messages, speaks=attempt == 0)
            if attempt == 0 and not answer.spoken and answer.stop_reason in ("tool_use", "end_turn"):
                yield Delta("I have updated the plan.")
            if (stopped := claude_errors.of_stop_reason(answer.stop_reason)) is not None:
                raise stopped
            problems: list[str] = []
            try:
                call = answer.call()
                if call is not None:
                    document, wants_build = _accepted(turn, call[1])
                    yield Proposal(document, build_requested=wants_build)
                    return
            except ValidationError as error:
                problems = _problems(error)
            except ValueError as error:
                problems = [f"The input is not valid JSON: {error}"]
            if not problems and attempt == 0:
                yield Proposal(turn.document)
                return
            messages += (
                claude_prompt.correction(answer, problems) if problems else claude_prompt.insist(answer)
            )
            yield Thinking("Correcting the plan")
        raise claude_errors.not_corrected()

    def _ask(
        self, turn: Turn, messages: list[dict[str, Any]], *, speaks: bool
    ) -> Generator[ArchitectEvent, None, Answer]:
        """One request, its words as they come unless they only accompany a correction; returns the answer."""
        request = self._prompt.request(settings.ANTHROPIC_MODEL, messages)
        expected = claude_prompt.expected(request)
        answer, doing = Answer(), ""
        with turn.meter.call(model=settings.ANTHROPIC_MODEL, expected=expected) as usage:
            reached = True
            try:
                with closing(self._line.stream(request)) as stream:  # type: ignore[type-var]
                    for item in stream:
                        if item is None:
                            yield Pulse()
                            continue
                        if isinstance(item, Accepted):
                            usage.request_id, usage.attempts = item.request_id, item.attempts
                            continue
                        words = answer.take(item, usage)
                        if words and speaks:
                            yield Delta(words)
                        elif answer.doing != doing:
                            doing = answer.doing
                            yield Thinking(doing or "Thinking")
                        elif not words:
                            yield Pulse()
            except (anthropic.APIError, httpx2.HTTPError, TimeoutError, json.JSONDecodeError) as error:
                reached = _reached(error, usage)
                raise claude_errors.translated(error) from error
            finally:
                if reached:
                    answer.settle(usage, expected)
        return answer


def _accepted(turn: Turn, sent: object) -> tuple[BlueprintDocument, bool]:
    return plan_tool.accept(turn.document, sent, source=turn.message_id)


def _reached(error: Exception, usage: Usage) -> bool:
    """Whether the request came so far that it may be paid for: not when it was turned away at the door."""
    if isinstance(error, anthropic.APIStatusError):
        usage.request_id = usage.request_id or error.request_id or ""
        if error.response.status_code != 200:
            usage.attempts = 1 + int(error.response.request.headers.get("x-stainless-retry-count", "0"))
        return error.response.status_code == 200
    return not isinstance(error, anthropic.APIConnectionError) or isinstance(error, anthropic.APITimeoutError)


def _problems(error: ValidationError) -> list[str]:
    return [
        f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
        for problem in error.errors()[:MOST_PROBLEMS]
    ]
