"""What Claude's replies cost: reserved against the budgets before each call, booked after it, summed for people.

Every call is a row (`ModelCall`), the failed, stopped and corrected ones too. A reservation and the sums it is
held against are read one at a time across processes, so that replies written at once cannot spend the same rest
of a budget. What they may exceed it by is what one call used beyond its expectation.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from blueprints.architect import prices
from blueprints.architect.port import ArchitectError, Usage
from blueprints.models import Blueprint, BlueprintMessage, ModelCall
from blueprints.signals import model_called
from studio.models import Project

Status = ModelCall.Status
Scope = Literal["message", "project", "studio"]

MICROS = 1_000_000
# PostgreSQL's advisory lock under which reservations are made. On SQLite the transaction itself is the lock.
RESERVING = 0x0C1A_0DE0
# Longer than any call takes.
LOST_AFTER = timedelta(minutes=20)

SETTINGS: dict[Scope, str] = {
    "message": "ORCHARD_BUDGET_MESSAGE",
    "project": "ORCHARD_BUDGET_PROJECT_MONTH",
    "studio": "ORCHARD_BUDGET_MONTH",
}
TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")


class MessageMeter:
    """The meter of one reply: `blueprints.architect.port.Meter`."""

    def __init__(self, *, blueprint: Blueprint, message: BlueprintMessage) -> None:
        self._blueprint = blueprint
        self._message = message

    @contextlib.contextmanager
    def call(self, *, model: str, expected: Usage) -> Iterator[Usage]:
        row = self._reserve(model, expected)
        usage = Usage()
        status, error = Status.FAILED, "defect"
        try:
            yield usage
            status, error = Status.DONE, ""
        except GeneratorExit:
            status, error = Status.STOPPED, ""
            raise
        except ArchitectError as failure:
            error = failure.code
            raise
        finally:
            settle(row, usage, status=status, error=error)

    def _reserve(self, model: str, expected: Usage) -> ModelCall:
        """Raises ArchitectError "budget" when the expected cost does not fit into what is left."""
        cost, counted = costs(model, expected)
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [RESERVING])
            self._hold_to_budgets(counted)
            return ModelCall.objects.create(
                project_id=self._blueprint.project_id,
                project_slug=self._blueprint.project.slug,
                blueprint=self._blueprint,
                message=self._message,
                model=model[:100],
                # Should this process die, the question has been paid for, the answer perhaps not.
                input_tokens=expected.input_tokens,
                cost_micros=cost,
                budget_micros=counted,
            )

    def _hold_to_budgets(self, counted: int) -> None:
        budgets = {scope: budget(scope) for scope in SETTINGS}
        if not any(limit is not None for limit in budgets.values()):
            return
        this_message = Q(message=self._message)
        this_project = Q(project=self._blueprint.project_id, started_at__gte=month_start())
        everything = Q(started_at__gte=month_start())
        running = Q(status=Status.RUNNING)
        sums: dict[str, int | None] = ModelCall.objects.filter(this_message | everything).aggregate(
            of_message=Sum("budget_micros", filter=this_message),
            of_project=Sum("budget_micros", filter=this_project),
            of_studio=Sum("budget_micros", filter=everything),
            held_project=Sum("budget_micros", filter=this_project & running),
            held_studio=Sum("budget_micros", filter=everything & running),
        )
        for scope, limit in budgets.items():
            spent = sums[f"of_{scope}"] or 0
            if limit is not None and spent + counted > limit:
                held = sums.get(f"held_{scope}") or 0
                raise _over_budget(scope, spent - held, limit, held_elsewhere=spent - held + counted <= limit)


def settle(row: ModelCall, usage: Usage, *, status: ModelCall.Status, error: str = "") -> None:
    """Book what a call used, once: whoever comes second changes nothing."""
    cost, counted = costs(row.model, usage)
    columns: dict[str, Any] = {
        **{name: getattr(usage, name) for name in TOKENS},
        "estimated": usage.estimated,
        "cost_micros": cost,
        "budget_micros": counted,
        "request_id": usage.request_id[:100],
        "attempts": usage.attempts,
        "status": status,
        "error": error[:40],
        "ended_at": timezone.now(),
    }
    with transaction.atomic():
        if ModelCall.objects.filter(pk=row.pk, status=Status.RUNNING).update(**columns) == 1:
            for name, value in columns.items():
                setattr(row, name, value)
            model_called.send(ModelCall, call=row)


def settle_lost() -> int:
    """Book the calls of processes that died: the question, which they sent. How many there were."""
    lost = ModelCall.objects.filter(status=Status.RUNNING, started_at__lt=timezone.now() - LOST_AFTER)
    rows = list(lost)
    for row in rows:
        settle(row, Usage(input_tokens=row.input_tokens, estimated=True), status=Status.LOST)
    return len(rows)


# Money


def costs(model: str, usage: Usage) -> tuple[int | None, int]:
    """Micro-dollars: the cost, None where the model's price is not known, and what budgets count of it."""
    price = prices.price_of(model, prices.parse(settings.ANTHROPIC_PRICES))
    cost = price.micros(usage) if price is not None else None
    return cost, prices.DEAREST.micros(usage) if cost is None else cost


def budget(scope: Scope) -> int | None:
    """Micro-dollars; None without a limit. Raises ValueError when the setting is no amount."""
    text = str(getattr(settings, SETTINGS[scope])).strip().lower()
    if text == "none":
        return None
    try:
        amount = Decimal(text.removeprefix("$"))
        if not amount.is_finite() or amount < 0:
            raise InvalidOperation
    except InvalidOperation:
        raise ValueError(f"{SETTINGS[scope]}={text} is no amount of dollars") from None
    return int(amount * MICROS)


def month_start() -> datetime:
    """Of the current month, in UTC."""
    return timezone.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def dollars(micros: int) -> str:
    """As people read it: whole cents from a dollar on, tenths of cents below."""
    if 0 < micros < 500:
        return "<$0.001"
    cents = micros >= MICROS or micros % (MICROS // 100) == 0
    return f"${micros / MICROS:,.2f}" if cents else f"${micros / MICROS:.3f}"


def _over_budget(scope: Scope, spent: int, limit: int, *, held_elsewhere: bool) -> ArchitectError:
    whoever = f"Whoever runs this Studio can raise {SETTINGS[scope]} in its settings"
    used = f"{dollars(spent)} of {dollars(limit)} are spent"
    if scope == "message":
        message = (
            f"This message has used up its budget: {used}. Your plan is as it was. Say it in smaller parts. "
            f"{whoever}."
        )
    elif held_elsewhere:
        message = (
            f"Another reply is being written with what is left of this month's budget ({used}). "
            "Try again when it is done."
        )
    else:
        whose = "this project" if scope == "project" else "this Studio"
        message = f"This month's budget for Claude in {whose} is used up: {used}. {whoever}; the next month begins anew."
    return ArchitectError(message, code="budget", retryable=scope != "message", scope=scope)


# What was used, in sums


@dataclass(frozen=True)
class Spent:
    """Sums over calls that are over. `unpriced` of them have a model whose price is not known: their cost is
    not in `cost_micros`.
    """

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    cost_micros: int = 0
    unpriced: int = 0

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens + self.cache_read_tokens + self.cache_write_tokens

    @property
    def cost(self) -> str:
        """For people: "$0.012", "cost unknown", or "$0.012 and more" where some of it is not known."""
        if not self.unpriced:
            return dollars(self.cost_micros)
        return f"{dollars(self.cost_micros)} and more" if self.cost_micros else "cost unknown"


def spent_on(calls: Iterable[ModelCall]) -> Spent:
    """Of rows that are read already."""
    over = [call for call in calls if call.status != Status.RUNNING]
    return Spent(
        calls=len(over),
        cost_micros=sum(call.cost_micros or 0 for call in over),
        unpriced=sum(call.cost_micros is None for call in over),
        **{name: sum(getattr(call, name) for call in over) for name in TOKENS},
    )


def spent_by(calls: QuerySet[ModelCall]) -> Spent:
    """Summed by the database."""
    return Spent(**{name: value or 0 for name, value in _over(calls).aggregate(**_SUMS).items()})


def spent_by_blueprint(project: Project) -> dict[uuid.UUID, Spent]:
    """For each plan of the project that Claude worked on."""
    names = ("blueprint_id", *_SUMS)
    rows = _over(project.model_calls.exclude(blueprint=None)).order_by().values("blueprint_id")
    return {
        blueprint: Spent(**{name: value or 0 for name, value in zip(_SUMS, sums, strict=True)})
        for blueprint, *sums in rows.annotate(**_SUMS).values_list(*names)
    }


def this_month(project: Project) -> Spent:
    return spent_by(project.model_calls.filter(started_at__gte=month_start()))


_SUMS = {
    "calls": Count("pk"),
    "unpriced": Count("pk", filter=Q(cost_micros=None)),
    **{name: Sum(name) for name in (*TOKENS, "cost_micros")},
}


def _over(calls: QuerySet[ModelCall]) -> QuerySet[ModelCall]:
    return calls.exclude(status=Status.RUNNING)
