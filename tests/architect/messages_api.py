"""A server on loopback that speaks the streaming Messages API, from a script of answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Events = list[tuple[str, dict[str, Any]]]


def answer(*, text: str = "", plan: object = None, raw_plan: str | None = None, stop: str = "") -> Events:
    """The events of one message: words, then perhaps a call of the plan tool."""
    usage = {"input_tokens": 100, "output_tokens": 1, "cache_read_input_tokens": 80}
    head = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    events: Events = [("message_start", {"message": head})]
    index = 0
    if text:
        events.append(
            ("content_block_start", {"index": index, "content_block": {"type": "text", "text": ""}})
        )
        for word in text.split(" "):
            delta = {"type": "text_delta", "text": word + " "}
            events.append(("content_block_delta", {"index": index, "delta": delta}))
        events.append(("content_block_stop", {"index": index}))
        index += 1
    if plan is not None or raw_plan is not None:
        block = {"type": "tool_use", "id": "toolu_1", "name": "update_plan", "input": {}}
        events.append(("content_block_start", {"index": index, "content_block": block}))
        sent = raw_plan if raw_plan is not None else json.dumps(plan)
        for start in range(0, len(sent), 40):
            delta = {"type": "input_json_delta", "partial_json": sent[start : start + 40]}
            events.append(("content_block_delta", {"index": index, "delta": delta}))
        events.append(("content_block_stop", {"index": index}))
    reason = stop or ("tool_use" if index or plan is not None else "end_turn")
    ending = {"delta": {"stop_reason": reason, "stop_sequence": None}, "usage": {"output_tokens": 20}}
    return [*events, ("message_delta", ending), ("message_stop", {})]


def failure(status: int, kind: str, **headers: str) -> tuple[int, dict[str, Any], dict[str, str]]:
    return status, {"type": "error", "error": {"type": kind, "message": kind}}, headers


class MessagesApi:
    """Answers each request with the next of `script`; `requests` holds what was asked, in order."""

    def __init__(self, *script: Any) -> None:
        self.script = list(script)
        self.requests: list[dict[str, Any]] = []
        self.url = ""

    @contextmanager
    def serving(self) -> Iterator[MessagesApi]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                api.requests.append(json.loads(body))
                next_answer = api.script.pop(0) if len(api.script) > 1 else api.script[0]
                if isinstance(next_answer, tuple):
                    status, document, headers = next_answer
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name.replace("_", "-"), value)
                    self.send_header("Content-Type", "application/json")
                    self.end_headers()
                    self.wfile.write(json.dumps(document).encode())
                    return
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                for kind, data in next_answer:
                    self.wfile.write(
                        f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n".encode()
                    )

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 — the base class's name
                """Quiet."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        self.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
