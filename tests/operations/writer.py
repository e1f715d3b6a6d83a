"""A process that writes as the Studio does, many times in a row: for the test of several at once.

    python -m tests.operations.writer <operation> <blueprint> <transactions> <gate>

Starts when the file `gate` is there. Ends with 1 and the error when a transaction fails.
"""

import os
import sys
import time
import uuid
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "studio.settings"


def write(operation_id: uuid.UUID, blueprint_id: uuid.UUID, transactions: int) -> None:
    """By turns a transaction that writes at once, and one that reads first: SQLite refuses those whose
    picture is out of date by the time they write, however long they would wait."""
    from blueprints.models import Blueprint
    from blueprints.services import tell
    from operations.engine import events

    blueprint = Blueprint.objects.get(pk=blueprint_id)
    for number in range(transactions):
        if number % 2:
            assert events.write(operation_id, [events.log_event(f"{os.getpid()} {number}")])
        else:
            tell(blueprint=blueprint, text=f"{os.getpid()} {number}")


if __name__ == "__main__":
    import django

    django.setup()
    gate = Path(sys.argv[4])
    print("ready", flush=True)
    while not gate.exists():
        time.sleep(0.005)
    write(uuid.UUID(sys.argv[1]), uuid.UUID(sys.argv[2]), int(sys.argv[3]))
