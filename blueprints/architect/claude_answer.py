"""One answer of Claude as it comes: words to pass on, the call of the tool, and what it used.

Read from the stream's raw events, because the SDK's own accumulation ends with an error where the model's
JSON is none, and a model that made a mistake is told so instead.
"""

from __future__ import annotations

import json
from typing import Any

from anthropic.types import RawMessageStreamEvent

from blueprints.architect.claude_errors import too_long
from blueprints.architect.clean import CleanStream, clean_json, clean_text
from blueprints.architect.port import Usage

CHARACTERS_PER_TOKEN = 3.5  # of JSON and English, on the careful side
LONGEST_REPLY = 60_000  # characters; more than anybody reads
LONGEST_PLAN = 600_000  # characters of JSON, thoughts included

THINKING = "Thinking it through"
PLANNING = "Writing the plan"


class Answer:
    """`take` events in order; then `text`, `call`, `stop_reason`. `doing` says what it is at, "" while it speaks."""

    def __init__(self) -> None:
        self.stop_reason: str | None = None
        self.doing = ""
        self._blocks: dict[int, dict[str, Any]] = {}
        self._clean = CleanStream()
        self._spoken = self._written = 0  # characters
        self._began = self._counted = False

    def take(self, event: RawMessageStreamEvent, usage: Usage) -> str:
        """The words that this event brings. Unknown events and blocks bring none.

        Raises ArchitectError when it becomes longer than an answer can be.
        """
        match event.type:
            case "message_start":
                self._began = True
                _count(usage, event.message.usage)
            case "message_delta":
                self._counted = True
                _count(usage, event.usage)
                self.stop_reason = event.delta.stop_reason
            case "content_block_start":
                self._blocks[event.index] = {**event.content_block.to_dict(), "_json": ""}
                self.doing = {"thinking": THINKING, "tool_use": PLANNING}.get(event.content_block.type, "")
            case "content_block_delta":
                return self._piece(self._blocks.get(event.index, {}), event.delta)
            case "content_block_stop":
                return self._clean.rest()
        return ""

    def _piece(self, block: dict[str, Any], delta: Any) -> str:
        match delta.type:
            case "text_delta":
                words = self._clean.feed(delta.text)
                block["text"] = block.get("text", "") + words
                self._spoken += len(words)
                if self._spoken > LONGEST_REPLY:
                    raise too_long()
                return words
            case "input_json_delta":
                block["_json"] = block.get("_json", "") + delta.partial_json
                self._written += len(delta.partial_json)
            case "thinking_delta":
                block["thinking"] = block.get("thinking", "") + delta.thinking
                self._written += len(delta.thinking)
            case "signature_delta":
                block["signature"] = delta.signature
        if self._written > LONGEST_PLAN:
            raise too_long()
        return ""

    def settle(self, usage: Usage, expected: Usage) -> None:
        """Reckon what the stream did not live to tell: what was sent and what came has been paid for."""
        if self._counted:
            return
        if not self._began:
            usage.input_tokens = expected.input_tokens
        usage.output_tokens = max(
            usage.output_tokens, round((self._spoken + self._written) / CHARACTERS_PER_TOKEN)
        )
        usage.estimated = True

    @property
    def spoken(self) -> bool:
        return any(
            block["type"] == "text" and block.get("text", "").strip() for block in self._blocks.values()
        )

    def call(self) -> tuple[str, Any] | None:
        """Id and input of the tool call. None without one. Raises ValueError when the input is no JSON."""
        for block in self._blocks.values():
            if block["type"] == "tool_use":
                return block["id"], clean_json(json.loads(block["_json"] or "{}"))
        return None

    def said(self) -> tuple[list[dict[str, Any]], list[str]]:
        """Its blocks as they go back to the model to go on from, and the ids of the tool calls among them."""
        back, calls = [], []
        for block in self._blocks.values():
            match block["type"]:
                case "text" if clean_text(block.get("text", "")).strip():
                    back.append({"type": "text", "text": block["text"]})
                case "thinking":
                    back.append({name: block.get(name, "") for name in ("type", "thinking", "signature")})
                case "redacted_thinking":
                    back.append({"type": "redacted_thinking", "data": block["data"]})
                case "tool_use":
                    calls.append(block["id"])
                    sent = _object(block["_json"])
                    back.append({"type": "tool_use", "id": block["id"], "name": block["name"], "input": sent})
        return back, calls


def _object(text: str) -> dict[str, Any]:
    """What is no JSON object cannot be sent back as one: the model is told of it instead."""
    try:
        found = clean_json(json.loads(text or "{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _count(usage: Usage, told: Any) -> None:
    """Counts are cumulative; the last event of a message may repeat them."""
    usage.input_tokens = _number(told, "input_tokens", usage.input_tokens)
    usage.output_tokens = _number(told, "output_tokens", usage.output_tokens)
    usage.cache_read_tokens = _number(told, "cache_read_input_tokens", usage.cache_read_tokens)
    usage.cache_write_tokens = _number(told, "cache_creation_input_tokens", usage.cache_write_tokens)


def _number(told: Any, name: str, before: int) -> int:
    value = getattr(told, name, None)
    return value if isinstance(value, int) and value >= 0 else before
