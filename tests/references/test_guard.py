"""A real browser against pages that try to reach what is private: not one connection may come of it."""

from __future__ import annotations

import contextlib
import socket

import pytest

from blueprints.references.addresses import normal_url
from blueprints.references.browser import BrowserThread, CaptureBrowser
from blueprints.references.capture import CaptureFailed, capture
from studio.core.egress.addresses import networks
from studio.core.errors import InvalidInput
from tests.egress.places import CANARY, SITE, Answer, canary, site
from tests.references.hostile import asks_for_more, leads_away

pytestmark = pytest.mark.timeout(600)

REBOUND: list[list[str]] = []


async def resolve(host: str, port: int) -> list[str]:
    names = {"site.test": [SITE], "inside.test": [CANARY], "mixed.test": ["93.184.215.14", "127.0.0.2"]}
    if host == "rebind.test":
        return REBOUND.pop(0) if len(REBOUND) > 1 else REBOUND[0]
    if host in names:
        return names[host]
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return [str(entry[4][0]) for entry in found]


def browser(*allowed: str) -> BrowserThread:
    return BrowserThread(lambda: CaptureBrowser(allowed=networks(allowed), resolve=resolve))


@pytest.fixture(scope="module")
def guarded():
    thread = browser(SITE)
    yield thread
    thread.close()


@pytest.fixture(scope="module")
def careless():
    """The control: may reach the canary, so that a trick which does nothing is not counted as repelled."""
    thread = browser(SITE, CANARY)
    yield thread
    thread.close()


FORMS = [
    "http://127.0.0.2:{port}/", "http://127.1:{port}/", "http://127.0.2:{port}/", "http://2130706434:{port}/",
    "http://0x7f000002:{port}/", "http://0x7f.0x0.0x0.0x2:{port}/", "http://0177.0.0.2:{port}/", "http://017700000002:{port}/",
    "http://127.0.0.02:{port}/", "http://[::1]:{port}/", "http://[::ffff:127.0.0.2]:{port}/", "http://[::ffff:7f00:2]:{port}/",
    "http://[::127.0.0.2]:{port}/", "http://[0000:0000::0001]:{port}/", "http://localhost:{port}/", "http://LOCALHOST.:{port}/",
    "http://inside.test:{port}/", "http://mixed.test:{port}/", "http://0.0.0.0:{port}/", "http://0:{port}/", "http://[::]:{port}/",
    "http://①②⑦.⓪.⓪.②:{port}/", "http://127。0。0。2:{port}/", "http://127%2E0%2E0%2E2:{port}/", "https://127.0.0.2:{port}/",
    "http://site.test#@127.0.0.2:{port}/", "http://127.0.0.2:{port}\\@site.test/", "http://app.localhost:{port}/",
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_no_way_of_writing_a_private_address_leads_there(guarded, form):
    with canary() as told:
        with contextlib.suppress(CaptureFailed, InvalidInput):
            capture(form.format(port=told.port), through=guarded)
            pytest.fail(f"{form} was captured")
        assert told.connections == []


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd", "view-source:file:///etc/passwd", "view-source:http://127.0.0.2/", "chrome://version",
        "data:text/html,<h1>x</h1>", "javascript:alert(1)", "about:blank", "blob:http://a/b", "ftp://127.0.0.2/",
        "gopher://127.0.0.2/", "ws://127.0.0.2/", "http://user:word@site.test/", "http://127.0.0.2@site.test/",
        "http://", "http:///x", "//", "", "intranet", "http://a b.test/", "http://site.test:99999/", "http://[::1/",
        "http://site.test/\n/x", "https://" + "a" * 2_000 + ".test/",
    ],
)  # fmt: skip
def test_what_is_not_a_web_address_is_refused_with_a_reason(address):
    with pytest.raises(InvalidInput, match=r"web address|http://|user name") as refused:
        normal_url(address)
    assert refused.value.code == "invalid_reference"


def test_an_address_is_completed_as_people_expect():
    assert normal_url(" example.org ") == "https://example.org/"
    assert normal_url("http://example.org:8080/a?b#c") == "http://example.org:8080/a?b"


def test_a_page_cannot_lead_the_browser_inside(guarded, careless):
    with canary() as told, site() as pages:
        pages.pages |= leads_away(f"http://{CANARY}:{told.port}/leak")
        ways = [path for path in pages.pages if path != "/chain-2"]
        for path in ways:
            with pytest.raises(CaptureFailed, match="private network"):
                capture(pages.url(path), through=guarded)
        assert told.connections == []
        for path in ways:
            with contextlib.suppress(CaptureFailed):
                capture(pages.url(path), through=careless)
        tried = {path.removeprefix("/") for path in ways} - {"chain"} | {"chain-2"}
        assert told.asked >= tried


def test_no_part_of_a_page_reaches_inside(guarded, careless):
    with canary() as told, site() as pages:
        target = f"http://{CANARY}:{told.port}/leak"
        pages.pages["/"] = asks_for_more(target)
        for way in ("img", "iframe", "fetch"):
            pages.pages[f"/to/{way}-redirect"] = Answer(b"", 302, (("Location", f"{target}/{way}-redirect"),))
        script = f"self.addEventListener('fetch', e => e.respondWith(fetch('{target}/service-worker')))"
        pages.pages["/service-worker.js"] = Answer(
            script.encode(), headers=(("Content-Type", "text/javascript"),)
        )
        with contextlib.suppress(CaptureFailed):
            capture(pages.url(), through=guarded)
        assert told.connections == []
        with contextlib.suppress(CaptureFailed):
            capture(pages.url(), through=careless)
        assert len(told.asked) >= 25, sorted(told.asked)


def test_a_name_that_turns_inside_after_the_check_leads_nowhere(guarded):
    with canary() as told, site() as pages:
        pages.pages["/"] = Answer(
            f'<h1>x</h1><img src="http://rebind.test:{told.port}/leak/img">'
            f"<script>fetch('http://rebind.test:{told.port}/leak/fetch')</script>".encode()
        )
        REBOUND[:] = [[SITE], [CANARY]]
        capture(pages.url("/", host="rebind.test"), through=guarded)
        assert told.connections == []


def test_a_refused_page_says_why_and_what_to_do(guarded):
    with pytest.raises(CaptureFailed, match=r"private network\. Upload a screenshot") as refused:
        capture("http://192.168.1.1/", through=guarded)
    assert refused.value.code == "private_address" and not refused.value.retryable
    with pytest.raises(CaptureFailed, match=r"There is no nowhere\.test") as unknown:
        capture("http://nowhere.test/", through=guarded)
    assert unknown.value.code == "unknown_host"
