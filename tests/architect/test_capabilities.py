"""Reports, exports and the rights of people become rules that blocks cover, not things or wishes."""

from __future__ import annotations

import pytest

from blueprints.architect.port import Turn
from blueprints.schemas import BlueprintDocument
from tests.architect.holding import hold_turn


def planned(message: str) -> BlueprintDocument:
    _, proposal = hold_turn(Turn(BlueprintDocument(feature_name="My app"), message, "message-1"))
    return proposal.document


def kinds(document: BlueprintDocument) -> set[str]:
    return {rule.kind for rule in document.sections.behaviors.rules}


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("A bakery app. Users can record orders and generate monthly reports.", "records.report"),
        ("An app for a boat club with functions for boats, trips and sales statistics.", "records.report"),
        ("Users can add beehives, view statistical reports and log in.", "records.report"),
        ("Users can manage tools and export the list to Excel.", "records.export"),
        ("A platform with functions for seeds, deliveries and data export.", "records.export"),
        ("Users can track parcels and print the records.", "records.export"),
        (
            "A vineyard system with functions for vines, harvests and permission management.",
            "accounts.manage",
        ),
        ("Admins can manage user roles and look at invoices.", "accounts.manage"),
    ],
)
def test_what_is_asked_for_is_a_rule_of_its_own(message: str, kind: str) -> None:
    assert kind in kinds(planned(message))


def test_reports_and_exports_are_no_things_to_keep() -> None:
    document = planned(
        "A bakery app. Users can record orders, generate monthly reports and export data to CSV."
    )

    names = {entity.name for entity in document.sections.data_model.entities}
    assert "Order" in names
    assert not any("Report" in name or "Csv" in name or "Data" in name for name in names)
    assert "free" not in kinds(document)


def test_reports_that_people_write_stay_things() -> None:
    document = planned(
        "Neighbours submit reports about broken street lamps. A report has a title and a photo."
    )

    assert any("Report" in entity.name for entity in document.sections.data_model.entities)
    assert "records.report" not in kinds(document)


def test_settings_are_a_screen() -> None:
    document = planned("A diary app. Users can log in, write entries and change their password.")

    assert "settings" in {component.kind for component in document.sections.ui_components.components}


def test_accounts_are_not_planned_to_be_written_for_others() -> None:
    document = planned("An app with user management and a list of boats.")

    calls = {f"{e.method} {e.path}" for e in document.sections.api_endpoints.endpoints}
    assert not any(call.startswith(("POST /api/users", "DELETE /api/users")) for call in calls)
