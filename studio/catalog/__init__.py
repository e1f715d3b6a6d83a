"""The project templates: one folder each, `template.yaml` beside `thumbnail.svg`.

A template sets the scene of the first conversation: what the Architect says first, what one may
answer, which parts and which look the app starts with. The plan itself grows by talking.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import yaml
from django.utils.safestring import SafeString, mark_safe
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from studio.core.errors import InvalidInput

FOLDER = Path(__file__).parent
DEFAULT = "blank-service"

Style = Literal["newspaper", "playful", "swiss", "console", "craft", "corporate", "nocturne", "riso"]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Template(BaseModel):
    """`slug` is the folder's name. `greeting` is the Architect's first message in an empty
    conversation, `prompts` are answers to it; `style` is the theme the app starts with.
    `order` places it in the gallery."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    slug: Text
    order: int
    title: Text
    tagline: Annotated[Text, Field(max_length=80)]
    description: Text
    components: Annotated[tuple[Literal["service", "web"], ...], Field(min_length=1)]
    greeting: Text
    prompts: Annotated[tuple[Text, ...], Field(min_length=3, max_length=3)]
    style: Style
    tone: Literal["leaf", "apricot", "quince", "blueberry", "plum", "bark"]

    @property
    def thumbnail(self) -> Path:
        return FOLDER / self.slug / "thumbnail.svg"

    @property
    def drawing(self) -> SafeString:
        """The thumbnail for use inside a page, where it takes on the page's colours. Ours, hence safe."""
        return mark_safe(_read(self.thumbnail))  # noqa: S308


@cache
def templates() -> tuple[Template, ...]:
    """All templates in the gallery's order. Raises pydantic.ValidationError when a file is malformed."""
    found = []
    for path in FOLDER.glob("*/template.yaml"):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        found.append(Template.model_validate({"slug": path.parent.name, **content}))
    return tuple(sorted(found, key=lambda template: (template.order, template.slug)))


def template(slug: str) -> Template:
    """The template of this slug. Raises InvalidInput naming those there are."""
    for candidate in templates():
        if candidate.slug == slug:
            return candidate
    known = ", ".join(candidate.slug for candidate in templates())
    raise InvalidInput(
        f"There is no template “{slug}”. Choose one of: {known}.",
        code="unknown_template",
        errors=[{"pointer": "#/template", "message": "Not a template."}],
    )


@cache
def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()
