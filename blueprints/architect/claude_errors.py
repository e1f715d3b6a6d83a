"""Every way in which Claude can fail, in our own words: what happened, and what to do about it."""

from __future__ import annotations

import math

import anthropic
import httpx2

from blueprints.architect.port import ArchitectError

# Kinds of errors as the API names them. One that comes in the middle of a stream has no other mark: its
# status line said 200 long ago.
_KINDS = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}


def translated(error: Exception) -> ArchitectError:
    match error:
        case anthropic.APITimeoutError() | httpx2.TimeoutException() | TimeoutError():
            return _failed("timeout", "Claude took too long to answer. Try again.", retryable=True)
        case anthropic.APIConnectionError():
            return _failed(
                "unreachable",
                "Claude cannot be reached. Try again; if it stays so, whoever runs this Studio checks its "
                "network and ANTHROPIC_BASE_URL.",
                retryable=True,
            )
        case anthropic.APIStatusError():
            return _of_status(error)
    return cut_off()


def cut_off() -> ArchitectError:
    return _failed("cut_off", "Claude's answer broke off. Your plan is as it was; try again.", retryable=True)


def of_stop_reason(reason: str | None) -> ArchitectError | None:
    """None when the model ended its message by itself."""
    match reason:
        case None:
            return cut_off()
        case "refusal":
            return _failed("refused", "Claude declined to answer this. Say it differently.")
        case "max_tokens":
            return too_long()
        case "model_context_window_exceeded":
            return _context_too_long()
    return None


def too_long() -> ArchitectError:
    return _failed("too_long", "Claude's answer became too long. Ask for one part of it at a time.")


def not_corrected() -> ArchitectError:
    return _failed(
        "invalid_update",
        "Claude could not put its plan into shape, even after two corrections. "
        "Your plan is as it was; try again or say it in smaller steps.",
        retryable=True,
    )


def _of_status(error: anthropic.APIStatusError) -> ArchitectError:
    told = error.body if isinstance(error.body, dict) else {}
    inner = told.get("error")
    inner = inner if isinstance(inner, dict) else {}
    kind, said = str(inner.get("type", "")), str(inner.get("message", "")).lower()
    status = error.response.status_code
    if status != 200:  # a gateway in between may say it by its status alone
        kind = _KINDS.get(status, kind)
    match kind:
        case "authentication_error" | "permission_error":
            return _failed(
                "auth",
                "Claude does not accept this Studio's key. Whoever runs the Studio sets ANTHROPIC_API_KEY and "
                "restarts it; then try again.",
                retryable=True,
            )
        case "billing_error":
            return _no_credit()
        case "rate_limit_error":
            return _rate_limited(error)
        case "overloaded_error":
            return _overloaded()
        case "timeout_error":
            return _failed("timeout", "Claude took too long to answer. Try again.", retryable=True)
        case "request_too_large":
            return _context_too_long()
        case "not_found_error":
            return _failed(
                "invalid_request",
                "Claude knows no such model. Whoever runs this Studio corrects ANTHROPIC_MODEL.",
            )
    if "credit balance" in said:
        return _no_credit()
    if "too long" in said or "context window" in said or "context limit" in said:
        return _context_too_long()
    if kind == "api_error" or status >= 500:
        return _overloaded()
    return _failed(
        "invalid_request",
        "Claude did not understand the Studio's request. Say it differently; if it stays so, whoever runs this "
        "Studio checks ANTHROPIC_MODEL and ANTHROPIC_BASE_URL.",
    )


def _rate_limited(error: anthropic.APIStatusError) -> ArchitectError:
    seconds = _seconds(error.response.headers.get("retry-after", ""))
    details = {"retry_after_seconds": seconds} if seconds is not None else {}
    return ArchitectError(
        f"Claude's rate limit is reached. Try again {_in(seconds)}.",
        code="rate_limited",
        retryable=True,
        **details,
    )


def _seconds(text: str) -> int | None:
    """The header says seconds; a date in it is not worth understanding."""
    try:
        seconds = float(text)
    except ValueError:
        return None
    return math.ceil(seconds) if 0 < seconds < 86_400 else None


def _in(seconds: int | None) -> str:
    if seconds is None:
        return "in a minute"
    if seconds < 100:
        return f"in {seconds} second{'s' if seconds > 1 else ''}"
    return f"in {math.ceil(seconds / 60)} minutes"


def _overloaded() -> ArchitectError:
    return _failed("overloaded", "Claude is overloaded at the moment. Try again in a minute.", retryable=True)


def _no_credit() -> ArchitectError:
    return _failed(
        "no_credit",
        "The Anthropic account of this Studio has no credit left. Whoever runs the Studio adds some at "
        "platform.claude.com; then try again.",
        retryable=True,
    )


def _context_too_long() -> ArchitectError:
    return _failed(
        "context_too_long",
        "This conversation and its plan have become longer than Claude can read. Begin a new feature for what "
        "comes next, or give fewer pages and pictures at once.",
    )


def _failed(code: str, message: str, *, retryable: bool = False) -> ArchitectError:
    return ArchitectError(message, code=code, retryable=retryable)
