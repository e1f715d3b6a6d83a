"""One turn with the offline Architect, held to what no turn may break."""

from __future__ import annotations

from blueprints.architect.offline import OfflineArchitect
from blueprints.architect.port import Delta, Proposal, Turn
from blueprints.readiness import assess

READY = "Plan looks complete. Ready to build?"


def hold_turn(turn: Turn) -> tuple[str, Proposal]:
    """The whole reply and the proposal at its end."""
    events = list(OfflineArchitect().reply(turn))
    assert [event for event in events if isinstance(event, Proposal)] == events[-1:]
    reply = "".join(event.text for event in events if isinstance(event, Delta))
    proposal = events[-1]
    assert isinstance(proposal, Proposal)
    assert reply == reply.strip() and reply
    must = [question for question in proposal.document.open_questions if question.must]
    assert len(must) <= 2
    assert not must or "build right away" not in reply
    if proposal.build_requested:
        assert not assess(proposal.document)
    if reply.endswith(READY):
        assert not assess(proposal.document)
    return reply, proposal
