"""Listening to an Architect, and to nobody while he is silent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from queue import Empty, SimpleQueue

from django.db import connections

from blueprints.architect.port import ArchitectEvent

# How long he may be silent before somebody looks whether the reply is still wanted.
SILENCE_SECONDS = 0.5


def listening(said: Iterator[ArchitectEvent]) -> Iterator[ArchitectEvent | None]:
    """What the Architect says, and None while he is silent: he may be so for a minute, in which he is to be
    left by whoever was told to end. He then finds out by himself, when he next says something."""
    heard: SimpleQueue[ArchitectEvent | BaseException | None] = SimpleQueue()
    left = threading.Event()

    def listen() -> None:
        try:
            for event in said:
                heard.put(event)
                if left.is_set():
                    break
            heard.put(None)
        except BaseException as error:  # noqa: BLE001 (raised by the one who waits for it)
            heard.put(error)
        finally:
            connections.close_all()  # those of this thread

    threading.Thread(target=listen, name="architect", daemon=True).start()
    try:
        while True:
            try:
                event = heard.get(timeout=SILENCE_SECONDS)
            except Empty:
                yield None
                continue
            if event is None:
                return
            if isinstance(event, BaseException):
                raise event
            yield event
    finally:
        left.set()
