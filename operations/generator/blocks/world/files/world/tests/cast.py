"""Ada, Ben and Cleo, and a world to step by hand: no clock, no thread, no database."""

from __future__ import annotations

from random import Random

from ..rules import RULES, WorldRules
from ..simulation.resident import Resident
from ..simulation.world import World
from ..village.builder import build_village, is_walkable

NOON = 300.0
STEP_SECONDS = 0.2
NEARBY = min(20, RULES.talk_distance / 2)


def resident(
    name: str, x: float, y: float, *, id: int, interests: tuple[str, ...] = ("books",)
) -> Resident:
    home = build_village(RULES.seed).houses[id % 10]
    return Resident(
        id=id, name=f"{name} Marsh", role="baker", interests=interests, home=home, x=x, y=y
    )


def on_road(steps: int = 4) -> tuple[float, float]:
    """A point of the first road, counted from the square."""
    return build_village(RULES.seed).roads[0].points[steps]


def open_world(*people: Resident, rules: WorldRules = RULES, now: float = NOON) -> World:
    return World(rules, people, now=now, random=Random(1))


def crowd(count: int) -> list[Resident]:
    """Many, along the roads."""
    village = build_village(RULES.seed)
    spots = [spot for road in village.roads for spot in road.points if is_walkable(spot)]
    random = Random(5)
    return [resident(f"Agent{id}", *random.choice(spots), id=id) for id in range(1, count + 1)]


def let_pass(world: World, seconds: float) -> None:
    for _ in range(round(seconds / STEP_SECONDS)):
        world.step(STEP_SECONDS)
