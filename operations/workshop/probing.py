"""Asking a running app for what was planned."""

from __future__ import annotations

import time
from collections.abc import Sequence

import httpx

from operations.engine.workflow import PhaseContext
from operations.generator.ledger import Probe, ProbeResult, check

BODY_BYTES = 1 << 20
BODY_SECONDS = 10.0


def run_probes(context: PhaseContext, app: httpx.Client, probes: Sequence[Probe]) -> list[ProbeResult]:
    """What came of each; those that did not hold are logged."""
    results = []
    for probe in probes:
        context.progress()
        result = _visit(app, probe)
        if not result.held:
            context.log(result.reason)
        results.append(result)
    return results


def _visit(app: httpx.Client, probe: Probe) -> ProbeResult:
    try:
        status, body = _ask(app, probe)
    except httpx.HTTPError as error:
        return ProbeResult(
            probe.id, False, f"{probe.method} {probe.path} got no answer: {error or type(error).__name__}."
        )
    return check(probe, status, body)


def _ask(app: httpx.Client, probe: Probe) -> tuple[int, bytes]:
    """Twice where the connection was closed under us: the gateway does so when its routes change."""
    try:
        return _read(app, probe)
    except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
        return _read(app, probe)


def _read(app: httpx.Client, probe: Probe) -> tuple[int, bytes]:
    """Status and as much of the body as a page may have: an app may answer without end."""
    deadline = time.monotonic() + BODY_SECONDS
    body = bytearray()
    with app.stream(probe.method, probe.path) as answer:
        for piece in answer.iter_bytes():
            body += piece
            if len(body) >= BODY_BYTES or time.monotonic() > deadline:
                break
        return answer.status_code, bytes(body[:BODY_BYTES])
