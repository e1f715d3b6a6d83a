"""What visitors ask of the weather, on the way from their requests to the world's thread."""

from __future__ import annotations

from queue import Empty, SimpleQueue

from .simulation.world import World

weather_wishes: SimpleQueue[str] = SimpleQueue()


def grant(world: World) -> None:
    """Only the last wish counts. The weather goes on changing by itself afterwards."""
    kind = None
    while True:
        try:
            kind = weather_wishes.get_nowait()
        except Empty:
            break
    if kind is not None:
        world.turn_weather(kind)
