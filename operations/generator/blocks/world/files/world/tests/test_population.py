from __future__ import annotations

from dataclasses import replace

from django.test import TestCase

from records.models import Agent

from ..opening import look_again, open_world
from ..population import residents, settle
from ..rules import RULES
from ..village.builder import is_walkable


class PopulationTests(TestCase):
    def test_as_many_agents_move_in_as_planned(self) -> None:
        self.assertEqual(settle(), RULES.agent_count)
        self.assertEqual(Agent.objects.count(), RULES.agent_count)
        self.assertEqual(len(residents()), RULES.agent_count)

    def test_settling_again_adds_nobody(self) -> None:
        settle()
        self.assertEqual(settle(), 0)

    def test_a_larger_plan_lets_more_move_in_and_keeps_the_old_ones(self) -> None:
        settle()
        names = set(Agent.objects.values_list("name", flat=True))
        settle(replace(RULES, agent_count=RULES.agent_count + 6))
        self.assertEqual(Agent.objects.count(), RULES.agent_count + 6)
        self.assertLessEqual(names, set(Agent.objects.values_list("name", flat=True)))

    def test_a_smaller_plan_hides_but_never_deletes(self) -> None:
        settle(replace(RULES, agent_count=8))
        smaller = replace(RULES, agent_count=5)
        settle(smaller)
        self.assertEqual(Agent.objects.count(), 8)
        self.assertEqual(len(residents(smaller)), 5)

    def test_somebody_removed_by_hand_does_not_come_back(self) -> None:
        settle()
        Agent.objects.order_by("pk").first().delete()
        self.assertEqual(settle(), 0)

    def test_everybody_has_a_name_a_trade_interests_and_a_place_on_the_map(self) -> None:
        settle()
        people = residents()
        self.assertEqual(len({person.name for person in people}), len(people))
        for person in people:
            self.assertTrue(person.role and person.mood and len(person.interests) >= 2)
            self.assertTrue(is_walkable(person.position))

    def test_the_world_follows_what_people_change_by_hand(self) -> None:
        world = open_world(now=0)
        first, second = Agent.objects.order_by("pk")[:2]
        Agent.objects.filter(pk=first.pk).update(name="Zoe Quarry")
        second.delete()
        third = Agent.objects.order_by("pk").last()
        third.pk = None
        third.save()
        look_again(world)
        self.assertEqual(world.residents[first.pk].name, "Zoe Quarry")
        self.assertNotIn(second.pk, world.residents)
        self.assertIn(third.pk, world.residents)
