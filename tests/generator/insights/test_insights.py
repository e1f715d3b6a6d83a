"""Dashboard and reports in a whole app: what they count is chosen from the plan, and the ledger has proof."""

from __future__ import annotations

from pathlib import Path

from blueprints.schemas import BlueprintDocument, EntityField
from operations.generator.insights_source import subjects
from operations.generator.ledger import ProbeResult, judge, probes
from operations.generator.plan import make_plan
from tests.generator import documents
from tests.generator.documents import ORCHARD, component, entity, link, rule
from tests.generator.generated import GeneratedApp


def bakery() -> BlueprintDocument:
    """A history with money and states, a catalogue, measurements, and orders that only staff may list."""
    document = BlueprintDocument(feature_name="Bakery", summary="What the ovens and the till say.")
    customer = entity(document, "Customer", "name, born on?: date")
    order = entity(document, "Order", "order number, ordered on: date, total: money, gift?: boolean")
    state = EntityField(id=document.new_id("FLD"), name="state", type="choice", choices=["open", "paid"])
    order.fields.append(state)
    link(document, order, customer)
    loaf = entity(document, "Loaf", "name, stock: integer, price: money, year: integer")
    reading = entity(document, "Reading", "temperature: decimal, measured at: datetime")
    link(document, reading, loaf, required=True)
    entity(document, "Campaign", "name, starts on: date, ends on: date, budget: money")
    payment = entity(document, "Payment", "amount: money, paid on: date")
    rule(document, "access.permission", entity=payment.id, action="*", who="bookkeeper")
    component(document, "dashboard", order, loaf, route="/dashboard/")
    rule(document, "records.report", "Sales per month as a report")
    rule(document, "records.export", "Lists can be taken along as CSV")
    return document


def test_what_is_counted_follows_from_types_and_names() -> None:
    source = "\n".join(subjects(make_plan([bakery()], ORCHARD)))

    assert 'time="ordered_on"' in source
    assert 'sums=("total",)' in source
    assert 'averages=("temperature",)' in source
    assert "year" not in source  # which one, not how much
    assert "starts_on" not in source  # a campaign is there before and after its first day
    assert "born_on" not in source  # an optional date is not what dates a customer


def test_an_app_with_figures_is_clean_and_proves_them(tmp_path: Path) -> None:
    plan = make_plan([bakery()], ORCHARD)
    assert [block.name for block in plan.blocks] == ["accounts", "insights"]
    assert [(entry.label, entry.path) for entry in plan.nav][:2] == [
        ("Dashboard", "/"),
        ("Reports", "/reports/"),
    ]
    app = GeneratedApp(tmp_path / "app")
    files = app.build(plan)
    app.assert_clean()

    results = app.test_passing("insights", "records.tests.test_export")

    answers = [ProbeResult(probe.id, held=True) for probe in probes(plan)]
    verdicts = {verdict.title: verdict for verdict in judge(plan, results, answers, files)}
    for title in ("dashboard screen", "Sales per month as a report", "Lists can be taken along as CSV"):
        assert verdicts[title].status == "met", verdicts[title]
        assert ":" in verdicts[title].location

    app.run("manage.py", "migrate", "--noinput")
    app.run("manage.py", "seed")
    histories = app.shell("print(apps.get_model('records.Order').objects.count())")
    assert int(histories) > 8  # staging has something to draw


def test_another_front_page_keeps_its_place() -> None:
    document = documents.recipe_box()
    component(document, "dashboard")
    rule(document, "conversation.trigger", trigger="proximity")
    plan = make_plan([document], ORCHARD)

    assert {"insights", "world"} <= {block.name for block in plan.blocks}
    assert ("Dashboard", "/dashboard/") in [(entry.label, entry.path) for entry in plan.nav]
    assert [entry.label for entry in plan.nav if entry.path == "/"] == ["World"]
