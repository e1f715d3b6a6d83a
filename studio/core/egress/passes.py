"""What one client of the egress proxy may do, has used up, and was refused."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

REFUSALS_KEPT = 100


@dataclass(frozen=True)
class Limits:
    """For one client: one capture, one hook."""

    bytes: int = 40 * 1024 * 1024
    connections: int = 400
    at_a_time: int = 64
    seconds: float = 60.0


@dataclass(frozen=True)
class Refusal:
    """Why a request did not get through. `reason` is for people; `code` is one of private_address,
    unknown_host, port, scheme, limit, malformed, unreachable."""

    host: str
    code: str
    reason: str


class Refused(Exception):
    """`status` is what the proxy answers."""

    def __init__(self, host: str, code: str, reason: str, *, status: int = 403) -> None:
        super().__init__(reason)
        self.refusal = Refusal(host, code, reason)
        self.status = status


@dataclass
class Pass:
    """One client's credentials and account. Its methods raise `Refused` where a limit is met.

    `doors` are places of ours that this client, and no other, may ask by plain HTTP: (host, port) → the
    address to dial. Nothing that a person typed belongs in it.
    """

    limits: Limits
    doors: Mapping[tuple[str, int], str] = field(default_factory=dict)
    user: str = field(default_factory=lambda: secrets.token_hex(8))
    password: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    bytes: int = 0
    connections: int = 0
    open: int = 0
    refusals: list[Refusal] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ends_at = time.monotonic() + self.limits.seconds

    @property
    def seconds_left(self) -> float:
        return self._ends_at - time.monotonic()

    def enter(self, host: str) -> None:
        if self.seconds_left <= 0:
            raise Refused(host, "limit", f"The page takes longer than {self.limits.seconds:.0f} seconds.")
        if self.connections >= self.limits.connections or self.open >= self.limits.at_a_time:
            raise Refused(host, "limit", "The page opens too many connections.", status=429)
        self.connections += 1

    def count(self, host: str, number: int) -> None:
        self.bytes += number
        if self.bytes > self.limits.bytes:
            megabytes = self.limits.bytes // 1024 // 1024
            raise Refused(host, "limit", f"The page loads more than {megabytes} MB.")

    def note(self, refusal: Refusal) -> None:
        if len(self.refusals) < REFUSALS_KEPT:
            self.refusals.append(refusal)
