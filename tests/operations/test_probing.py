"""Probes ask an app that may answer anything, for as long as it likes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import httpx

from operations.engine.workflow import PhaseContext
from operations.generator.ledger import Probe
from operations.workshop import probing
from tests.operations.quiet import QuietContext

PROBE = Probe(id="p1", method="GET", path="/", status=200, contains="hello", json_keys=(), items=())


class EndlessBody(httpx.SyncByteStream):
    """Counts what was taken of it."""

    taken = 0

    def __iter__(self) -> Iterator[bytes]:
        yield b"hello"
        while True:
            self.taken += 1 << 16
            yield b"x" * (1 << 16)


def test_an_answer_without_end_is_read_up_to_a_bound_and_judged() -> None:
    body = EndlessBody()
    with httpx.Client(
        transport=httpx.MockTransport(lambda request: httpx.Response(200, stream=body)), base_url="http://app"
    ) as app:
        [result] = probing.run_probes(cast(PhaseContext, QuietContext()), app, [PROBE])
    assert result.held
    assert body.taken <= 2 * probing.BODY_BYTES
