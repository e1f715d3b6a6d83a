"""The shop block in whole apps: with a plan's own words, and with none."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.generator.ledger import judge
from operations.generator.plan import make_plan
from tests.generator import documents
from tests.generator.documents import ORCHARD
from tests.generator.generated import GeneratedApp
from tests.generator.shop.documents import bookshop, plain_shop


@pytest.mark.parametrize("document", [bookshop(), plain_shop()], ids=["bookshop", "plain"])
def test_a_shop_is_clean_passes_its_tests_and_takes_its_samples(document, tmp_path: Path) -> None:
    plan = make_plan([document], ORCHARD)
    app = GeneratedApp(tmp_path / "app")
    files = app.build(plan)
    app.assert_clean()
    labels = ("shop", "accounts", "records") if plan.entities[0].name == "Genre" else ("shop",)
    results = app.test_passing(*labels)
    by_title = {verdict.title: verdict for verdict in judge(plan, results, [], files)}
    assert "probe" in by_title["shop.cart"].reason or by_title["shop.cart"].status != "met"
    assert by_title["shop.orders"].location.startswith("shop/orders.py:")
    app.run("manage.py", "migrate", "--noinput")
    app.run("manage.py", "seed")
    before = app.run("manage.py", "dumpdata", "records")
    app.run("manage.py", "seed")
    assert app.run("manage.py", "dumpdata", "records") == before


def test_what_a_plan_calls_things_stays() -> None:
    plan = make_plan([bookshop()], ORCHARD)
    names = plan.block("shop").names
    assert names["Product"] == "Book"
    assert names["Product.price"] == "cost"
    assert names["Product.category"] == "genre"
    assert names["Order.status"] == "state"
    book = plan.entity("Book")
    assert next(field.type for field in book.fields if field.name == "cost") == "money"
    assert {field.name for field in book.fields} >= {"stock", "picture"}
    customer = next(one for one in plan.entity("Order").relations if one.target == "Customer")
    assert not customer.required
    assert plan.access["Book"]["create"] == "admin"
    assert plan.access["Order"]["list"] == "owner"


def test_nobody_else_gets_a_shop() -> None:
    assert "shop" not in {block.name for block in make_plan([documents.recipe_box()], ORCHARD).blocks}
