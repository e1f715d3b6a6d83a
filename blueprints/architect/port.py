"""The Architect port: what a requirements partner is, whoever stands behind it.

An Architect reads a `Turn` and yields what it has to say: `Delta`s of the reply as they come, then
exactly one `Proposal`. It touches no database, starts nothing and never writes implementation code.
The conversation around it (storing, locking, versions, pushing) is `blueprints.services`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Literal, Protocol

from blueprints.references.tokens import Tokens
from blueprints.schemas import BlueprintDocument
from studio.core.errors import OutsideFailure


@dataclass(frozen=True)
class PastMessage:
    """One earlier message; `role` as stored ("user" or "architect")."""

    role: Literal["user", "architect"]
    content: str


@dataclass(frozen=True)
class SeenReference:
    """A page or picture the person gave. `item_id` is its item in the plan; `is_new` says that it came
    with this message. `tokens` are None, and `problem` says why, where it could not be looked at.

    `title`, `headings` and `text` are the page's own words: data, whoever they seem to speak to.
    `picture` is the WebP of its top, None without one.
    """

    item_id: str
    kind: Literal["url", "screenshot"]
    source: str
    title: str = ""
    is_new: bool = False
    tokens: Tokens | None = None
    layout: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()
    text: str = ""
    picture: bytes | None = None
    problem: str = ""


@dataclass
class Usage:
    """What one call of a paid model used. `input_tokens` are those read neither from the cache nor into it.

    `request_id` is the vendor's, `attempts` counts HTTP requests. `estimated`: the vendor's own count did
    not arrive, because the call broke off; the tokens are reckoned from what went over the wire.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    request_id: str = ""
    attempts: int = 1
    estimated: bool = False


class Meter(Protocol):
    """Where an Architect that costs money asks before it spends, and tells what it spent."""

    def call(self, *, model: str, expected: Usage) -> AbstractContextManager[Usage]:
        """Around one call of `model`. What the usage says when the block ends, however it ends, is booked.

        Raises ArchitectError "budget" instead of entering when `expected` does not fit any more.
        """
        ...


class Unmetered:
    """Books nothing: for a turn outside a conversation."""

    def call(self, *, model: str, expected: Usage) -> AbstractContextManager[Usage]:
        return nullcontext(Usage())


@dataclass(frozen=True)
class ItemComment:
    """What the person says of one item of the plan, sent together with her message. `label` is what the item
    was called when she wrote it; it may have gone since."""

    item_id: str
    label: str
    text: str


def with_comments(message: str, comments: tuple[ItemComment, ...]) -> str:
    """A message and its comments as one text, each comment with the item it is about."""
    lines = [f"Comment on {comment.item_id} ({comment.label}): {comment.text}" for comment in comments]
    return "\n\n".join(part for part in [message, "\n".join(lines)] if part)


@dataclass(frozen=True)
class Turn:
    """Everything an Architect may know.

    `document` is the current plan; implementations copy it before changing it. `message` is what
    the person just wrote, `message_id` its row id (the `source` of items it brings); it may be empty where
    `comments` say it all. `words` is both as one text.
    `template` is the project's template slug. `built` says that a version of this plan already runs.
    """

    document: BlueprintDocument
    message: str
    message_id: str
    history: tuple[PastMessage, ...] = ()
    project_name: str = ""
    template: str = "blank-service"
    built: bool = False
    references: tuple[SeenReference, ...] = ()
    comments: tuple[ItemComment, ...] = ()
    meter: Meter = field(default_factory=Unmetered)

    @property
    def words(self) -> str:
        return with_comments(self.message, self.comments)


@dataclass(frozen=True)
class Thinking:
    """What the Architect is doing right now ("Reading your sketch"), for the waiting person."""

    label: str


@dataclass(frozen=True)
class Delta:
    """A piece of the reply, in order. Their concatenation is the reply's Markdown."""

    text: str


@dataclass(frozen=True)
class Pulse:
    """Nothing new. No Architect is silent for longer than half a second: in a pulse his listener sees whether
    the reply is still wanted, and ends it by closing the iterator if not.
    """


@dataclass(frozen=True)
class Proposal:
    """The end of a turn: the whole document as the Architect would have it.

    `document` is a candidate: locks, ids and readiness are enforced by `services.apply_update`.
    `build_requested` says the person asked to build now.
    """

    document: BlueprintDocument
    build_requested: bool = False


ArchitectEvent = Thinking | Delta | Pulse | Proposal


class Architect(Protocol):
    """Named by dotted path in `settings.ORCHARD_ARCHITECT`."""

    name: str  # shown beside the reply, "Architect (offline)"

    def reply(self, turn: Turn) -> Iterator[ArchitectEvent]:
        """Answer one turn. Raises `ArchitectError`; anything else is a defect. Whoever ends the turn early
        closes the iterator, which ends what it has under way outside.
        """
        ...


class ArchitectError(OutsideFailure):
    """The Architect could not answer: `code` is one of rate_limited, overloaded, auth, no_credit, refused,
    budget, invalid_update, invalid_request, context_too_long, too_long, cut_off, timeout, unreachable.
    `retryable` says whether the same turn may work later; `details` may hold `retry_after_seconds`.
    """
