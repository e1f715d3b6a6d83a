"""The website block in whole apps: a home with its pages, a contact form only staff read, a newsletter."""

from __future__ import annotations

from pathlib import Path

from blueprints.schemas import BlueprintDocument
from operations.generator.ledger import judge
from operations.generator.plan import make_plan
from operations.generator.render import render
from tests.generator import documents
from tests.generator.documents import ORCHARD, component, entity, rule
from tests.generator.generated import GeneratedApp


def bakery() -> BlueprintDocument:
    document = BlueprintDocument(feature_name="Bakery", summary="Bread, and where to find it.")
    bread = entity(document, "Bread", "name, description: text, photo?: image")
    entity(document, "Faq", "question, answer: text", plural="FAQ")
    entity(document, "Testimonial", "name, quote: text")
    entity(document, "Enquiry", "name, email: email, phone?: phone, message: text, sent at: datetime")
    component(document, "landing", bread, route="/")
    for name, route in (("About us", "/about/"), ("Privacy", "/privacy"), ("Our story", "")):
        component(document, "page", route=route).name = name
    component(document, "page", bread, route="/breads/")
    rule(document, "contact.form")
    rule(document, "newsletter.signup")
    return document


def test_a_site_is_clean_passes_its_tests_and_proves_its_screens(tmp_path: Path) -> None:
    plan = make_plan([bakery()], ORCHARD)
    app = GeneratedApp(tmp_path / "app")
    files = app.build(plan)
    app.assert_clean()
    results = app.test_passing()
    verdicts = {v.item_id: v for v in judge(plan, results, None, files)}
    assert {v.status for v in verdicts.values()} == {"met"}, verdicts
    app.run("manage.py", "migrate", "--noinput")
    app.run("manage.py", "seed")


def test_the_site_stands_at_the_root_and_its_pages_in_the_navigation() -> None:
    plan = make_plan([bakery()], ORCHARD)
    assert plan.home == "website"
    entries = {entry.label: entry for entry in plan.nav}
    assert list(entries)[:4] == ["Home", "About us", "Privacy", "Our story"]
    assert entries["Our story"].path == "/our-story/"
    assert entries["Contact"].path == "/contact/"


def test_an_enquiry_is_the_inquiry_of_the_contact_form() -> None:
    plan = make_plan([bakery()], ORCHARD)
    assert "Inquiry" not in {one.name for one in plan.entities}
    assert plan.access["Enquiry"]["create"] == "anyone"
    assert plan.access["Enquiry"]["read"] == "admin"
    assert "class ContactForm" in render(plan)["website/contact.py"].decode()


def test_without_a_landing_page_the_records_stay_in_front() -> None:
    document = documents.recipe_box()
    component(document, "page", route="/about/").name = "About"
    plan = make_plan([document], ORCHARD)
    files = render(plan)
    assert plan.home == ""
    assert "website/contact.py" not in files and "website/views.py" in files
    assert b"website/foot.html" not in files["templates/base.html"]
