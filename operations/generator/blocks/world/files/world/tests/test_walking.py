from __future__ import annotations

from django.test import SimpleTestCase

from ..rules import RULES
from ..simulation.resident import Resident
from ..village.builder import build_village, is_walkable
from ..village.geometry import distance
from ..village.roads import RoadNetwork
from .cast import crowd, let_pass, open_world


class MovementTests(SimpleTestCase):
    def test_residents_wander_on_their_own(self) -> None:
        people = crowd(20)
        before = {person.id: person.position for person in people}
        let_pass(open_world(*people), 20)
        moved = [person for person in people if distance(person.position, before[person.id]) > 10]
        self.assertGreater(len(moved), 14)

    def test_nobody_moves_faster_than_they_can(self) -> None:
        people = crowd(20)
        world = open_world(*people)
        for _ in range(100):
            before = {person.id: person.position for person in people}
            let_pass(world, 0.2)
            for person in people:
                reach = person.speed * world.walking.pace * 0.2
                self.assertLessEqual(distance(person.position, before[person.id]), reach + 0.01)

    def test_nobody_walks_into_a_pond_or_off_the_map(self) -> None:
        world = open_world(*crowd(20))
        village = world.village
        for _ in range(60):
            let_pass(world, 1)
            for person in world.residents.values():
                self.assertTrue(is_walkable(person.position), person)
                self.assertFalse(
                    any(pond.covers(person.position) for pond in village.ponds), person
                )

    def test_walking_tires_and_resting_refreshes(self) -> None:
        (person,) = people = crowd(1)
        world = open_world(*people)
        far = max(world.network.places, key=lambda place: distance(place.node, person.position))
        world.walking.set_out(person, far)
        started = person.energy
        let_pass(world, 2)
        tired = person.energy
        self.assertLess(tired, started)
        world.walking.rest(person, world.now + 10)
        let_pass(world, 5)
        self.assertGreater(person.energy, tired)


class RoadTests(SimpleTestCase):
    def test_every_place_can_be_reached_from_every_other(self) -> None:
        network = RoadNetwork(build_village(RULES.seed))
        square = network.places[0]
        for place in network.places:
            self.assertEqual(
                network.route(square.node, place.node)[-1:] or [square.node], [place.node]
            )
            self.assertEqual(
                network.route(place.node, square.node)[-1:] or [place.node], [square.node]
            )

    def test_a_route_goes_step_by_step(self) -> None:
        network = RoadNetwork(build_village(RULES.seed))
        route = network.route(network.places[0].node, network.places[-1].node)
        for here, ahead in zip(route, route[1:], strict=False):
            self.assertLess(distance(here, ahead), 130)

    def test_the_same_seed_draws_the_same_village(self) -> None:
        build_village.cache_clear()
        first = build_village(RULES.seed)
        build_village.cache_clear()
        self.assertEqual(first, build_village(RULES.seed))
        self.assertNotEqual(first, build_village(RULES.seed + 1))

    def test_homes_and_looks_stay_with_the_id(self) -> None:
        one, other = (
            Resident(4, "Ada", "baker", (), build_village(7).houses[0], 0, 0) for _ in "ab"
        )
        self.assertEqual(one.look, other.look)
