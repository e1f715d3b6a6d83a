"""A reference tree, unchanged, against a whole live Studio and a pricing page on loopback."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.egress.places import SITE, Answer, site
from tests.live import LiveStudio

PAGE = Path(__file__).parent.parent / "references" / "pages" / "pricing.html"


@pytest.mark.timeout(1_200)
def test_design_from_reference_passes(live_studio: LiveStudio, tmp_path: Path) -> None:
    tree = Path(__file__).with_name("design-from-reference.yaml")
    report = tmp_path / "junit.xml"
    with site() as pages:
        pages.pages["/pricing"] = Answer(PAGE.read_bytes())
        told = live_studio.manage(
            "run_tree", str(tree), "--var", "project_name=from-reference",
            "--var", f"reference_url={pages.url('/pricing', host=SITE)}", "--junit", str(report),
        )  # fmt: skip
        assert any("Chrome" in headers.get("User-Agent", "") for _, _, headers in pages.requests)
    assert "passed" in told
    suite = ElementTree.parse(report).getroot()[0]
    assert (suite.get("failures"), suite.get("skipped")) == ("0", "0")
