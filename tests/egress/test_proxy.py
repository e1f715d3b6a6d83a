"""The egress proxy: the public internet and nowhere else, and no more of it than was granted."""

from __future__ import annotations

import base64
import socket
import threading

import httpx
import pytest

from studio.core.egress.addresses import networks
from studio.core.egress.passes import Limits
from studio.core.egress.proxy import EgressProxy, Refused, read_request
from tests.egress.places import CANARY, SITE, Answer, canary, site

NAMES: dict[str, list[list[str]]] = {}


async def resolve(host: str, port: int) -> list[str]:
    """Names of the tests; one with several answers gives them one after the other, as a rebinding server does."""
    answers = {
        "site.test": [[SITE]],
        "inside.test": [[CANARY]],
        "both.test": [[SITE, CANARY]],
        "mixed.test": [["93.184.215.14", CANARY]],
        "nothing.test": [[]],
        **NAMES,
    }.get(host)
    if answers is None:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        return [str(entry[4][0]) for entry in found]
    return answers.pop(0) if len(answers) > 1 else answers[0]


@pytest.fixture
def proxy():
    with EgressProxy(allowed=networks([f"{SITE}/32"]), resolve=resolve) as open_proxy:
        yield open_proxy


@pytest.fixture
def door(proxy):
    with proxy.admit() as account:
        yield account


def through(proxy, account) -> httpx.Client:
    url = f"http://{account.user}:{account.password}@127.0.0.1:{proxy.port}"
    return httpx.Client(proxy=url, timeout=20)


def talk(proxy, text: str | bytes) -> bytes:
    """All that the proxy answers to raw bytes."""
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=20) as connection:
        connection.sendall(text if isinstance(text, bytes) else text.replace("\n", "\r\n").encode())
        answer = b""
        while chunk := connection.recv(65_536):
            answer += chunk
        return answer


def credentials(account) -> str:
    return "Basic " + base64.b64encode(f"{account.user}:{account.password}".encode()).decode()


def test_a_page_comes_through_as_it_is(proxy, door):
    with site() as pages, through(proxy, door) as client:
        pages.pages["/a"] = Answer(
            b"<h1>Pears</h1>", headers=(("Content-Type", "text/html"), ("X-Said", "yes"))
        )
        answer = client.get(pages.url("/a?b=c"))
        assert (answer.status_code, answer.text, answer.headers["x-said"]) == (200, "<h1>Pears</h1>", "yes")
        posted = client.post(pages.url("/a"), content=b"x" * 200_000)
        assert posted.status_code == 200
        assert [(method, path) for method, path, _ in pages.requests] == [("GET", "/a?b=c"), ("POST", "/a")]
        headers = {name.lower(): value for name, value in pages.requests[0][2].items()}
        assert headers["host"] == f"site.test:{pages.port}"
        assert "proxy-authorization" not in headers and headers["connection"] == "close"
    assert door.connections == 2 and door.bytes > 200_000


def test_a_tunnel_carries_both_ways(proxy, door):
    with site() as pages:
        pages.pages["/"] = Answer(b"inside the tunnel")
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=20) as connection:
            connection.sendall(
                f"CONNECT site.test:{pages.port} HTTP/1.1\r\nProxy-Authorization: {credentials(door)}\r\n\r\n".encode()
            )
            assert connection.recv(100).startswith(b"HTTP/1.1 200")
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            answer = b""
            while chunk := connection.recv(65_536):
                answer += chunk
    assert answer.endswith(b"inside the tunnel")


def test_without_a_pass_nobody_gets_anywhere(proxy, door):
    with site() as pages:
        wrong = base64.b64encode(f"{door.user}:guess".encode()).decode()
        for line in ("", "Proxy-Authorization: Basic\n", f"Proxy-Authorization: Basic {wrong}\n",
                     "Proxy-Authorization: Bearer x\n", "Proxy-Authorization: Basic ÿÿ\n"):  # fmt: skip
            assert b" 407 " in talk(proxy, f"GET {pages.url()} HTTP/1.1\n{line}\n")
        assert pages.requests == []


def test_a_pass_is_over_with_its_block(proxy):
    with site() as pages:
        with proxy.admit() as account:
            said = credentials(account)
        assert b" 407 " in talk(proxy, f"GET {pages.url()} HTTP/1.1\nProxy-Authorization: {said}\n\n")


TARGETS = [
    "127.0.0.2", "127.1", "2130706434", "0x7f000002", "0177.0.0.2", "0x7f.0.0.2", "127.0.2",
    "[::1]", "[::ffff:127.0.0.2]", "[::ffff:7f00:2]", "[::127.0.0.2]", "[0:0:0:0:0:0:0:1]",
    "localhost", "inside.test", "both.test", "mixed.test", "0.0.0.0", "0", "[::]", "169.254.169.254",
]  # fmt: skip


@pytest.mark.parametrize("host", TARGETS)
@pytest.mark.parametrize("method", ["GET", "CONNECT"])
def test_no_private_address_is_even_knocked_at(proxy, door, host, method):
    with canary() as told:
        address = f"http://{host}:{told.port}/" if method == "GET" else f"{host}:{told.port}"
        answer = talk(proxy, f"{method} {address} HTTP/1.1\nProxy-Authorization: {credentials(door)}\n\n")
        assert answer.split(b" ")[1] in (b"403", b"502")
        assert told.connections == []
    assert door.refusals[0].code in ("private_address", "unknown_host")


def test_a_name_that_changes_its_mind_is_resolved_once(proxy, door):
    """DNS rebinding: what was checked is what is dialled."""
    with canary() as told, site() as pages:
        NAMES["rebind.test"] = [[SITE], [CANARY]]
        pages.pages["/"] = Answer(b"public")
        head = f"HTTP/1.1\nProxy-Authorization: {credentials(door)}\n\n"
        assert talk(proxy, f"GET http://rebind.test:{pages.port}/ {head}").endswith(b"public")
        assert b" 403 " in talk(proxy, f"GET http://rebind.test:{told.port}/ {head}")
        assert told.connections == []


def test_one_request_a_connection_so_that_none_follows_unseen(proxy, door):
    with canary() as told, site() as pages:
        pages.pages["/"] = Answer(b"public")
        head = f"HTTP/1.1\r\nProxy-Authorization: {credentials(door)}\r\n"
        two = f"GET {pages.url()} {head}Connection: keep-alive\r\n\r\nGET http://inside.test:{told.port}/ {head}\r\n"
        answer = talk(proxy, two.encode())
        assert answer.count(b"HTTP/1.1 ") == 1
        assert told.connections == []


def test_the_host_header_is_the_address_that_was_checked(proxy, door):
    with site() as pages:
        pages.pages["/"] = Answer(b"public")
        head = f"HTTP/1.1\nProxy-Authorization: {credentials(door)}\nHost: inside.test\n\n"
        talk(proxy, f"GET {pages.url()} {head}")
        assert pages.requests[0][2]["Host"] == f"site.test:{pages.port}"


@pytest.mark.parametrize("port", [22, 25, 6379, 8080])
def test_public_addresses_are_asked_on_the_ports_of_the_web_only(proxy, door, port):
    answer = talk(
        proxy, f"CONNECT 93.184.215.14:{port} HTTP/1.1\nProxy-Authorization: {credentials(door)}\n\n"
    )
    assert b" 403 " in answer and door.refusals[0].code == "port"


@pytest.mark.parametrize(
    "text",
    [
        "GET / HTTP/1.1\n\n",
        "GET https://site.test/ HTTP/1.1\n\n",
        "GET ftp://site.test/ HTTP/1.1\n\n",
        "GET file:///etc/passwd HTTP/1.1\n\n",
        "CONNECT site.test HTTP/1.1\n\n",
        "CONNECT site.test:99999 HTTP/1.1\n\n",
        "GET http://site.test/\n\n",
        "GET http:///x HTTP/1.1\n\n",
        "GET http://site.test/ HTTP/1.1\nBroken\n\n",
        "GET http://site.test/ HTTP/1.1\nHost : x\n\n",
        "GET http://site.test/ HTTP/1.1\nA: b\n folded: c\n\n",
        "G@T http://site.test/ HTTP/1.1\n\n",
        "\n\n",
    ],
)
def test_what_is_no_request_to_a_proxy_is_refused(proxy, text):
    with pytest.raises(Refused):
        read_request(text.replace("\n", "\r\n").encode())
    assert b" 400 " in talk(proxy, text) or text == "\n\n"


def test_a_head_without_end_is_cut_off(proxy):
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=30) as connection:
        received = b"?"
        try:
            connection.sendall(b"GET http://site.test/ HTTP/1.1\r\n" + b"A: b\r\n" * 20_000)
            received = connection.recv(10)
        except OSError:
            received = b""
    assert received == b""


def test_a_page_has_its_limits(proxy):
    with site() as pages:
        pages.pages["/big"] = Answer(b"x" * 3_000_000)
        with proxy.admit(Limits(bytes=1_000_000)) as account, through(proxy, account) as client:
            with pytest.raises(httpx.HTTPError):
                client.get(pages.url("/big"))
            assert account.refusals[0].code == "limit"
        with proxy.admit(Limits(connections=2)) as account, through(proxy, account) as client:
            assert [client.get(pages.url("/")).status_code for _ in range(3)] == [404, 404, 429]
        with proxy.admit(Limits(seconds=0)) as account, through(proxy, account) as client:
            assert client.get(pages.url("/")).status_code == 403


def test_a_page_that_never_ends_ends_with_its_time(proxy):
    with site() as pages:
        gone = threading.Event()

        def endless(handler):
            handler.send_response(200)
            handler.end_headers()
            try:
                while not gone.wait(0.02):
                    handler.wfile.write(b"x")
            except OSError:
                gone.set()

        pages.pages["/"] = endless
        with proxy.admit(Limits(seconds=1)) as account, through(proxy, account) as client:
            client.get(pages.url())
        assert gone.wait(60)


def test_the_way_through_a_unix_socket_is_the_same(tmp_path):
    path = tmp_path / "egress.sock"
    with (
        EgressProxy(path=path, allowed=networks([SITE]), resolve=resolve) as proxy,
        proxy.admit() as account,
        site() as pages,
    ):
        pages.pages["/"] = Answer(b"public")
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(20)
            connection.connect(str(path))
            connection.sendall(
                f"GET {pages.url()} HTTP/1.1\r\nProxy-Authorization: {credentials(account)}\r\n\r\n".encode()
            )
            answer = b""
            while chunk := connection.recv(65_536):
                answer += chunk
    assert answer.endswith(b"public")


def test_a_door_lets_its_own_client_to_one_place_by_plain_requests_alone(proxy):
    with site("127.0.0.1") as app, canary() as secret:
        app.pages["/"] = Answer(b"the app")
        doors = {("app.localhost", app.port): "127.0.0.1"}
        with proxy.admit(doors=doors) as with_door, proxy.admit() as without:
            with through(proxy, with_door) as client, through(proxy, without) as other:
                assert client.get(f"http://app.localhost:{app.port}/").text == "the app"
                assert app.requests[0][2]["Host"] == f"app.localhost:{app.port}"
                for stranger, url in (
                    (other, f"http://app.localhost:{app.port}/"),
                    (client, f"http://127.0.0.1:{app.port}/"),
                    (client, f"http://127.0.0.1:{secret.port}/"),
                ):
                    assert stranger.get(url).status_code in (403, 502)
            tunnel = f"CONNECT app.localhost:{app.port} HTTP/1.1\nProxy-Authorization: {credentials(with_door)}\n\n"
            assert b"200 Connection" not in talk(proxy, tunnel)
        assert len(app.requests) == 1 and secret.connections == []
