"""The Architect that is Claude, through the Messages API.

One request per turn: the reply streams as text, the plan comes as one call of `plan_tool`. A call that
does not fit the schema goes back to the model to correct, twice at most. The persona and the tool are the
same for every request and cached; plan and conversation follow them.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import anthropic
import httpx
from anthropic.types import (
    AssistantMessageParam,
    Message,
    MessageParam,
    ToolParam,
    ToolResultBlockParam,
    UserMessageParam,
)
from django.conf import settings
from pydantic import ValidationError

from blueprints.architect import plan_tool, reference_blocks
from blueprints.architect.port import ArchitectError, ArchitectEvent, Delta, Proposal, Thinking, Turn

PERSONA = Path(__file__).with_name("prompts") / "architect.md"
CORRECTIONS = 2
MAX_TOKENS = 16_000
TIMEOUT_SECONDS = 120.0


class ClaudeArchitect:
    """Implements `blueprints.architect.port.Architect`. Needs `ANTHROPIC_API_KEY`."""

    name = "Architect (Claude)"

    def __init__(self) -> None:
        self._client = anthropic.Anthropic(
            api_key=settings.ANTHROPIC_API_KEY,
            base_url=settings.ANTHROPIC_BASE_URL or None,
            timeout=TIMEOUT_SECONDS,
            max_retries=2,
        )
        self._persona = PERSONA.read_text()
        self._tool: ToolParam = {**plan_tool.definition(), "cache_control": {"type": "ephemeral"}}

    def reply(self, turn: Turn) -> Iterator[ArchitectEvent]:
        yield Thinking("Reading the plan")
        messages = _messages(turn)
        usage: dict[str, float] = {}
        for attempt in range(1 + CORRECTIONS):
            message = yield from self._ask(messages, speaks=attempt == 0)
            _count(usage, message.usage)
            if attempt == 0 and not any(
                block.type == "text" and block.text.strip() for block in message.content
            ):
                yield Delta("I have updated the plan.")
            _require_whole(message)
            call = next((block for block in message.content if block.type == "tool_use"), None)
            if call is None:
                yield Proposal(turn.document, usage=usage)
                return
            try:
                document, wants_build = plan_tool.accept(turn.document, call.input, source=turn.message_id)
            except ValidationError as error:
                messages += _correction(message, call.id, error)
                yield Thinking("Checking the plan")
            else:
                yield Proposal(document, build_requested=wants_build, usage=usage)
                return
        raise ArchitectError(
            "Claude could not put its plan into shape, even after two corrections. "
            "Your plan is as it was; try again or say it in smaller steps.",
            code="invalid_update",
            retryable=True,
        )

    def _ask(self, messages: list[MessageParam], *, speaks: bool) -> Generator[ArchitectEvent, None, Message]:
        """One request, its words as they come unless they only accompany a correction; returns the message."""
        try:
            with self._client.messages.stream(
                model=settings.ANTHROPIC_MODEL,
                max_tokens=MAX_TOKENS,
                system=[
                    {"type": "text", "text": self._persona, "cache_control": {"type": "ephemeral"}},
                ],
                tools=[self._tool],
                tool_choice={"type": "auto"} if speaks else {"type": "tool", "name": plan_tool.NAME},
                messages=messages,
            ) as stream:
                for text in stream.text_stream:
                    if speaks:
                        yield Delta(text)
                return stream.get_final_message()
        except anthropic.APIError as error:
            raise _translated(error) from error
        except (httpx.HTTPError, ValueError) as error:  # the connection broke off, or what came is no JSON
            raise _cut_off() from error


def _require_whole(message: Message) -> None:
    """Raises ArchitectError unless the model ended its message by itself."""
    match message.stop_reason:
        case "refusal":
            raise ArchitectError("Claude declined to answer this. Say it differently.", code="refused")
        case "max_tokens":
            raise ArchitectError(
                "Claude's answer became too long. Ask for one part of it at a time.", code="too_long"
            )
        case None:
            raise _cut_off()


def _cut_off() -> ArchitectError:
    return ArchitectError(
        "Claude's answer broke off. Your plan is as it was; try again.", code="cut_off", retryable=True
    )


def _messages(turn: Turn) -> list[MessageParam]:
    """History, then the plan and what was seen in references as data, and what the person just wrote."""
    plan = json.dumps(plan_tool.shown(turn.document), ensure_ascii=False)
    about = f"Project “{turn.project_name}”, begun from the template {turn.template}." + (
        " A version of this plan already runs." if turn.built else ""
    )
    messages: list[MessageParam] = [
        UserMessageParam(role="user", content=past.content)
        if past.role == "user"
        else AssistantMessageParam(role="assistant", content=past.content)
        for past in turn.history
    ]
    messages.append(
        {
            "role": "user",
            "content": [
                {"type": "text", "text": f"{about}\n<plan>\n{plan}\n</plan>"},
                *reference_blocks.blocks(turn.references),
                {"type": "text", "text": turn.words},
            ],
        }
    )
    return messages


def _correction(message: Message, call_id: str, error: ValidationError) -> list[MessageParam]:
    problems = [
        f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
        for problem in error.errors()[:20]
    ]
    result: ToolResultBlockParam = {
        "type": "tool_result",
        "tool_use_id": call_id,
        "is_error": True,
        "content": "The plan was not accepted. Send it again, corrected:\n" + "\n".join(problems),
    }
    said: Any = [block.model_dump(exclude_none=True) for block in message.content]
    return [{"role": "assistant", "content": said}, {"role": "user", "content": [result]}]


def _count(usage: dict[str, float], told: Any) -> None:
    for name in ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"):
        usage[name] = usage.get(name, 0) + (getattr(told, name, 0) or 0)


def _translated(error: anthropic.APIError) -> ArchitectError:
    """Each kind of failure in our own words, with whether the same turn may work later."""
    match error:
        case anthropic.AuthenticationError() | anthropic.PermissionDeniedError():
            return ArchitectError("Claude does not accept the key in ANTHROPIC_API_KEY.", code="auth")
        case anthropic.RateLimitError():
            wait = error.response.headers.get("retry-after")
            when = f"in {wait} seconds" if wait else "in a minute"
            return ArchitectError(
                f"Claude's rate limit is reached. Try again {when}.", code="rate_limited", retryable=True
            )
        case anthropic.APITimeoutError():
            return ArchitectError(
                "Claude took too long to answer. Try again.", code="timeout", retryable=True
            )
        case anthropic.APIConnectionError():
            return ArchitectError(
                "Claude cannot be reached. Check the network and ANTHROPIC_BASE_URL, then try again.",
                code="unreachable",
                retryable=True,
            )
        case anthropic.APIStatusError() if error.status_code >= 500:
            return ArchitectError(
                "Claude is overloaded at the moment. Try again in a minute.",
                code="overloaded",
                retryable=True,
            )
        case _:
            return ArchitectError("Claude refused the request as malformed.", code="invalid_request")
