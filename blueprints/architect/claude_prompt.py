"""What Claude is asked, in the order in which it changes: tool and persona, the conversation so far, this turn.

Everything before this turn is the same, byte for byte, in the next one; the marks of the cache stand at the end
of the persona and of the conversation so far. What is data and changes with each turn (the plan, the fences
around references) comes behind them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from anthropic.types import CacheControlEphemeralParam

from blueprints.architect import plan_tool, reference_blocks
from blueprints.architect.claude_answer import CHARACTERS_PER_TOKEN, Answer
from blueprints.architect.port import Turn, Usage

PERSONA = Path(__file__).with_name("prompts") / "architect.md"
MAX_TOKENS = 32_000  # thinking included
# What a call is held to cost beforehand.
USUAL_OUTPUT_TOKENS = 4_000
TOKENS_OF_A_PICTURE = 2_500

_CACHE: CacheControlEphemeralParam = {"type": "ephemeral"}


class Prompt:
    """The parts that are the same in every request."""

    def __init__(self) -> None:
        persona = PERSONA.read_text(encoding="utf-8")
        self._system = [{"type": "text", "text": persona, "cache_control": _CACHE}]
        self._tools = [plan_tool.definition()]  # before the persona in the cache, whose mark covers them

    def request(self, model: str, messages: list[dict[str, Any]]) -> dict[str, Any]:
        # No tool is forced: recent models refuse that, and it would make the cache void.
        return {
            "model": model,
            "max_tokens": MAX_TOKENS,
            "tools": self._tools,
            "system": self._system,
            "messages": messages,
        }


def messages(turn: Turn) -> list[dict[str, Any]]:
    """The conversation so far, then the plan and what was seen in references as data, then the message."""
    so_far: list[dict[str, Any]] = [
        {
            "role": "user" if past.role == "user" else "assistant",
            "content": [{"type": "text", "text": past.content}],
        }
        for past in turn.history
    ]
    while so_far and so_far[0]["role"] == "assistant":  # a conversation begins with a person
        del so_far[0]
    if so_far:
        so_far[-1]["content"][0]["cache_control"] = _CACHE
    about = f"Project “{turn.project_name}”, begun from the template {turn.template}." + (
        " A version of this plan already runs." if turn.built else ""
    )
    # What a plan holds may have come from a page: it cannot close the tag it stands in.
    plan = json.dumps(plan_tool.shown(turn.document), ensure_ascii=False).replace("<", "\\u003c")
    content = [
        {"type": "text", "text": f"{about}\n<plan>\n{plan}\n</plan>"},
        *reference_blocks.blocks(turn.references),
        {"type": "text", "text": turn.words},
    ]
    return [*so_far, {"role": "user", "content": content}]


def correction(answer: Answer, problems: list[str]) -> list[dict[str, Any]]:
    """The answer as it was, and what was wrong with its plan."""
    said, calls = answer.said()
    told = "The plan was not accepted. Call update_plan again, corrected:\n" + "\n".join(problems)
    results = [
        {"type": "tool_result", "tool_use_id": call, "is_error": True, "content": told} for call in calls
    ]
    return [{"role": "assistant", "content": said}, {"role": "user", "content": results}]


def insist(answer: Answer) -> list[dict[str, Any]]:
    """The answer to a correction without a plan."""
    said, _ = answer.said()
    text = "Call update_plan now, with the corrected plan."
    spoken = [{"role": "assistant", "content": said}] if said else []
    return [*spoken, {"role": "user", "content": [{"type": "text", "text": text}]}]


def expected(request: dict[str, Any]) -> Usage:
    """About what a request will use: none of it cached, an answer of the usual length."""
    pictures = 0
    characters = len(json.dumps([request["system"], request["tools"]], ensure_ascii=False))
    for message in request["messages"]:
        for block in message["content"]:
            if block["type"] == "image":
                pictures += 1
            else:
                characters += len(json.dumps(block, ensure_ascii=False))
    tokens = round(characters / CHARACTERS_PER_TOKEN) + pictures * TOKENS_OF_A_PICTURE
    return Usage(input_tokens=tokens, output_tokens=USUAL_OUTPUT_TOKENS)
