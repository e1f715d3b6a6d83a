"""The story of one agent: home, wish, friends, memories and talks, out of the rows and the moment."""

from __future__ import annotations

from typing import Any

from records.models import Agent, Conversation

from .broadcast import Moment
from .people import goal_of
from .population import home_of, interests_of
from .simulation.resident import Bond, look_of

CLOSEST, LATEST_TALKS = 5, 6
FRIENDSHIP = ((8, "close friend"), (4, "friend"), (2, "good acquaintance"), (1, "acquaintance"))


def story_of(agent: Agent, moment: Moment | None) -> dict[str, Any]:
    """Everything the panel shows. `moment` is None while the world does not run."""
    talks = list(
        Conversation.objects.filter(participants=agent)
        .order_by("-started_at")
        .prefetch_related("participants", "messages__speaker")[:200]
    )
    current = next((talk for talk in talks if talk.ended_at is None), None)
    interests = interests_of(agent)
    return {
        "home": home_of(agent).address,
        "goal": goal_of(interests),
        "loves": list(interests),
        "energy": round(moment.energy.get(agent.pk, 0.0), 2) if moment else None,
        "relations": _relations(agent, talks),
        "memories": [_memory(agent, talk) for talk in talks if talk is not current][:LATEST_TALKS],
        "conversation": talk_json(current) if current else None,
        "conversations": [talk_json(talk) for talk in talks if talk is not current][:LATEST_TALKS],
    }


def talk_json(talk: Conversation) -> dict[str, Any]:
    return {
        "id": talk.pk,
        "topic": talk.topic,
        "started_at": talk.started_at,
        "ended_at": talk.ended_at,
        "participants": [
            {"id": agent.pk, "name": agent.name}
            for agent in sorted(talk.participants.all(), key=lambda agent: agent.pk)
        ],
        "messages": [
            {
                "id": message.pk,
                "speaker": message.speaker_id,
                "name": message.speaker.name,
                "text": message.text,
                "said_at": message.said_at,
            }
            for message in sorted(
                talk.messages.all(), key=lambda message: (message.said_at, message.pk)
            )
        ],
    }


def _relations(agent: Agent, talks: list[Conversation]) -> list[dict[str, Any]]:
    """Those whom the agent has talked to most, closest first."""
    known: dict[int, tuple[Agent, Bond]] = {}
    for talk in talks:
        for other in talk.participants.all():
            if other != agent:
                known.setdefault(other.pk, (other, Bond()))[1].talks += 1
    closest = sorted(known.values(), key=lambda pair: -pair[1].talks)[:CLOSEST]
    return [
        {
            "id": other.pk,
            "name": other.name,
            "look": look_of(other.pk),
            "kind": next(kind for talks_needed, kind in FRIENDSHIP if bond.talks >= talks_needed),
            "strength": round(bond.strength, 2),
        }
        for other, bond in closest
    ]


def _memory(agent: Agent, talk: Conversation) -> dict[str, Any]:
    names = [
        other.name.split()[0] for other in talk.participants.all() if other != agent and other.name
    ]
    company = " and ".join(names) or "nobody"
    return {"at": talk.started_at, "text": f"Talked with {company} about {talk.topic}."}
