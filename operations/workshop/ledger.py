"""The convergence ledger as rows, events and words: what became of each item of the plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from django.utils import timezone

from operations.engine.workflow import PhaseContext
from operations.generator.ledger import LedgerVerdict
from operations.models import LedgerEntry
from operations.workshop.plans import blueprint_of


def store(context: PhaseContext, verdicts: Sequence[LedgerVerdict]) -> None:
    """Rewrite the blueprint's ledger and tell of every item that this operation has not told like this."""
    blueprint, now = blueprint_of(context), timezone.now()
    told = LedgerEntry.objects.filter(blueprint=blueprint, operation=context.operation)
    before = dict(told.values_list("item_id", "status"))
    rows = [
        LedgerEntry(
            blueprint=blueprint,
            operation=context.operation,
            item_id=verdict.item_id,
            title=verdict.title[:200],
            status=verdict.status,
            location=verdict.location[:300],
            test=verdict.test[:300],
            probe=verdict.probe[:300],
            reason=verdict.reason,
            checked_at=now,
        )
        for verdict in verdicts
    ]

    def rewrite() -> None:
        LedgerEntry.objects.filter(blueprint=blueprint).delete()
        LedgerEntry.objects.bulk_create(rows)

    news = [verdict for verdict in verdicts if before.get(verdict.item_id) != verdict.status]
    context.emit("ledger", *(_payload(verdict) for verdict in news), also=rewrite)


def counts(verdicts: Sequence[LedgerVerdict]) -> dict[str, int]:
    found: Counter[str] = Counter(verdict.status for verdict in verdicts)
    return {status: found[status] for status in LedgerEntry.Status.values}


def render_report(*, title: str, commit: str, url: str, tests: int, verdicts: Sequence[LedgerVerdict]) -> str:
    """The build's report as Markdown."""
    return "\n".join(_report(title, commit, url, tests, verdicts)) + "\n"


def _payload(verdict: LedgerVerdict) -> dict[str, str]:
    return {
        "item": verdict.item_id,
        "title": verdict.title,
        "status": verdict.status,
        "location": verdict.location,
        "test": verdict.test,
        "reason": verdict.reason,
    }


def _report(
    title: str, commit: str, url: str, tests: int, verdicts: Sequence[LedgerVerdict]
) -> Iterator[str]:
    found = counts(verdicts)
    yield from (f"# Report: {_line(title)}", "")
    yield from (f"- Commit: `{commit}`", f"- Staging: {url}", f"- Tests: {tests} passed")
    yield from (f"- Items: {', '.join(f'{number} {status}' for status, number in found.items())}", "")
    missing = [verdict for verdict in verdicts if verdict.status != "met"]
    if missing:
        yield from ("## Not met", "")
        yield from (
            f"- {verdict.item_id} {_line(verdict.title)}: {_line(verdict.reason)}" for verdict in missing
        )
        yield ""
    yield from (
        "## Ledger",
        "",
        "| item | what | status | code | test | probe |",
        "|---|---|---|---|---|---|",
    )
    for verdict in verdicts:
        cells = (
            verdict.item_id,
            verdict.title,
            verdict.status,
            verdict.location,
            verdict.test,
            verdict.probe,
        )
        yield "| " + " | ".join(_line(cell).replace("|", "\\|") for cell in cells) + " |"


def _line(text: str) -> str:
    return " ".join(text.split())
