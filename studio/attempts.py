"""How often a password may be tried, so that guessing takes years.

Counted in Redis before the password is looked at, so that simultaneous guesses count too. While Redis is
away nobody is locked out: the password still has to be right.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass

import redis

from studio.core import hub

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 15 * 60
PER_NAME = 10
# Many people may share one, behind a proxy or a router.
PER_ADDRESS = 100


@dataclass(frozen=True)
class Attempts:
    """Of one user name, known or not, and of one network address ("" when there is none)."""

    name: str
    address: str

    def take(self) -> bool:
        """Count one more; False when it is one too many for now."""
        try:
            return all(_count(key) <= limit for key, limit in self._limits().items())
        except redis.RedisError as error:
            logger.warning("Sign-in attempts are not counted: %s", error)
            return True

    def forgive(self) -> None:
        """The password was right: what this name failed before is forgotten, and this one is no failure."""
        name, *address = self._limits()
        try:
            hub.client().delete(name)
            for key in address:
                hub.client().decr(key)
        except redis.RedisError as error:
            logger.warning("Sign-in attempts are not forgotten: %s", error)

    def _limits(self) -> dict[str, int]:
        name = hashlib.sha256(self.name.casefold().encode()).hexdigest()
        by_name = {f"orchard:attempts:name:{name}": PER_NAME}
        return by_name | ({f"orchard:attempts:address:{self.address}": PER_ADDRESS} if self.address else {})


def _count(key: str) -> int:
    """One more, in a window that begins with the first."""
    with hub.client().pipeline() as commands:
        commands.set(key, 0, ex=WINDOW_SECONDS, nx=True)
        commands.incr(key)
        return int(commands.execute()[-1])
