"""Colours of a blueprint become custom properties that can be read, in both modes."""

from __future__ import annotations

import re

import pytest

from blueprints.schemas import ColorToken, DesignSystemSection, TypeToken
from operations.generator.design import font_class, plan_design
from studio.core import colour


def section(theme: str | None = None, **colors: str) -> DesignSystemSection:
    tokens = [ColorToken(id=f"TOK-{role}", role=role, value=value) for role, value in colors.items()]
    return DesignSystemSection(theme=theme, colors=tokens)  # type: ignore[arg-type]


def pair(design: object, role: str) -> tuple[str, str]:
    value = dict(design.declarations)[f"--color-{role}"]  # type: ignore[attr-defined]
    light, dark = re.fullmatch(r"light-dark\((#\w{6}), (#\w{6})\)", value).groups()  # type: ignore[union-attr]
    return light, dark


@pytest.mark.parametrize("theme", ["light", "dark", None])
@pytest.mark.parametrize("background", ["#ffffff", "#ffdd00", "#0b0b10", "#808080", "#3366cc"])
@pytest.mark.parametrize("ink", ["#777777", "#ffffff", "#000000", "#ff0000"])
def test_text_can_always_be_read(theme: str | None, background: str, ink: str) -> None:
    design = plan_design(
        section(theme, background=background, text=ink, muted=ink, primary=ink, accent=background)
    )

    for mode in (0, 1):
        papers = [pair(design, "background")[mode], pair(design, "surface")[mode]]
        for role in ("text", "muted", "link"):
            assert min(colour.contrast(pair(design, role)[mode], paper) for paper in papers) >= 4.5
        for fill in ("primary", "accent"):
            assert colour.contrast(pair(design, fill)[mode], pair(design, f"on-{fill}")[mode]) >= 4.5


def test_a_readable_colour_is_left_as_it_was_wished() -> None:
    design = plan_design(section("light", background="#ffffff", text="#222222", primary="#2457a6"))

    assert pair(design, "primary")[0] == "#2457a6"
    assert [token.note for token in design.tokens] == ["", "", ""]


def test_a_colour_asked_for_in_words_reaches_what_a_theme_colours_itself() -> None:
    asked = [
        ColorToken(id="TOK-1", role="background", value="#edc9af", provenance="asked for"),
        ColorToken(id="TOK-2", role="primary", value="#a0522d", provenance="asked for"),
    ]
    captured = [token.model_copy(update={"provenance": "REF-1: fills 3 buttons"}) for token in asked]

    said = dict(plan_design(DesignSystemSection(colors=asked)).declarations)
    seen = dict(plan_design(DesignSystemSection(colors=captured)).declarations)

    assert said["--nav-background"] == "var(--color-primary)"
    assert said["--table-head-background"] == "transparent"
    assert "--nav-background" not in seen


def test_a_repaired_colour_says_so() -> None:
    token = plan_design(section("light", background="#ffffff", muted="#dddddd")).tokens[1]

    assert token.note.startswith("#dddddd became #")


def test_a_dark_design_holds_its_colours_in_the_dark() -> None:
    design = plan_design(section("dark", background="#101018"))

    assert design.mode == "dark"
    assert pair(design, "background")[1] == "#101018"


@pytest.mark.parametrize(
    ("theme", "background", "mode"),
    [
        (None, "#fff0f5", "light"),
        (None, "#101018", "dark"),
        ("auto", "#fff0f5", ""),
        ("dark", "#fff0f5", "dark"),
    ],
)
def test_a_wished_page_is_shown_in_its_own_mode(theme: str | None, background: str, mode: str) -> None:
    assert plan_design(section(theme, background=background)).mode == mode
    assert plan_design(section(theme, primary="#db7093")).mode == ("dark" if theme == "dark" else "")


def test_an_unknown_role_has_no_property() -> None:
    assert plan_design(section(unicorn="#ff00ff")).tokens[0].property == ""


def test_conversion_to_oklch_and_back_keeps_colours() -> None:
    for value in ("#000000", "#ffffff", "#ff0000", "#3d6b35", "#2457a6"):
        assert colour.from_oklch(*colour.to_oklch(value)) == value


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        ("Courier New", "mono"),
        ("Playfair Display", "modern"),
        ("Inter, sans-serif", "grotesque"),
        ("Georgia", "serif"),
    ],
)
def test_families_map_to_installed_stacks(family: str, expected: str) -> None:
    assert font_class(family) == expected


def test_a_family_cannot_break_out_of_the_style_sheet() -> None:
    evil = TypeToken(id="TOK-1", role="body", family='x"; } body { display: none } /*')

    value = dict(plan_design(DesignSystemSection(typography=[evil])).declarations)["--font-body"]

    assert "display" not in value


def test_a_page_is_matched_with_its_sizes_and_inspires_without_them() -> None:
    section = DesignSystemSection(
        border_radius=16,
        control_radius=4,
        spacing=[10, 24],
        shadows=["url(https://x) 0px 0px 1px", "rgba(0, 0, 0, 0.1) 0px 4px 6px -1px"],
        typography=[
            TypeToken(id="TOK-1", role="heading", family="Georgia", size=40),
            TypeToken(id="TOK-2", role="body", family="Georgia", size=18),
        ],
    )
    built = {
        intent: dict(plan_design(section.model_copy(update={"intent": intent})).declarations)
        for intent in ("match", "inspiration")
    }
    measured = {
        "--radius-control": "4px",
        "--space-unit": "5px",
        "--shadow-1": "rgba(0, 0, 0, 0.1) 0px 4px 6px -1px",
        "--text-2xl": "2.5rem",
        "--text-base": "1.125rem",
    }
    assert built["match"].items() >= measured.items()
    assert built["inspiration"] == {
        **{name: value for name, value in built["match"].items() if name not in measured},
        "--radius-control": "12px",
    }
