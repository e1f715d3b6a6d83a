"""A server on loopback that speaks the streaming Messages API, from a script of answers."""

from __future__ import annotations

import json
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Hold:
    """In the place of an event, or before all of them: nothing comes until `go`; `reached` says it is so far."""

    reached: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)


Events = list[Any]  # (kind, data), a Hold, or text to be sent as it is
USAGE = {"input_tokens": 100, "output_tokens": 1, "cache_read_input_tokens": 80}


def answer(
    *,
    text: str = "",
    plan: object = None,
    raw_plan: str | None = None,
    stop: str = "",
    thinks: str = "",
    output_tokens: int = 20,
) -> Events:
    """The events of one message: thoughts, words, then perhaps a call of the plan tool."""
    head = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": USAGE,
    }
    events: Events = [("message_start", {"message": head})]
    index = 0
    if thinks:
        block = {"type": "thinking", "thinking": "", "signature": ""}
        thought = [
            {"type": "thinking_delta", "thinking": thinks},
            {"type": "signature_delta", "signature": "s1"},
        ]
        events += _block(index, block, thought)
        index += 1
    if text:
        words = [{"type": "text_delta", "text": word + " "} for word in text.split(" ")]
        events += _block(index, {"type": "text", "text": ""}, words)
        index += 1
    called = plan is not None or raw_plan is not None
    if called:
        sent = raw_plan if raw_plan is not None else json.dumps(plan)
        pieces = [
            {"type": "input_json_delta", "partial_json": sent[start : start + 40]}
            for start in range(0, len(sent), 40)
        ]
        events += _block(
            index, {"type": "tool_use", "id": "toolu_1", "name": "update_plan", "input": {}}, pieces
        )
    reason = stop or ("tool_use" if called else "end_turn")
    ending = {
        "delta": {"stop_reason": reason, "stop_sequence": None},
        "usage": {"output_tokens": output_tokens},
    }
    return [*events, ("message_delta", ending), ("message_stop", {})]


def _block(index: int, block: dict[str, Any], deltas: list[dict[str, Any]]) -> Events:
    return [
        ("content_block_start", {"index": index, "content_block": block}),
        *(("content_block_delta", {"index": index, "delta": delta}) for delta in deltas),
        ("content_block_stop", {"index": index}),
    ]


def failure(
    status: int, kind: str, said: str = "", **headers: str
) -> tuple[int, dict[str, Any], dict[str, str]]:
    return status, {"type": "error", "error": {"type": kind, "message": said or kind}}, headers


def broken_by(kind: str) -> tuple[str, dict[str, Any]]:
    """An error in the middle of a stream."""
    return "error", {"error": {"type": kind, "message": kind}}


class MessagesApi:
    """Answers each request with the next of `script`, the last one for ever; `requests` holds what was asked,
    `bodies` the same as bytes, in order. `hung_up` counts the answers that the client did not hear to the end.
    """

    def __init__(self, *script: Any) -> None:
        self.script = list(script)
        self.requests: list[dict[str, Any]] = []
        self.bodies: list[bytes] = []
        self.hung_up = threading.Semaphore(0)
        self.url = ""
        self._turn = threading.Lock()

    def next_answer(self, body: bytes) -> tuple[int, Any]:
        with self._turn:
            self.bodies.append(body)
            self.requests.append(json.loads(body))
            return len(self.requests), self.script.pop(0) if len(self.script) > 1 else self.script[0]

    @contextmanager
    def serving(self, port: int = 0) -> Iterator[MessagesApi]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                number, chosen = api.next_answer(self.rfile.read(int(self.headers["Content-Length"])))
                try:
                    self._answer(number, chosen)
                except (BrokenPipeError, ConnectionResetError):
                    api.hung_up.release()

            def _answer(self, number: int, chosen: Any) -> None:
                status, document, headers = chosen if isinstance(chosen, tuple) else (200, None, {})
                events = [] if document is not None else list(chosen)
                while events and isinstance(events[0], Hold):
                    self._hold(events.pop(0))
                self.send_response(status)
                for name, value in {"request_id": f"req_{number}", **headers}.items():
                    self.send_header(name.replace("_", "-"), value)
                kind = "application/json" if document is not None else "text/event-stream"
                self.send_header("Content-Type", kind)
                self.end_headers()
                if document is not None:
                    self.wfile.write(json.dumps(document).encode())
                for event in events:
                    if isinstance(event, Hold):
                        self._hold(event)
                    elif isinstance(event, str):
                        self.wfile.write(event.encode())
                    else:
                        told = json.dumps({"type": event[0], **event[1]})
                        self.wfile.write(f"event: {event[0]}\ndata: {told}\n\n".encode())

            def _hold(self, hold: Hold) -> None:
                """Raises BrokenPipeError when the client hangs up meanwhile."""
                hold.reached.set()
                while not hold.go.wait(0.02):
                    readable, _, _ = select.select([self.connection], [], [], 0)
                    if readable and not self.connection.recv(1, socket.MSG_PEEK):
                        raise BrokenPipeError

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 — the base class's name
                """Quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
