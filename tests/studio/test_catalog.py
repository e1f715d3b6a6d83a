"""The templates: complete, and safe to place inside a page."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from pydantic import ValidationError

from studio import catalog

SLUGS = ["social-world", "photo-feed", "pricing-site", "team-chat", "dashboard", "blank-service"]


def test_the_gallery_shows_the_six_templates_in_their_order():
    assert [template.slug for template in catalog.templates()] == SLUGS


@pytest.mark.parametrize("slug", SLUGS)
def test_a_thumbnail_is_a_described_drawing_that_needs_no_inline_style(slug):
    drawing = ElementTree.fromstring(str(catalog.template(slug).drawing))
    assert drawing.tag.endswith("svg") and drawing.get("role") == "img" and drawing.get("aria-label")
    for element in drawing.iter():
        assert "style" not in element.attrib and not any(name.startswith("on") for name in element.attrib)
        assert element.tag.rpartition("}")[2] not in ("script", "style", "foreignObject", "image", "use")


def test_ids_inside_the_thumbnails_do_not_clash_on_one_page():
    ids = [
        element.get("id")
        for template in catalog.templates()
        for element in ElementTree.fromstring(str(template.drawing)).iter()
        if element.get("id")
    ]
    assert len(ids) == len(set(ids))


def test_a_template_with_an_unknown_field_is_refused():
    content = catalog.template("dashboard").model_dump() | {"colour": "red"}
    with pytest.raises(ValidationError):
        catalog.Template.model_validate(content)
