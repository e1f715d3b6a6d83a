"""The offline Architect: a requirements partner made of rules and a knowledge base.

No model, no network, the same answer every time. `settings.ORCHARD_ARCHITECT` names
`blueprints.architect.offline.OfflineArchitect`.
"""

from __future__ import annotations

from collections.abc import Iterator

from blueprints.architect.offline.conversation import Conversation
from blueprints.architect.offline.wording import pieces
from blueprints.architect.port import ArchitectEvent, Delta, Proposal, Turn


class OfflineArchitect:
    """Implements `blueprints.architect.port.Architect`."""

    name = "Architect (offline)"

    def reply(self, turn: Turn) -> Iterator[ArchitectEvent]:
        outcome = Conversation(turn).answer()
        for piece in pieces(outcome.reply):
            yield Delta(piece)
        yield Proposal(outcome.document, build_requested=outcome.build_requested)
