"""Claude in the conversation: stopped, metered, held to budgets. The SDK is real, the API is on loopback."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from blueprints import metering, services
from blueprints.architect.claude import ClaudeArchitect
from blueprints.architect.port import Usage
from blueprints.models import Blueprint, BlueprintMessage, ModelCall
from studio import services as studio
from studio.core import ports
from tests.architect.messages_api import Hold, MessagesApi, answer, broken_by, failure

pytestmark = pytest.mark.django_db(transaction=True)

PLAN = {
    "summary": "Cats.",
    "sections": {"dataModel": {"entities": [{"name": "Cat", "fields": [{"name": "title"}]}]}},
}
WRONG = {"sections": {"nonsense": {"a": 1}}}
# 100 tokens in, 80 from the cache, 20 out, of Sonnet 5.5 ($2, $0.10, $10 a million).
MICROS = 100 * 2 + 8 + 20 * 10


@pytest.fixture(autouse=True)
def claude(settings):
    settings.ORCHARD_ARCHITECT = "blueprints.architect.claude.ClaudeArchitect"
    settings.ANTHROPIC_API_KEY, settings.ANTHROPIC_MODEL = "sk-test", "claude-sonnet-5-5"
    settings.ANTHROPIC_MAX_RETRIES = 0
    settings.ORCHARD_BUDGET_MESSAGE = settings.ORCHARD_BUDGET_PROJECT_MONTH = (
        settings.ORCHARD_BUDGET_MONTH
    ) = "none"
    architect: ClaudeArchitect = ports.load("ORCHARD_ARCHITECT")
    yield architect
    architect.close()


@pytest.fixture
def plan(project) -> Blueprint:
    return services.create_blueprint(project=project, feature_name="World")


@pytest.fixture
def api(settings):
    """`api(answer(…), …)`: a server for the rest of the test."""
    running: list[Any] = []

    def serve(*script: Any) -> MessagesApi:
        server = MessagesApi(*script).serving()
        found = server.__enter__()
        running.append(server)
        settings.ANTHROPIC_BASE_URL = found.url
        return found

    yield serve
    for server in running:
        server.__exit__(None, None, None)


def ask(plan: Blueprint, text: str = "add cats") -> BlueprintMessage:
    reply = services.send_message(blueprint=plan, author=plan.project.created_by, text=text, dispatch=False)
    return services.answer(reply=reply)


def in_threads(*functions):
    """Run at once, each with a database connection of its own; results in order."""
    gate = threading.Barrier(len(functions))

    def run(function):
        gate.wait(20)
        try:
            return function()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(functions)) as pool:
        return list(pool.map(run, functions))


def under_way(function):
    pool = ThreadPoolExecutor(1)

    def run():
        try:
            return function()
        finally:
            connection.close()

    future = pool.submit(run)
    pool.shutdown(wait=False)
    return future


# What is booked


def test_a_reply_is_booked_with_all_it_used(plan, api):
    api(answer(text="Cats.", plan=PLAN))
    reply = ask(plan)
    assert reply.status == "done", reply.error
    (call,) = reply.model_calls.all()
    assert (call.status, call.error, call.estimated, call.attempts) == ("done", "", False, 1)
    assert (call.input_tokens, call.cache_read_tokens, call.output_tokens) == (100, 80, 20)
    assert (call.cost_micros, call.budget_micros, call.request_id) == (MICROS, MICROS, "req_1")
    assert (call.project, call.project_slug, call.blueprint) == (plan.project, "aeries", plan)


def test_every_correction_is_booked(plan, api):
    api(answer(text="Cats.", plan=WRONG), answer(raw_plan="{nope"), answer(plan=PLAN))
    reply = ask(plan)
    assert reply.status == "done"
    assert [call.cost_micros for call in reply.model_calls.all()] == [MICROS] * 3


def test_a_plan_that_stays_wrong_loses_nothing(plan, api):
    ada = plan.project.created_by
    api(answer(text="Cats it is.", plan=WRONG))
    reply = ask(plan)
    plan.refresh_from_db()
    assert (reply.status, reply.error["code"]) == ("failed", "invalid_update")
    assert "two corrections" in reply.error["message"] and reply.content.strip() == "Cats it is."
    assert (plan.version, reply.in_reply_to.content) == (0, "add cats")
    assert reply.model_calls.count() == 3
    api(answer(text="Cats.", plan=PLAN))
    services.retry_reply(reply=reply)
    assert services.answer(reply=reply).status == "done"
    assert ada == reply.in_reply_to.author


def test_what_broke_off_is_booked_by_what_came(plan, api):
    api([*answer(text="Cats it is, and " * 20)[:60], broken_by("overloaded_error")])
    reply = ask(plan)
    (call,) = reply.model_calls.all()
    assert (call.status, call.error, call.estimated) == ("failed", "overloaded", True)
    assert call.input_tokens == 100 and 20 < call.output_tokens < 120
    assert reply.content.startswith("Cats it is,")


def test_a_request_that_was_turned_away_costs_nothing(plan, api, settings):
    settings.ANTHROPIC_MAX_RETRIES = 1
    api(failure(529, "overloaded_error", retry_after_ms="1"))
    (call,) = ask(plan).model_calls.all()
    assert (call.status, call.error, call.cost_micros, call.attempts) == ("failed", "overloaded", 0, 2)
    assert call.request_id == "req_2"


def test_an_unknown_model_is_metered_in_tokens(plan, api, settings):
    settings.ANTHROPIC_MODEL = "house-model"
    api(answer(text="Cats.", plan=PLAN))
    reply = ask(plan)
    (call,) = reply.model_calls.all()
    assert call.cost_micros is None and call.output_tokens == 20
    assert call.budget_micros == 100 * 10 + 80 + 20 * 50, "budgets count it as the dearest"
    assert metering.spent_on([call]).cost == "cost unknown"
    settings.ANTHROPIC_PRICES = ["house-model=1/2"]
    assert metering.costs("house-model", Usage(input_tokens=100, output_tokens=20)) == (140, 140)


def test_the_call_of_a_process_that_died_is_booked_once(plan, api):
    api(answer(text="Cats."))
    ask(plan)
    call = ModelCall.objects.get()
    ModelCall.objects.update(
        status="running", input_tokens=5000, started_at=timezone.now() - metering.LOST_AFTER * 2
    )
    assert services.sweep_replies() == 1
    call.refresh_from_db()
    assert (call.status, call.estimated, call.cost_micros) == ("lost", True, 10_000)
    metering.settle(call, Usage(output_tokens=7), status=ModelCall.Status.DONE)
    call.refresh_from_db()
    assert call.status == "lost" and services.sweep_replies() == 0


def test_money_that_was_spent_outlives_its_conversation(plan, api):
    api(answer(text="Cats.", plan=PLAN))
    ask(plan)
    services.delete_blueprint(blueprint=plan)
    plan.project.delete()
    call = ModelCall.objects.get()
    assert (call.project, call.message, call.project_slug, call.cost_micros) == (None, None, "aeries", MICROS)


# Stopped


@pytest.mark.parametrize(
    "where", ["before the first byte", "amid words", "amid the plan", "between attempts"]
)
def test_stopping_hangs_up(plan, api, settings, where):
    hold = Hold()
    events = answer(text="Cats it is", plan=PLAN)
    script: dict[str, Any] = {
        "before the first byte": [hold, *events],
        "amid words": [*events[:4], hold, *events[4:]],
        "amid the plan": [*events[:8], hold, *events[8:]],
        "between attempts": failure(529, "overloaded_error", retry_after="30"),
    }
    settings.ANTHROPIC_MAX_RETRIES = 3
    server = api(script[where])
    reply = services.send_message(
        blueprint=plan, author=plan.project.created_by, text="add cats", dispatch=False
    )
    writing = under_way(lambda: services.answer(reply=reply))
    if where == "between attempts":
        while not server.requests:
            threading.Event().wait(0.01)
    else:
        assert hold.reached.wait(20)
    services.stop_reply(reply=reply)
    if where != "between attempts":
        assert server.hung_up.acquire(timeout=20), "the connection stayed open"
    assert writing.result(20).status == "stopped"
    (call,) = reply.model_calls.all()
    assert call.status == "stopped" and len(server.requests) == 1
    if where.startswith("amid"):
        assert call.estimated and call.input_tokens == 100 and call.output_tokens >= 1
        reply.refresh_from_db()
        assert reply.content.startswith("Cats")


def test_two_projects_are_answered_at_once(plan, api, ada):
    other = studio.create_project(name="Other", template="blank-service", by=ada)
    second = services.create_blueprint(project=other, feature_name="Other")
    first_hold, second_hold = Hold(), Hold()
    server = api([first_hold, *answer(text="One.")], [second_hold, *answer(text="Two.")])
    replies = [under_way(lambda each=each: ask(each)) for each in (plan, second)]
    assert first_hold.reached.wait(20) and second_hold.reached.wait(20), "one waited for the other"
    first_hold.go.set()
    second_hold.go.set()
    assert {reply.result(20).content.strip() for reply in replies} == {"One.", "Two."}
    assert len(server.requests) == 2


# Budgets


def test_no_call_is_made_when_the_month_is_spent(plan, api, settings):
    server = api(answer(text="Cats.", plan=PLAN))
    settings.ORCHARD_BUDGET_PROJECT_MONTH = "0.0001"
    reply = ask(plan)
    assert (reply.status, reply.error["code"], reply.error["retryable"]) == ("failed", "budget", True)
    assert "ORCHARD_BUDGET_PROJECT_MONTH" in reply.error["message"]
    assert not server.requests and not ModelCall.objects.exists()
    assert reply.in_reply_to.content == "add cats"


def test_a_correction_needs_budget_too(plan, api, settings):
    server = api(answer(text="Cats.", plan=WRONG, output_tokens=90_000))
    settings.ORCHARD_BUDGET_MESSAGE = "0.5"
    reply = ask(plan)
    assert (reply.error["code"], reply.error["retryable"]) == ("budget", False)
    assert "$0.900 of $0.50" in reply.error["message"]
    assert len(server.requests) == 1 and reply.content.strip() == "Cats."


def test_the_studio_has_a_budget_over_all_projects(plan, api, settings, ada):
    other = studio.create_project(name="Other", template="blank-service", by=ada)
    ModelCall.objects.create(
        project=other, project_slug="other", model="m", status="done", budget_micros=900_000
    )
    settings.ORCHARD_BUDGET_MONTH = "0.9"
    api(answer(text="Cats."))
    reply = ask(plan)
    assert reply.error["code"] == "budget" and "ORCHARD_BUDGET_MONTH" in reply.error["message"]
    ModelCall.objects.update(started_at=metering.month_start() - metering.LOST_AFTER)
    services.retry_reply(reply=reply)
    assert services.answer(reply=reply).status == "done", "the next month begins anew"


def test_replies_at_once_do_not_share_the_same_rest(project, api, settings):
    plans = [services.create_blueprint(project=project, feature_name=f"Plan {n}") for n in range(4)]
    settings.ORCHARD_BUDGET_PROJECT_MONTH = "0.10"  # one reply is expected to cost some six cents
    hold = Hold()
    server = api([hold, *answer(text="Cats.")])
    going = [under_way(lambda each=each: ask(each)) for each in plans]
    assert hold.reached.wait(20)
    refused = 0
    while refused < 3:
        refused = sum(future.done() for future in going)
        threading.Event().wait(0.01)
    hold.go.set()
    replies = [future.result(20) for future in going]
    assert sorted(reply.status for reply in replies) == ["done", "failed", "failed", "failed"]
    failed = next(reply for reply in replies if reply.status == "failed")
    assert failed.error["code"] == "budget" and "being written" in failed.error["message"]
    assert len(server.requests) == 1


def test_no_race_for_the_rest_is_won_twice(project, settings, plan):
    reply = services.send_message(blueprint=plan, author=project.created_by, text="x", dispatch=False)
    settings.ORCHARD_BUDGET_PROJECT_MONTH = "0.10"
    expected = Usage(input_tokens=10_000, output_tokens=4_000)  # six cents

    def reserve() -> bool:
        meter = metering.MessageMeter(blueprint=plan, message=reply)
        try:
            meter._reserve("claude-sonnet-5-5", expected)
        except metering.ArchitectError:
            return False
        return True

    for _ in range(5):
        ModelCall.objects.all().delete()
        assert sum(in_threads(*[reserve] * 4)) == 1


# Shown


def test_it_is_shown_under_the_message_above_the_chat_and_in_the_api(plan, api, ada, settings):
    api(answer(text="Cats.", plan=PLAN))
    reply = ask(plan)
    client = Client()
    client.force_login(ada)
    page = client.get("/projects/aeries/").content.decode()
    assert "Claude · 200 tokens · &lt;$0.001" in page
    assert 'id="spending"' in page and "this month" in page
    (_, shown) = client.get(f"/api/projects/aeries/blueprints/{plan.pk}/messages").json()["data"]
    assert shown["usage"] == {
        "calls": 1,
        "inputTokens": 100,
        "outputTokens": 20,
        "cacheReadTokens": 80,
        "cacheWriteTokens": 0,
        "costMicros": MICROS,
        "models": ["claude-sonnet-5-5"],
        "attempts": 1,
        "requestIds": ["req_1"],
        "estimated": False,
    }
    settings.ORCHARD_BUDGET_PROJECT_MONTH = "25"
    usage = client.get("/api/projects/aeries/usage").json()["data"]
    assert usage["month"] == usage["total"] and usage["month"]["costMicros"] == MICROS
    assert (usage["budgetMicros"], usage["messageBudgetMicros"]) == (25_000_000, None)
    assert [(row["blueprintId"], row["costMicros"]) for row in usage["blueprints"]] == [
        (str(plan.pk), MICROS)
    ]
    assert reply.pk


@pytest.mark.parametrize(
    ("failing", "words", "again"),
    [
        (failure(429, "rate_limit_error", retry_after="20"), "Try again in 20 seconds.", True),
        (failure(401, "authentication_error"), "sets ANTHROPIC_API_KEY", True),
        (answer(text="No.", stop="refusal"), "Say it differently.", False),
    ],
)
def test_a_failure_is_shown_with_its_next_action(plan, api, ada, failing, words, again):
    api(failing)
    ask(plan)
    client = Client()
    client.force_login(ada)
    page = client.get("/projects/aeries/").content.decode()
    assert words in page and ("Try again</button>" in page) == again
    assert "sk-test" not in page


def test_a_program_learns_when_to_come_back(plan, api, ada):
    api(failure(429, "rate_limit_error", retry_after="20"))
    client = Client()
    client.force_login(ada)
    answered = client.post(
        f"/api/projects/aeries/blueprints/{plan.pk}/chat", {"message": "add cats"}, "application/json"
    )
    problem = json.loads(answered.content)
    assert (answered.status_code, problem["code"]) == (502, "rate_limited")
    assert problem["message"]["error"]["retryAfterSeconds"] == 20


def test_it_is_counted_for_prometheus(plan, api, settings):
    api(answer(text="Cats.", plan=PLAN))
    ask(plan)
    token = {"Authorization": f"Bearer {settings.ORCHARD_METRICS_TOKEN}"}
    told = Client().get("/metrics", headers=token).content.decode().splitlines()
    model = 'model="claude-sonnet-5-5"'
    assert f'orchard_model_calls_total{{{model},status="done"}} 1.0' in told
    assert f'orchard_model_tokens_total{{kind="output",{model}}} 20.0' in told or (
        f'orchard_model_tokens_total{{{model},kind="output"}} 20.0' in told
    )
    assert f"orchard_model_cost_dollars_total{{{model}}} {MICROS / 1e6}" in told


def test_a_reply_nobody_can_store_is_stored(plan, api):
    events = answer(text="x", plan={**PLAN, "summary": "Nul\x00 and \ud800 half"})
    strange = ("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": "A\x00B \ud800!"}})
    api([*events[:2], strange, *events[3:]])
    reply = ask(plan)
    plan.refresh_from_db()
    assert (reply.status, reply.content) == ("done", "AB \ufffd!")
    assert plan.summary == "Nul and \ufffd half"


def test_a_long_conversation_keeps_its_beginning_for_a_hundred_messages(plan, api, ada):
    plan.messages.bulk_create(
        BlueprintMessage(
            blueprint=plan, number=n, role=("user", "architect")[n % 2], content=f"m{n}", author=ada
        )
        for n in range(1010)
    )
    server = api(answer(text="Hm."))
    starts = []
    for _ in range(3):
        ask(plan)
        first = server.requests[-1]["messages"][0]
        starts.append((first["role"], first["content"][0]["text"]))
    assert len(set(starts)) == 1 and starts[0][0] == "user"
    assert 100 <= len(server.requests[-1]["messages"]) <= 201


def test_a_long_conversation_costs_the_database_no_more(plan, api, ada):
    api(answer(text="Hm."))
    ask(plan)
    with CaptureQueriesContext(connection) as short:
        ask(plan)
    plan.messages.bulk_create(
        BlueprintMessage(
            blueprint=plan, number=n, role=("user", "architect")[n % 2], content=f"m{n}", author=ada
        )
        for n in range(100, 180)
    )
    with CaptureQueriesContext(connection) as long:
        ask(plan)
    assert len(long) <= len(short) + 5, "beats and renewals aside"
