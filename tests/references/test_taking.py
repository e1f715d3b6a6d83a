"""What a plan takes over from a reference: exactly, or with the person's wishes on top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from blueprints.architect.offline import OfflineArchitect
from blueprints.architect.port import Delta, PastMessage, Proposal, SeenReference, Turn
from blueprints.references import taking
from blueprints.references.tokens import Color, Face, Tokens, hue_name
from blueprints.schemas import BlueprintDocument
from operations.generator.design import plan_design
from studio.core import colour

DARK = Tokens(
    "dark",
    (
        Color("background", "#0a2540", 0.7, 0.9, "covers 70% of the page"),
        Color("surface", "#12335a", 0.2, 0.6, "the paper of cards"),
        Color("text", "#ffffff", 0.9, 0.9, "running text"),
        Color("primary", "#ff5a1f", 0, 0.8, "fills 3 buttons"),
        Color("link", "#ffb199", 0.1, 0.6, "the colour of links"),
    ),
    (("#0a2540", 0.7),),
    (Face("heading", "Georgia", 48, 700, (48,), 0.9, "x"), Face("body", "Georgia", 16, 400, (16,), 0.9, "x")),
    spacing=(8, 24),
    radius=16,
    control_radius=8,
    shadows=("0 1px 2px #000000",),
    layout=("tiers:3", "header:sticky"),
)
PAGE = SeenReference(
    "REF-1", "url", "https://example.org/pricing", "Plans *now*", tokens=DARK, layout=DARK.layout
)


def talk(*messages: str, seen: SeenReference = PAGE, name: str = "World") -> tuple[list[str], Proposal]:
    """The replies of the offline Architect, the reference coming with the first message; and the last plan."""
    document, history = BlueprintDocument(feature_name=name), tuple[PastMessage, ...]()
    replies, proposal = [], Proposal(document)
    for number, message in enumerate(messages):
        shown = SeenReference(**{**vars(seen), "is_new": number == 0})
        turn = Turn(proposal.document, message, f"m{number}", history=history, references=(shown,))
        events = list(OfflineArchitect().reply(turn))
        replies.append("".join(event.text for event in events if isinstance(event, Delta)))
        assert isinstance(events[-1], Proposal)
        proposal = events[-1]
        history += (PastMessage("user", message), PastMessage("architect", replies[-1]))
    return replies, proposal


def colors(proposal: Proposal) -> dict[str, str]:
    return {token.role: token.value for token in proposal.document.sections.design_system.colors}


def topics(items: Sequence[object]) -> list[str]:
    return [getattr(item, "topic", "") for item in items]


def test_it_says_what_it_sees_fills_the_design_and_asks_once():
    (said, again), proposal = talk("Like this", "Add a FAQ")
    assert "a dark page on deep blue with orange" in said and "3 tiers side by side" in said
    assert "“Plans now”" in said and "Georgia" in said
    assert taking.QUESTION in said and taking.QUESTION not in again
    design = proposal.document.sections.design_system
    assert design.control_radius == 8
    assert (design.theme, design.border_radius, design.spacing, design.status) == (
        "dark",
        16,
        [8, 24],
        "complete",
    )
    token = design.colors[0]
    assert (token.role, token.value, token.confidence) == ("background", "#0a2540", 0.9)
    assert token.provenance == "REF-1: covers 70% of the page"
    (question,) = [item for item in proposal.document.open_questions if item.topic == taking.TOPIC]
    assert [option.value for option in question.options] == ["inspiration", "match"] and not question.must


def test_a_page_of_tiers_brings_the_pricing_screen_unless_another_thing_is_wished():
    _, proposal = talk("Make a page like this")
    assert "pricing" in {part.kind for part in proposal.document.sections.ui_components.components}
    _, recipes = talk("A recipe box like this")
    assert [entity.name for entity in recipes.document.sections.data_model.entities] == ["Recipe"]


def test_as_inspiration_wishes_win_and_the_mood_stays():
    _, proposal = talk(
        "Build a pricing page inspired by this",
        "Use as inspiration. Match the 3-tier layout but use a light theme with blue accents.",
    )
    design, found = proposal.document.sections.design_system, colors(proposal)
    assert (design.intent, design.theme) == ("inspiration", "light")
    assert hue_name(found["primary"]) == "blue" and "link" not in found
    lightness, _, hue = colour.to_oklch(found["background"])
    assert lightness > 0.95 and hue == pytest.approx(colour.to_oklch("#0a2540")[2], abs=0.4)
    assert colour.contrast(found["text"], found["background"]) > 7
    assert "3 tiers side by side" in design.layout
    assert taking.TOPIC in topics(proposal.document.decisions)
    assert taking.TOPIC not in topics(proposal.document.open_questions)


@pytest.mark.parametrize("answer", ["Match exactly", "exactly please", "the second one"])
def test_matched_the_tokens_are_those_of_the_page(answer):
    _, proposal = talk("Like this", answer)
    assert proposal.document.sections.design_system.intent == "match"
    assert colors(proposal).items() >= {color.role: color.value for color in DARK.colors}.items()


def test_match_undoes_earlier_wishes_but_not_those_of_the_same_breath():
    _, proposal = talk("Like this, with green accents", "Match it exactly")
    assert colors(proposal)["primary"] == "#ff5a1f"
    _, proposal = talk("Like this", "Match it exactly. Use a purple primary color.")
    assert hue_name(colors(proposal)["primary"]) in ("purple", "magenta")
    assert colors(proposal)["background"] == "#0a2540"


def test_what_a_person_edited_is_left_alone():
    document = BlueprintDocument(feature_name="World")
    taking.take_over(document, "REF-1", DARK, source="m1")
    document.sections.design_system.colors[0].value = "#222222"
    document.sections.design_system.colors[0].locked = ["value"]
    taking.take_over(document, "REF-2", DARK, source="m2", exactly=True)
    found = {token.role: token.value for token in document.sections.design_system.colors}
    assert found["background"] == "#222222" and found["primary"] == "#ff5a1f"
    assert (
        len({token.id for token in document.sections.design_system.colors}) == len(found) == len(DARK.colors)
    )


def test_a_page_that_could_not_be_looked_at_is_told_with_what_to_do():
    problem = "10.0.0.1 is in a private network. Upload a screenshot instead."
    failed = SeenReference("REF-1", "url", "http://10.0.0.1/", problem=problem)
    (said,), proposal = talk("A recipe box like this", seen=failed)
    assert problem in said and "**Recipe**" in said
    assert proposal.document.sections.design_system.intent is None


@pytest.mark.parametrize(
    ("value", "name"),
    [("#fff7ed", "warm white"), ("#f5f0e6", "warm white"), ("#ffffff", "white"), ("#f8fafc", "white"), ("#e5e7eb", "light grey"),
     ("#ea580c", "orange"), ("#dc2626", "red"), ("#2563eb", "blue"), ("#059669", "green"), ("#7c3aed", "purple"),
     ("#431407", "brown"), ("#111111", "near black"), ("#0a2540", "deep blue")],
)  # fmt: skip
def test_colours_are_called_what_people_call_them(value, name):
    assert name in hue_name(value)


def test_what_is_matched_stands_in_the_style_sheet_as_it_is_unless_it_cannot_be_read():
    document = BlueprintDocument(feature_name="World")
    taking.take_over(document, "REF-1", DARK, source="m1", exactly=True)
    design = plan_design(document.sections.design_system)
    sheet = dict(design.declarations)
    assert design.mode == "dark"
    for role in ("background", "surface", "text", "primary", "link"):
        value = next(color.value for color in DARK.colors if color.role == role)
        assert sheet[f"--color-{role}"].endswith(f", {value})"), role
    assert sheet["--radius"] == "16px" and "Georgia" in sheet["--font-heading"]
    taking.take_over(
        document,
        "REF-2",
        replace(DARK, colors=(*DARK.colors[:2], Color("text", "#123a66", 1, 1, "x"))),
        source="m2",
    )
    bent = next(
        token for token in plan_design(document.sections.design_system).tokens if token.role == "text"
    )
    assert "so that it can be read" in bent.note
