"""The search over everything in a whole app, beside accounts and private records."""

from __future__ import annotations

from pathlib import Path

from operations.generator.ledger import ProbeResult, judge, probes
from operations.generator.plan import make_plan
from tests.generator import documents
from tests.generator.documents import ORCHARD, component, rule
from tests.generator.generated import GeneratedApp


def test_an_app_with_a_search_is_clean_and_proves_it(tmp_path: Path) -> None:
    document = documents.recipe_box()
    tag = next(e for e in document.sections.data_model.entities if e.name == "Tag")
    rule(document, "access.permission", entity=tag.id, action="*", who="owner")
    component(document, "settings")
    rule(document, "accounts.manage", "Admins say who may do what")
    plan = make_plan([document], ORCHARD)
    assert {block.name for block in plan.blocks} >= {"accounts", "search"}
    app = GeneratedApp(tmp_path / "app")
    files = app.build(plan)
    app.assert_clean()

    results = app.test_passing(
        "search", "accounts", "records.tests.test_export", "records.tests.test_overview"
    )
    answers = [ProbeResult(probe.id, held=True) for probe in probes(plan)]
    verdicts = {verdict.title: verdict for verdict in judge(plan, results, answers, files)}
    for title in ("search screen", "settings screen", "Admins say who may do what"):
        assert verdicts[title].status == "met", verdicts[title]

    app.run("manage.py", "migrate", "--noinput")
    app.run("manage.py", "seed")
    names = app.shell("print(sorted(u.username for u in apps.get_model('accounts.User').objects.all()))")
    assert "demo-admin" in names
    assert "demo-member" in names
