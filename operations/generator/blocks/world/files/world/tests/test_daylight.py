from __future__ import annotations

from django.test import SimpleTestCase

from ..simulation.daylight import DAY_SECONDS, hour_at, is_night
from ..simulation.resident import Resident
from ..simulation.snapshot import snapshot
from .cast import crowd, let_pass, open_world


class DaylightTests(SimpleTestCase):
    def test_a_day_has_every_hour_once(self) -> None:
        hours = [hour_at(second) for second in range(round(DAY_SECONDS))]
        self.assertEqual(hours, sorted(hours))
        self.assertLess(hours[0], 0.1)
        self.assertGreater(hours[-1], 23.9)
        self.assertEqual(hour_at(DAY_SECONDS * 40 + 60), hour_at(60))

    def test_night_is_when_it_is_dark(self) -> None:
        self.assertEqual([is_night(hour) for hour in (0, 4, 6, 12, 20, 22)], [1, 1, 0, 0, 0, 1])

    def test_the_snapshot_tells_the_hour(self) -> None:
        world = open_world(now=DAY_SECONDS / 2)
        self.assertAlmostEqual(snapshot(world)["time"], 12)

    def test_more_residents_are_at_home_by_night(self) -> None:
        def seen_at_home(now: float) -> int:
            people = crowd(30)
            world = open_world(*people, now=now)
            seen = 0
            for _ in range(60):
                let_pass(world, 2)
                seen += sum(at_home(person) for person in people)
            return seen

        midnight, noon = 0.0, DAY_SECONDS / 2
        self.assertGreater(seen_at_home(midnight), seen_at_home(noon) * 1.5)


def at_home(person: Resident) -> bool:
    place = person.place
    return person.state == "indoors" and place is not None and place.kind == "house"
