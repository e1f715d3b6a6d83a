"""What living processes say of themselves: announced in Redis every few seconds, gone when nobody repeats it.

A process that is killed withdraws nothing, so each word has an expiry, counted by Redis alone: the clocks
of several machines need not agree. The embedded Redis keeps no file, and need not: all is said again soon.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Mapping
from typing import Any

from studio.core.hub import client

INTERVAL_SECONDS = 2.0
# Three missed words: slow is forgiven, stopped is seen soon.
EXPIRY_SECONDS = 3 * INTERVAL_SECONDS
# Names stay listed longer than what they said, so that a clock that is off lists nobody out.
_LISTED_SECONDS = 3600.0


def this_process() -> str:
    """`<host>:<pid>`: no two processes that share a Redis have the same."""
    return f"{socket.gethostname()}:{os.getpid()}"


def announce(
    kind: str, name: str, said: Mapping[str, Any], *, expiry_seconds: float = EXPIRY_SECONDS
) -> None:
    """`said` is JSON, and stands until it is replaced or expires. Raises redis.RedisError."""
    now = time.time()
    with client().pipeline(transaction=False) as pipeline:
        pipeline.zadd(_index(kind), {name: now})
        pipeline.zremrangebyscore(_index(kind), "-inf", now - _LISTED_SECONDS)
        pipeline.set(_key(kind, name), json.dumps(said), px=int(expiry_seconds * 1000))
        pipeline.execute()


def withdraw(kind: str, name: str) -> None:
    """Raises redis.RedisError."""
    client().zrem(_index(kind), name)


def present(kind: str) -> dict[str, dict[str, Any]]:
    """What each living process of this kind said last, by its name. Raises redis.RedisError."""
    index: Any = client().zrange(_index(kind), 0, -1)
    names = [name.decode() for name in index]
    if not names:
        return {}
    words: Any = client().mget([_key(kind, name) for name in names])
    return {name: json.loads(said) for name, said in zip(names, words, strict=True) if said is not None}


def _index(kind: str) -> str:
    return f"orchard:{kind}"


def _key(kind: str, name: str) -> str:
    return f"orchard:{kind}:{name}"
