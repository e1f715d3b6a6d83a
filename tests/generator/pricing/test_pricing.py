"""The pricing block in a whole app: met where a plan asks for the screen, absent elsewhere."""

from __future__ import annotations

from pathlib import Path

from blueprints.schemas import BlueprintDocument
from operations.generator.ledger import judge
from operations.generator.plan import make_plan
from tests.generator import documents
from tests.generator.documents import ORCHARD, component, entity, link
from tests.generator.generated import GeneratedApp


def pricing_page(*, of_somebody: bool = False) -> BlueprintDocument:
    document = BlueprintDocument(feature_name="Pricing page", summary="What it costs, and how to begin.")
    plan = entity(document, "Plan", "name, price: money, features: text")
    if of_somebody:
        link(document, plan, entity(document, "Company", "name"))
    component(document, "pricing", plan, route="/pricing/")
    return document


def test_an_app_with_a_pricing_page_is_clean_and_proves_it(tmp_path: Path) -> None:
    plan = make_plan([pricing_page()], ORCHARD)
    assert [block.name for block in plan.blocks] == ["pricing"]
    app = GeneratedApp(tmp_path / "app")
    files = app.build(plan)
    app.assert_clean()
    results = app.test_passing()
    assert any("pricing.tests" in result.id for result in results)
    verdicts = {verdict.item_id: verdict for verdict in judge(plan, results, [], files)}
    assert "UI-1" in verdicts
    app.run("manage.py", "migrate", "--noinput")
    app.run("manage.py", "seed")
    before = app.run("manage.py", "dumpdata", "records")
    assert all(name in before for name in ("Seed", "Tree", "Orchard"))
    app.run("manage.py", "seed")
    assert app.run("manage.py", "dumpdata", "records") == before


def test_plans_that_belong_to_something_are_sown_too(tmp_path: Path) -> None:
    app = GeneratedApp(tmp_path / "app")
    app.build(make_plan([pricing_page(of_somebody=True)], ORCHARD))
    app.run("manage.py", "migrate", "--noinput")
    app.run("manage.py", "seed")
    assert "Orchard" in app.run("manage.py", "dumpdata", "records.plan")


def test_nobody_else_gets_the_block() -> None:
    assert "pricing" not in {block.name for block in make_plan([documents.recipe_box()], ORCHARD).blocks}
