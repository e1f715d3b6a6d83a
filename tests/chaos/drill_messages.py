"""Every message delivered again and again: while its work waits, while it runs, long after its end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
from django.db import connections
from django.db.models import QuerySet

from blueprints.models import BlueprintMessage
from operations.models import Operation
from tests.chaos import audit
from tests.chaos.drill import Drill
from tests.chaos.scenes import PROJECT_WORKFLOWS, QUEUES, Type, begin, prepared
from tests.chaos.struck import ALIAS, SENTENCE, StruckStudio
from tests.chaos.waiting import wait_for

SENDERS = 3
# A bounded number of messages: each costs its look at the row, and a flood only shows how long that takes.
ROUNDS = 8
REPLY = "blueprints.tasks.reply"
Status = BlueprintMessage.Status


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
            studio.await_end(operation, 300)
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


def test_every_reply_delivered_again(drill: Drill, studio: StruckStudio) -> None:
    """What the Architect has said is said once, however often he is asked to."""
    [project] = prepared(studio, Type.BUILD)
    link = studio.manage("sign_in_link").split()[-1]
    with studio.hire(queues="architect"), httpx.Client(follow_redirects=True, timeout=60) as browser:
        page = browser.get(link)
        assert page.is_success, page.text
        browser.get(f"{studio.url}/projects/{project}/")
        token = browser.cookies[f"orchard_csrf_{studio.port}"]
        for text in (SENTENCE, "People sign in to see tasks."):
            answer = browser.post(
                f"{studio.url}/projects/{project}/messages/",
                data={"text": text},
                headers={"X-CSRFToken": token, "Origin": studio.url, "HX-Request": "true"},
            )
            assert answer.is_success, answer.text
            reply = _replies(project).last()
            assert reply is not None
            while reply.status in (Status.QUEUED, Status.REPLYING):
                for _ in range(drill.random.randint(2, 5)):
                    studio.celery.send_task(REPLY, args=[str(reply.pk)], queue="architect")
                time.sleep(drill.random.uniform(0, 0.2))
                reply.refresh_from_db()
        before = _conversation(project)
        for reply in _replies(project):
            for _ in range(drill.random.randint(2, 5)):
                studio.celery.send_task(REPLY, args=[str(reply.pk)], queue="architect")
        _await_quiet(studio)
        assert _conversation(project) == before, "messages of finished replies changed something"
    assert [message["role"] for message in before] == ["user", "architect"] * 2, before
    assert all(message["status"] == Status.DONE and message["content"] for message in before), before
    versions = [message["blueprint_version"] for message in before if message["role"] == "architect"]
    assert versions == [1, 2], before


def _replies(project: str) -> QuerySet[BlueprintMessage]:
    return _messages(project).filter(role=BlueprintMessage.Role.ARCHITECT, in_reply_to__isnull=False)


def _messages(project: str) -> QuerySet[BlueprintMessage]:
    rows = BlueprintMessage.objects.using(ALIAS).filter(blueprint__project__slug=project)
    return rows.order_by("number")


def _conversation(project: str) -> list[dict[str, Any]]:
    return list(_messages(project).values())


def _send(
    studio: StruckStudio,
    running: list[str],
    sent: list[int],
    done: threading.Event,
    random: Callable[[], float],
) -> None:
    try:
        for _ in range(ROUNDS):
            for operation in list(running):
                times = 2 + int(random() * 4)
                studio.send_again(operation, times)
                sent.extend([1] * times)
            if done.wait(1 + 3 * random()):
                return
    finally:
        connections[ALIAS].close()  # each thread has one of its own


def _await_quiet(studio: StruckStudio) -> None:
    """No message of an operation waits, and no worker is busy with one."""
    with studio.celery.connection_for_read() as connection:
        broker = connection.default_channel.client

        def is_quiet() -> bool:
            waiting = sum(broker.llen(queue) for queue in (*QUEUES.split(","), "architect"))
            return waiting == 0 and broker.hlen("unacked") == 0

        wait_for(is_quiet, "all messages to be worked off", 300)
