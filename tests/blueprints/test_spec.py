"""The spec says everything the plan says, in Markdown, the same way each time."""

from __future__ import annotations

from blueprints.schemas import (
    Assumption,
    BlueprintDocument,
    ColorToken,
    Decision,
    OpenQuestion,
    Reference,
    TypeToken,
)  # fmt: skip
from blueprints.spec import render_spec
from tests.blueprints.documents import recipe_box


def test_the_spec_has_the_roadmaps_shape() -> None:
    spec = render_spec(recipe_box())
    assert spec.startswith(
        "# Feature: Recipe box\n\n## Summary\n\nRecipes with comments.\n\n## Data Model\n\n### Recipe\n"
    )
    assert "| title | string | required |\n" in spec
    assert "| difficulty | choice | required; one of easy, hard; default easy |" in spec
    assert "- `recipe`: belongs to Recipe\n" in spec
    assert "## API Endpoints\n\n- `GET /api/recipes/`\n" in spec
    assert "- **Recipes**:  (`/recipes/`)" not in spec
    assert "- **Recipes**: (`/recipes/`)" in spec
    assert (
        "- Only admins can delete recipes. `access.permission (action: delete, entity: ENT-1, who: admin)`"
        in spec
    )


def test_design_decisions_and_assumptions_are_told() -> None:
    document = recipe_box()
    design = document.sections.design_system
    design.style, design.theme, design.border_radius = "newspaper", "light", 0
    design.colors.append(ColorToken(id="TOK-1", role="primary", value="#db7093", name="pale violet red"))
    design.typography.append(TypeToken(id="TOK-2", role="heading", family="Georgia", size=32, weight=700))
    design.inspiration_notes = "The three tiers come from the reference."
    document.decisions.append(
        Decision(id="Q-1", topic="access", question="Who?", value="all", label="Anyone", assumed=True)
    )
    document.assumptions.append(Assumption(id="ASM-1", text="One language is enough."))
    document.open_questions.append(OpenQuestion(id="Q-2", topic="t", question="Dark or light?", must=False))
    document.references.append(Reference(id="REF-1", type="url", origin="https://example.org/"))
    spec = render_spec(document)
    for line in (
        "- Style: newspaper",
        "- Color primary: `#db7093` (pale violet red)",
        "- Type heading: Georgia 32px weight 700",
        "- Corner radius: 0px",
        "The three tiers come from the reference.",
        "- Who? **Anyone** (assumed)",
        "- One language is enough.",
        "- Dark or light?",
        "- url: https://example.org/",
    ):
        assert line in spec.splitlines()


def test_empty_sections_are_left_out() -> None:
    spec = render_spec(BlueprintDocument(feature_name="New"))
    assert spec == "# Feature: New\n\n## Summary\n\nNo summary yet.\n"


def test_nobodys_sentence_can_start_a_heading_or_a_table_cell() -> None:
    document = recipe_box()
    document.sections.behaviors.rules[0].text = "be nice\n\n# Owned"
    document.sections.data_model.entities[0].fields[1].choices = ["a|b", "c"]
    spec = render_spec(document)
    assert "\n# Owned" not in spec
    assert "a\\|b" in spec


def test_the_same_plan_gives_the_same_spec() -> None:
    assert render_spec(recipe_box()) == render_spec(recipe_box().model_copy(deep=True))
