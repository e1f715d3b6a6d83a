from __future__ import annotations

import asyncio
import json
from datetime import timedelta

from django.db import connection
from django.test import SimpleTestCase, TestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from records.models import Agent, Conversation, Message

from ..broadcast import Broadcast, broadcast
from ..opening import moment_of, open_world
from ..population import settle
from ..rules import RULES
from .cast import let_pass
from .cast import open_world as empty_world


def talk_of(ada: Agent, ben: Agent, topic: str) -> Conversation:
    now = timezone.now()
    talk = Conversation.objects.create(topic=topic, started_at=now, ended_at=now)
    talk.participants.set([ada, ben])
    Message.objects.create(conversation=talk, speaker=ben, text="Clear as a bell.", said_at=now)
    return talk


class AgentTests(TestCase):
    def setUp(self) -> None:
        self.world = open_world(now=1000)
        broadcast.publish(moment_of(self.world))
        self.addCleanup(setattr, broadcast, "latest", None)

    def test_agents_are_listed_as_they_are_this_moment(self) -> None:
        let_pass(self.world, 5)
        broadcast.publish(moment_of(self.world))
        answer = self.client.get("/api/agents/?page_size=5").json()
        self.assertEqual(answer["count"], RULES.agent_count)
        for shown in answer["results"]:
            resident = self.world.residents[shown["id"]]
            self.assertEqual(shown["name"], resident.name)
            self.assertAlmostEqual(shown["x"], resident.x, places=0)
            self.assertEqual(shown["state"], resident.state)
            self.assertLessEqual({"role", "mood", "interests", "y"}, shown.keys())

    def test_one_agent_tells_home_wish_relations_and_memories(self) -> None:
        ada, ben = Agent.objects.order_by("pk")[:2]
        talk = talk_of(ada, ben, "bees")
        shown = self.client.get(f"/api/agents/{ada.pk}/").json()
        self.assertTrue(shown["home"] and shown["goal"])
        self.assertEqual([other["name"] for other in shown["relations"]], [ben.name])
        self.assertIn("bees", shown["memories"][0]["text"])
        self.assertEqual(shown["conversations"][0]["id"], talk.pk)


class ConversationTests(TestCase):
    def setUp(self) -> None:
        settle()
        self.ada, self.ben = Agent.objects.order_by("pk")[:2]

    def test_conversations_tell_participants_messages_and_times(self) -> None:
        talk_of(self.ada, self.ben, "stars")
        (shown,) = self.client.get("/api/conversations/").json()["results"]
        self.assertEqual(shown["topic"], "stars")
        self.assertEqual(
            [agent["name"] for agent in shown["participants"]], [self.ada.name, self.ben.name]
        )
        self.assertEqual(shown["messages"][0]["text"], "Clear as a bell.")
        self.assertTrue(shown["started_at"] and shown["ended_at"])

    def test_one_conversation_tells_everything_said(self) -> None:
        talk = talk_of(self.ada, self.ben, "stars")
        shown = self.client.get(f"/api/conversations/{talk.pk}/").json()
        self.assertEqual([message["text"] for message in shown["messages"]], ["Clear as a bell."])

    def test_listing_conversations_costs_the_same_for_one_and_for_many(self) -> None:
        talk_of(self.ada, self.ben, "bees")
        with CaptureQueriesContext(connection) as for_one:
            self.client.get("/api/conversations/")
        for _ in range(5):
            talk_of(self.ada, self.ben, "bees")
        with self.assertNumQueries(len(for_one)):
            self.client.get("/api/conversations/")


class PageTests(TestCase):
    def test_the_map_comes_from_the_server(self) -> None:
        answer = self.client.get("/api/world/").json()
        self.assertEqual(answer["map"]["seed"], RULES.seed)
        self.assertGreater(len(answer["map"]["roads"]), 6)
        self.assertEqual(answer["display"], RULES.display)

    def test_the_world_is_the_home_page(self) -> None:
        page = self.client.get("/")
        self.assertContains(page, 'id="world"')
        self.assertContains(page, "/api/world/stream")


class ConversationPageTests(TestCase):
    def setUp(self) -> None:
        settle()
        self.ada, self.ben = Agent.objects.order_by("pk")[:2]
        self.talk = talk_of(self.ada, self.ben, "stars")

    def test_the_list_names_who_took_part(self) -> None:
        page = self.client.get("/conversations/")
        for agent in (self.ada, self.ben):
            self.assertContains(page, f'href="{agent.get_absolute_url()}">{agent.name}</a>')

    def test_the_list_costs_the_same_for_one_and_for_many(self) -> None:
        with CaptureQueriesContext(connection) as for_one:
            self.client.get("/conversations/")
        for _ in range(5):
            talk_of(self.ada, self.ben, "bees")
        with self.assertNumQueries(len(for_one)):
            self.client.get("/conversations/")

    def test_one_conversation_shows_what_was_said_by_whom_in_order(self) -> None:
        later = timezone.now() + timedelta(minutes=1)
        words = "Good evening. " * 8
        Message.objects.create(conversation=self.talk, speaker=self.ada, text=words, said_at=later)
        page = self.client.get(self.talk.get_absolute_url()).content.decode()
        said = page.partition("Messages")[2]
        self.assertLess(said.index("Clear as a bell."), said.index(words.strip()))
        self.assertLess(said.index(self.ben.name), said.index(self.ada.name))

    def test_messages_cost_the_same_for_one_and_for_many(self) -> None:
        with CaptureQueriesContext(connection) as for_one:
            self.client.get(self.talk.get_absolute_url())
        for speaker in (self.ada, self.ben, self.ada):
            Message.objects.create(
                conversation=self.talk, speaker=speaker, text="Yes.", said_at=timezone.now()
            )
        with self.assertNumQueries(len(for_one)):
            self.client.get(self.talk.get_absolute_url())


class StreamTests(SimpleTestCase):
    def test_everybody_is_shown_the_newest_moment_written_once(self) -> None:
        world = empty_world()
        audience = Broadcast()

        async def look_twice() -> list[bytes]:
            audience.publish(moment_of(world))
            watchers = [audience.watch(), audience.watch()]
            for watcher in watchers:
                await anext(watcher)
            seen = [await anext(watcher) for watcher in watchers]
            for _ in range(3):
                let_pass(world, 0.2)
                audience.publish(moment_of(world))
            seen.append(await anext(watchers[0]))
            for watcher in watchers:
                await watcher.aclose()
            return seen

        first, same, newest = asyncio.run(look_twice())
        self.assertIs(first, same)
        self.assertTrue(first.startswith(b"event: snapshot\ndata: "))
        told = json.loads(newest.split(b"data: ")[1])
        self.assertEqual(told["t"], round(world.now * 1000))
        self.assertEqual(audience._watchers, set())
