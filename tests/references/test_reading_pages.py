"""Pages with known CSS, looked at by a real browser: what they declare is what is found."""

from __future__ import annotations

import pytest

from blueprints.references import facts, layout, tokens
from blueprints.references.browser import BrowserThread, CaptureBrowser
from blueprints.references.capture import capture
from studio.core.colour_difference import delta_e
from studio.core.egress.addresses import networks
from tests.egress.places import SITE, Answer, site
from tests.references.fixture_pages import FixturePage, fixture_pages

pytestmark = pytest.mark.timeout(300)
ALIKE = 3.0  # ΔE00: side by side, hardly to be told apart


@pytest.fixture(scope="module")
def browser():
    async def resolve(host: str, port: int) -> list[str]:
        return [SITE]

    thread = BrowserThread(lambda: CaptureBrowser(allowed=networks([SITE]), resolve=resolve))
    yield thread
    thread.close()


@pytest.mark.parametrize("page", fixture_pages(), ids=lambda page: page.name)
def test_what_a_page_declares_is_found(browser, page: FixturePage):
    with site() as told:
        told.pages["/"] = Answer(page.html)
        seen = capture(told.url("/"), through=browser)
    measured = facts.parse(seen.facts)
    assert measured is not None
    found = tokens.read(measured, layout.read(measured))
    palette = [value for value, _ in found.palette]
    missed = [value for value in page.covers if min(delta_e(value, other) for other in palette) > ALIKE]
    assert missed == [], palette
    by_role = {color.role: color.value for color in found.colors}
    wrong = {
        role: by_role.get(role)
        for role, value in page.roles.items()
        if role not in by_role or delta_e(value, by_role[role]) > ALIKE
    }
    assert wrong == {}
    assert found.scale == page.sizes
    assert found.radii == page.radii
    assert found.theme == page.theme
    assert set(page.layout) <= set(found.layout), found.layout
    claimed = {fact.partition(":")[0] for fact in found.layout}
    assert not claimed & set(page.not_layout), found.layout
