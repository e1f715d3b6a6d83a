"""Pages that try to make the browser ask for something it must not: each part names itself in the address."""

from __future__ import annotations

from tests.egress.places import Answer

HTML = ("Content-Type", "text/html; charset=utf-8")


def leads_away(target: str) -> dict[str, Answer]:
    """Pages that take the browser elsewhere, by path; `target` is where to."""

    def page(text: str, **headers: str) -> Answer:
        given = [(name.replace("_", "-"), value) for name, value in headers.items()]
        return Answer(f"<!doctype html><h1>A page</h1>{text}".encode(), headers=(HTML, *given))

    def redirect(status: int, to: str) -> Answer:
        return Answer(b"", status, (("Location", to),))

    return {
        "/301": redirect(301, f"{target}/301"),
        "/302": redirect(302, f"{target}/302"),
        "/307": redirect(307, f"{target}/307"),
        "/308": redirect(308, f"{target}/308"),
        "/chain": redirect(302, "/chain-2"),
        "/chain-2": redirect(302, f"{target}/chain-2"),
        "/refresh-header": page("", Refresh=f"0; url={target}/refresh-header"),
        "/meta-refresh": page(f'<meta http-equiv="refresh" content="0; url={target}/meta-refresh">'),
        "/location": page(f"<script>location = '{target}/location'</script>"),
        "/form": page(
            f'<form action="{target}/form" method="post"></form><script>document.forms[0].submit()</script>'
        ),
        "/link": page(f'<a id="a" href="{target}/link">x</a><script>a.click()</script>'),
    }


def asks_for_more(target: str) -> Answer:
    """One page whose parts all ask `target` for something (`ws` and `host` follow from it)."""
    host = target.split("/")[2]
    ws = f"ws://{host}/leak"
    parts = f"""<!doctype html>
<meta charset="utf-8"><title>More</title>
<link rel="stylesheet" href="{target}/stylesheet"><link rel="icon" href="{target}/icon">
<link rel="prefetch" href="{target}/prefetch"><link rel="preload" as="image" href="{target}/preload">
<link rel="modulepreload" href="{target}/modulepreload"><link rel="preconnect" href="http://{host}">
<link rel="dns-prefetch" href="//{host}"><link rel="manifest" href="{target}/manifest">
<style>@import "{target}/import"; body {{ background: url("{target}/background") }}
@font-face {{ font-family: F; src: url("{target}/font") }} h1 {{ font-family: F; cursor: url("{target}/cursor"), auto }}
</style>
<h1>A page</h1>
<img src="{target}/img"><img srcset="{target}/srcset 1x"><picture><source srcset="{target}/source"><img></picture>
<img src="/to/img-redirect"><script src="{target}/script"></script><script type="module" src="{target}/module"></script>
<iframe src="{target}/iframe"></iframe><iframe src="/to/iframe-redirect"></iframe>
<iframe srcdoc='<img src="{target}/srcdoc">'></iframe><object data="{target}/object"></object><embed src="{target}/embed">
<video src="{target}/video" autoplay muted></video><audio src="{target}/audio" autoplay></audio>
<video autoplay muted><track default src="{target}/track"></video><input type="image" src="{target}/input">
<svg><image href="{target}/svg-image" /></svg><table background="{target}/table"></table>
<form id="f" action="{target}/form-in-frame" target="frame"></form><iframe name="frame"></iframe>
<a id="ping" href="#x" ping="{target}/ping">x</a>
<script>
const quietly = (work) => {{ try {{ const r = work(); r?.catch?.(() => 0); }} catch {{}} }};
quietly(() => fetch("{target}/fetch", {{ mode: "no-cors" }}));
quietly(() => fetch("/to/fetch-redirect", {{ mode: "no-cors" }}));
quietly(() => {{ const x = new XMLHttpRequest(); x.open("GET", "{target}/xhr"); x.send(); }});
quietly(() => navigator.sendBeacon("{target}/beacon", "x"));
quietly(() => new EventSource("{target}/event-source"));
quietly(() => new WebSocket("{ws}/websocket"));
quietly(() => new Worker("{target}/worker"));
const worker = (text) => new Worker(URL.createObjectURL(new Blob([text], {{ type: "text/javascript" }})));
quietly(() => worker("fetch('{target}/worker-fetch', {{ mode: 'no-cors' }})"));
quietly(() => worker("importScripts('{target}/worker-import')"));
quietly(() => worker("new WebSocket('{ws}/worker-websocket')"));
quietly(() => new SharedWorker("{target}/shared-worker"));
quietly(() => navigator.serviceWorker.register("/service-worker.js"));
quietly(() => open("{target}/popup"));
quietly(() => ping.click());
quietly(() => f.submit());
quietly(() => {{ new Image().src = "{target}/new-image"; }});
quietly(() => new WebTransport("https://{host}/leak/webtransport"));
quietly(() => {{
  const peer = new RTCPeerConnection({{ iceServers: [{{ urls: "turn:{host}?transport=tcp", username: "a", credential: "b" }},
    {{ urls: "stun:{host}" }}] }});
  peer.createDataChannel("x");
  peer.createOffer().then((offer) => peer.setLocalDescription(offer));
}});
const rules = document.createElement("script");
rules.type = "speculationrules";
rules.textContent = JSON.stringify({{ prefetch: [{{ source: "list", urls: ["{target}/speculation"] }}] }});
document.head.append(rules);
</script>"""
    return Answer(
        parts.encode(),
        headers=(
            HTML,
            ("Link", f"<{target}/link-header>; rel=preload; as=image"),
            (
                "Content-Security-Policy",
                f"script-src 'unsafe-inline' http: blob:; report-uri {target}/csp-report",
            ),
        ),
    )
