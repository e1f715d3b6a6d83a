"""The world lives as long as the server: it opens with the first worker and closes with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from asgiref.sync import sync_to_async

from .runner import Runner


@asynccontextmanager
async def lifespan() -> AsyncIterator[None]:
    runner = Runner()
    runner.start()
    try:
        yield
    finally:
        await sync_to_async(runner.stop, thread_sensitive=False)()
