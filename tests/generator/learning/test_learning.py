"""Courses, quizzes and polls in one app, under names of the plan's own."""

from __future__ import annotations

from pathlib import Path

from blueprints.schemas import BlueprintDocument
from operations.generator.ledger import judge
from operations.generator.plan import make_plan
from tests.generator import documents
from tests.generator.documents import ORCHARD, entity, link, rule
from tests.generator.generated import GeneratedApp


def academy() -> BlueprintDocument:
    document = BlueprintDocument(feature_name="Academy", summary="Learn, and see what stayed.")
    course = entity(document, "Course", "title, description: text")
    lesson = entity(document, "Lesson", "title, text: text")
    link(document, lesson, course)
    exam = entity(document, "Exam", "name, minutes?: integer")
    question = entity(document, "Exam question", "question: text, points: integer")
    link(document, question, exam)
    entity(document, "Exam result", "student name, score: integer, finished at: datetime")
    entity(document, "Poll", "question, closes on?: date")
    for kind in ("quizzes", "courses", "polls"):
        rule(document, f"learning.{kind}")
    return document


def test_an_academy_is_clean_passes_its_tests_and_proves_its_rules(tmp_path: Path) -> None:
    plan = make_plan([academy()], ORCHARD)
    app = GeneratedApp(tmp_path / "app")
    files = app.build(plan)
    app.assert_clean()
    results = app.test_passing()
    verdicts = [v for v in judge(plan, results, None, files) if v.item_id.startswith("RULE")]
    assert {v.status for v in verdicts} == {"met"}, verdicts
    app.run("manage.py", "migrate", "--noinput")
    app.run("manage.py", "seed")
    assert app.shell("print(apps.get_model('records.Choice').objects.filter(correct=True).count())") == "16\n"


def test_nobody_else_gets_the_block() -> None:
    assert "learning" not in {block.name for block in make_plan([documents.recipe_box()], ORCHARD).blocks}
