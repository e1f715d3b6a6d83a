"""A few threads in which event loops read the database, with connections that last as long as the work.

Streams stay open for hours and read for milliseconds: they share these threads instead of holding one
each. A connection is kept while more work waits, so that a thousand readers at once do not open a
thousand, and given back when none does.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import connections

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

THREADS = 2


class Readers:
    def __init__(self, threads: int = THREADS) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="reading")
        self._waiting = 0
        self._lock = threading.Lock()

    async def run(
        self,
        work: Callable[Arguments, Result],
        *arguments: Arguments.args,
        **named: Arguments.kwargs,
    ) -> Result:
        """What `work` returns, or raises."""
        self._count(1)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: self._do(work, *arguments, **named))

    def _do(
        self,
        work: Callable[Arguments, Result],
        *arguments: Arguments.args,
        **named: Arguments.kwargs,
    ) -> Result:
        self._count(-1)
        try:
            return work(*arguments, **named)
        finally:
            for connection in connections.all(initialized_only=True):
                if not self._waiting or connection.errors_occurred:
                    connection.close()

    def _count(self, change: int) -> None:
        with self._lock:
            self._waiting += change


# Apart, so that a crowd at the door does not keep those who are in from what they came for.
doorkeepers = Readers()
readers = Readers()
