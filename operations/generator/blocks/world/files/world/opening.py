"""Opens the world: reads who lives there, and puts a moment of it into words for the browsers."""

from __future__ import annotations

from random import Random

from .broadcast import Moment
from .chronicle import read_bonds
from .population import known_moods, residents, settle
from .rules import RULES
from .simulation.snapshot import snapshot
from .simulation.world import World


def open_world(*, now: float, random: Random | None = None) -> World:
    """The world as it was left, at `now` seconds since the epoch."""
    settle()
    bonds = read_bonds()
    people = residents()
    for resident in people:
        resident.bonds = bonds.get(resident.id, {})
    return World(
        RULES,
        people,
        now=now,
        random=random or Random(),  # noqa: S311
        known_moods=known_moods(),
    )


def look_again(world: World) -> None:
    """Follow what people changed by hand: agents added, renamed or removed since."""
    rows = {resident.id: resident for resident in residents()}
    for gone in world.residents.keys() - rows.keys():
        world.dismiss(gone)
    for id_, row in rows.items():
        here = world.residents.get(id_)
        if here is None:
            world.welcome(row)
        else:
            here.name, here.role, here.interests = row.name, row.role, row.interests


def moment_of(world: World) -> Moment:
    energy = {resident.id: resident.energy for resident in world.residents.values()}
    return Moment(snapshot(world), energy)
