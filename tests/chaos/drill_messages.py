"""Every message delivered again and again: while its work waits, while it runs, long after its end."""

from __future__ import annotations

import threading
from collections.abc import Callable

from operations.models import Operation
from tests.chaos import audit
from tests.chaos.drill import Drill
from tests.chaos.scenes import PROJECT_WORKFLOWS, QUEUES, Type, begin, prepared
from tests.chaos.struck import ALIAS, StruckStudio
from tests.chaos.waiting import wait_for

SENDERS = 3


def test_every_message_delivered_again(drill: Drill, studio: StruckStudio) -> None:
    """From two to five times, by several senders at once, at odd moments."""
    projects = prepared(studio, *PROJECT_WORKFLOWS)
    done = threading.Event()
    sent: list[int] = []
    with studio.hire(queues=QUEUES, at_a_time=3) as second:
        running: list[str] = []
        senders = [
            threading.Thread(target=_send, args=(studio, running, sent, done, drill.random.random))
            for _ in range(SENDERS)
        ]
        for sender in senders:
            sender.start()
        for workflow, project in [*zip(PROJECT_WORKFLOWS, projects, strict=True), (Type.TREE, "")]:
            running.append(begin(studio, workflow, project))
        followers = [studio.follow(operation) for operation in running]
        for operation in running:
            studio.await_end(operation)
        done.set()
        for sender in senders:
            sender.join()
        everything = [str(key) for key in Operation.objects.using(ALIAS).values_list("pk", flat=True)]
        _await_quiet(studio)
        before = audit.world(studio, everything)
        for operation in everything:
            studio.send_again(operation, times=drill.random.randint(2, 5))
        _await_quiet(studio)
        assert audit.world(studio, everything) == before, "messages of finished work changed something"
        for operation, follower in zip(running, followers, strict=True):
            row = studio.operation(operation)
            drill.note(operation, "all", f"{len(sent)} messages for {len(running)} operations")
            assert row.fence == 1, f"{row}: claimed {row.fence} times"
            drill.verdict(operation, follower, hired=(second.pid,))


def _send(
    studio: StruckStudio,
    running: list[str],
    sent: list[int],
    done: threading.Event,
    random: Callable[[], float],
) -> None:
    while not done.is_set():
        for operation in list(running):
            times = 2 + int(random() * 4)
            studio.send_again(operation, times)
            sent.extend([1] * times)
        done.wait(random())


def _await_quiet(studio: StruckStudio) -> None:
    """No message of an operation waits, and no worker is busy with one."""
    with studio.celery.connection_for_read() as connection:
        broker = connection.default_channel.client

        def is_quiet() -> bool:
            waiting = sum(broker.llen(queue) for queue in QUEUES.split(","))
            return waiting == 0 and broker.hlen("unacked") == 0

        wait_for(is_quiet, "all messages to be worked off", 120)
