"""The board block in a whole app, on what the plan shows there."""

from __future__ import annotations

from pathlib import Path

from blueprints.schemas import BlueprintDocument
from operations.generator.plan import make_plan
from tests.generator.documents import ORCHARD, component, entity
from tests.generator.generated import GeneratedApp


def task_board() -> BlueprintDocument:
    document = BlueprintDocument(feature_name="Tasks", summary="What is to be done.")
    task = entity(document, "Task", "title, notes?: text, due on: date")
    component(document, "board", task, route="/")
    return document


def test_a_board_is_clean_and_passes_its_tests(tmp_path: Path) -> None:
    plan = make_plan([task_board()], ORCHARD)
    assert plan.block("board").names["Card"] == "Task"
    app = GeneratedApp(tmp_path / "app")
    app.build(plan)
    app.assert_clean()
    app.test_passing("board", "records")
