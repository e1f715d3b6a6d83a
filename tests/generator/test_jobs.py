"""Rules of the worker: planned as jobs, or refused with the reason."""

from __future__ import annotations

import pytest
import yaml

from blueprints.schemas import BlueprintDocument
from environments.manifest import Manifest
from operations.generator.plan import make_plan
from operations.generator.render import render
from tests.generator import documents
from tests.generator.documents import ORCHARD, entity, link, rule


def test_each_rule_is_proved_by_a_test_of_its_own() -> None:
    plan = make_plan([documents.team_room()], ORCHARD)
    proofs = [item.evidence.tests for item in plan.coverage if item.item_id.startswith("RULE-")]
    assert {item.block for item in plan.coverage if item.item_id.startswith(("RULE-", "DEP-"))} == {"worker"}
    assert len(set(proofs)) == len(proofs) == 8
    tests = render(plan)["jobs/tests/test_schedules.py"].decode()
    for (proof,) in proofs:
        assert f"class {proof.rpartition('.')[2]}(" in tests


def test_what_the_worker_writes_nobody_else_does() -> None:
    plan = make_plan([documents.team_room()], ORCHARD)
    managed = {
        f"{one.name}.{column.name}" for one in plan.entities for column in one.fields if column.managed
    }
    assert {"Channel.message_count", "Task.late"} <= managed
    assert "Task.status" not in managed


def test_a_worker_is_a_process_of_the_app_only_where_it_has_work() -> None:
    files = {name: render(make_plan([make()], ORCHARD)) for name, make in
             (("with", documents.team_room), ("without", documents.recipe_box))}  # fmt: skip
    told = {
        name: Manifest.model_validate(yaml.safe_load(one[".orchard/app.yaml"])) for name, one in files.items()
    }
    assert told["with"].beside["worker"].commands.serve == ["python", "manage.py", "work"]
    assert told["with"].beside["worker"].health == "/health/worker"
    assert told["without"].beside == {}
    assert not [path for path in files["without"] if path.startswith("jobs/")]


@pytest.mark.parametrize(
    ("kind", "params", "reason"),
    [
        ("job.count", {"of": "Tag", "field": "pages"}, "Tags do not belong to a book."),
        ("job.count", {"of": "Loan", "field": "title"}, "A book has no number that could say so."),
        (
            "job.mark",
            {"field": "title", "value": "overdue"},
            "A book has no box or choice that could say so.",
        ),
        ("job.mark", {"field": "shelf", "value": "gone"}, "“gone” is none of the choices of shelf."),
        ("job.mark", {"field": "lent"}, "A book has no single date to go by."),
        ("job.remind", {"date": "returned"}, "A book has no returned date to go by."),
        ("job.remind", {"when": "before"}, "A book has no date before which somebody could be reminded."),
        ("job.archive", {"entity": "ENT-99"}, "It names no entity of the plan."),
        ("job.archive", {"every": "second"}, "every: “second” is not offered"),
        ("job.archive", {"days": -4}, "days: -4 is less than 0"),
    ],
)
def test_what_no_job_can_do_stays_unmet_with_the_reason(
    kind: str, params: dict[str, object], reason: str
) -> None:
    document = BlueprintDocument(feature_name="Library")
    book = entity(document, "Book", "title, pages: integer, lent?: boolean, shelf: choice")
    book.fields[3].choices = ["left", "right"]
    others = {"Tag": entity(document, "Tag", "name"), "Loan": entity(document, "Loan", "who")}
    link(document, others["Loan"], book)
    if "of" in params:
        params = {**params, "of": others[str(params["of"])].id}
    wish = rule(document, kind, **{"entity": book.id, **params})

    (verdict,) = [item for item in make_plan([document], ORCHARD).coverage if item.item_id == wish.id]

    assert verdict.expectation == "unmet"
    assert reason in verdict.reason


def test_a_later_feature_loses_no_job() -> None:
    second = BlueprintDocument(feature_name="Second")
    entity(second, "Note", "text")
    plan = make_plan([documents.team_room(), second], ORCHARD)
    assert len(plan.jobs) == 8
    assert all(job.item_id == "" for job in plan.jobs)
