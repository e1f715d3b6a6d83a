"""A reply's words on their way to those who watch, and into the row."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

from blueprints import turns
from blueprints.turns import Claim
from studio.core import hub

OnText = Callable[[str], None]

PUSH_SECONDS = 0.03
STORE_SECONDS = 0.25


class Words:
    """The reply's words on their way: pushed to open workspaces every 30 ms, stored four times a second."""

    def __init__(self, claim: Claim, project_id: uuid.UUID, on_text: OnText | None) -> None:
        self.text = ""
        self._claim = claim
        self._project_id = project_id
        self._on_text = on_text
        self._pushed = self._stored = 0  # characters
        self._pushed_at = self._stored_at = time.monotonic()

    def add(self, piece: str) -> None:
        self.text += piece
        if self._on_text is not None:
            self._on_text(piece)
        if time.monotonic() - self._pushed_at >= PUSH_SECONDS:
            self.push()
        self._store()

    def rest(self) -> None:
        """There is nothing to say at the moment; what was said need not wait for more. Raises ClaimLost."""
        self.push()
        self._store()

    def push(self) -> None:
        fresh = self.text[self._pushed :]
        if fresh:
            self.tell("delta", text=fresh, at=self._pushed)
        self._pushed, self._pushed_at = len(self.text), time.monotonic()

    def _store(self) -> None:
        now = time.monotonic()
        if now - self._stored_at < STORE_SECONDS:
            return
        self._stored_at = now
        if len(self.text) != self._stored:
            self._claim.write(content=self.text, lease_until=turns.lease_end())
            self._stored = len(self.text)
        else:
            self._claim.check()

    def tell(self, topic: str, **data: str | int) -> None:
        hub.publish(
            f"project:{self._project_id}", {"topic": topic, "message": str(self._claim.reply.pk), **data}
        )
