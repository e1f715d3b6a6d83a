from __future__ import annotations

from datetime import timedelta
from random import Random

from django.test import TestCase
from django.utils import timezone

from records.models import Agent, Conversation, Message

from .. import chronicle as chronicle_module
from ..chronicle import Chronicle, Superseded
from ..models import VACANT_AFTER, Keeper
from ..opening import open_world
from ..simulation.resident import Resident
from ..simulation.world import World
from .cast import NEARBY, let_pass


def bring_together(world: World) -> tuple[Resident, Resident]:
    """The first two residents, side by side, with something in common and nothing else to do."""
    one, other = list(world.residents.values())[:2]
    one.interests = other.interests = ("bees",)
    other.x, other.y = one.x + NEARBY, one.y
    for resident in world.residents.values():
        resident.free_at = 0 if resident in (one, other) else world.now + 1000
    return one, other


class ChronicleTests(TestCase):
    def setUp(self) -> None:
        self.world = open_world(now=1000, random=Random(1))
        self.pair = bring_together(self.world)
        self.chronicle = Chronicle(Keeper.take_over())

    def test_a_talk_becomes_a_conversation_with_participants_and_messages(self) -> None:
        let_pass(self.world, 8)
        self.chronicle.record(self.world.drain_events())
        talk = Conversation.objects.get()
        self.assertEqual(
            set(talk.participants.all()), set(Agent.objects.filter(pk__in=self._ids()))
        )
        said = list(talk.messages.order_by("said_at", "pk"))
        self.assertGreaterEqual(len(said), 2)
        self.assertEqual({message.speaker_id for message in said}, set(self._ids()))
        self.assertIsNone(talk.ended_at)
        let_pass(self.world, 50)
        self.chronicle.record(self.world.drain_events())
        talk = Conversation.objects.order_by("pk").first()
        self.assertGreater(talk.ended_at, talk.started_at)

    def test_after_a_restart_the_conversations_and_memories_are_still_there(self) -> None:
        let_pass(self.world, 60)
        self.chronicle.record(self.world.drain_events())
        self.chronicle.save_residents(self.world.residents.values())
        before = list(Message.objects.order_by("pk").values_list("text", flat=True))
        one, other = self.pair
        again = open_world(now=2000, random=Random(2))
        self.assertEqual(
            list(Message.objects.order_by("pk").values_list("text", flat=True)), before
        )
        self.assertEqual(again.residents[one.id].bond(other).talks, one.bond(other).talks)
        self.assertAlmostEqual(again.residents[one.id].x, one.x, places=0)

    def test_a_talk_left_open_by_a_crash_is_closed(self) -> None:
        Conversation.objects.create(topic="bees", started_at=timezone.now())
        self.chronicle.begin()
        self.assertFalse(Conversation.objects.filter(ended_at=None).exists())

    def test_the_newest_release_takes_over_and_the_old_one_writes_no_more(self) -> None:
        newer = Chronicle(Keeper.take_over())
        let_pass(self.world, 8)
        events = self.world.drain_events()
        with self.assertRaises(Superseded):
            self.chronicle.record(events)
        with self.assertRaises(Superseded):
            self.chronicle.save_residents(self.world.residents.values())
        self.assertFalse(Conversation.objects.exists())
        newer.record(events)
        self.assertTrue(Conversation.objects.exists())

    def test_a_keeper_not_seen_for_a_while_leaves_its_place(self) -> None:
        self.assertFalse(Keeper.is_vacant())
        long_ago = timezone.now() - VACANT_AFTER - timedelta(seconds=1)
        Keeper.objects.update(seen_at=long_ago)
        self.assertTrue(Keeper.is_vacant())

    def test_only_the_newest_conversations_are_kept(self) -> None:
        for number in range(5):
            Conversation.objects.create(topic=f"{number}", started_at=timezone.now())
        kept = chronicle_module.KEPT_CONVERSATIONS
        chronicle_module.KEPT_CONVERSATIONS = 2
        self.addCleanup(setattr, chronicle_module, "KEPT_CONVERSATIONS", kept)
        self.chronicle.forget_the_oldest()
        topics = Conversation.objects.order_by("pk").values_list("topic", flat=True)
        self.assertEqual(list(topics), ["3", "4"])

    def _ids(self) -> list[int]:
        return [resident.id for resident in self.pair]
