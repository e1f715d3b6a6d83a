"""The one family of errors that people and programs see.

Raise these anywhere below a view; `studio.api` turns them into RFC 9457 problem documents, the
workspace into a fragment with the cause and one next action, the engine into a failed phase.
"""

from __future__ import annotations

from typing import Any


class OrchardError(Exception):
    """`message` is for people and names the cause; `details` is JSON for programs; no secrets in either."""

    status = 500
    code = "error"

    def __init__(self, message: str, *, code: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.details = details


class NotFound(OrchardError):
    """Missing, or not visible to this person: the two must look alike."""

    status = 404
    code = "not_found"


class Forbidden(OrchardError):
    """Visible, but this role or scope may not do this."""

    status = 403
    code = "forbidden"


class InvalidInput(OrchardError):
    status = 422
    code = "invalid"


class Conflict(OrchardError):
    """The thing is in a state that does not allow this (taken, not ready, changed meanwhile)."""

    status = 409
    code = "conflict"


class OutsideFailure(OrchardError):
    """Something beyond our code failed: a process, a network peer, a model, a disk."""

    status = 502
    code = "outside_failure"

    def __init__(
        self, message: str, *, code: str | None = None, retryable: bool = False, **details: Any
    ) -> None:
        super().__init__(message, code=code, **details)
        self.retryable = retryable
