"""A small app for the deployer: what it answers shows what it was given. Standard library alone."""

import http.server
import json
import os
import signal
import socketserver
import sys
import threading
import time
from pathlib import Path

VERSION = Path("version.txt").read_text().strip()
# Beside the database, which service and worker share.
BEAT = Path(os.environ["DATABASE_URL"].removeprefix("sqlite:///")).with_name(f"beat-{VERSION}")


class Handler(http.server.BaseHTTPRequestHandler):
    def address_string(self):
        return "unix"

    def do_POST(self):
        os._exit(3)  # of a request that nobody repeats

    def do_GET(self):
        if self.path == "/stream":
            self.stream()
        elif self.path == "/healthz" and VERSION == "sick":
            self.answer(503, "not well")
        elif self.path == "/health/worker":
            self.answer(*((200, BEAT.read_text()) if BEAT.exists() else (503, "no worker")))
        elif self.path == "/break-worker":
            BEAT.with_name("break").touch()
            self.answer(200, "done")
        elif self.path == "/elsewhere":
            lead_elsewhere(Path(os.environ["APP_SOCKET"]))
            self.answer(200, "done")
        elif self.path == "/healthz" and VERSION == "talkative":
            self.stream(pieces=600)
        elif self.path == "/environment":
            self.answer(200, json.dumps(dict(os.environ)))
        elif self.path == "/headers":
            self.answer(200, json.dumps(dict(self.headers)))
        elif self.path == "/reach":
            self.answer(
                200, json.dumps({path: os.access(path, os.W_OK) for path in ("/app", "/data", "/usr")})
            )
        else:
            time.sleep(0.3 if self.path == "/slow" else 0)
            self.answer(200, VERSION)

    def answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Set-Cookie", "a=b; Domain=localhost; Path=/")
        self.send_header("Clear-Site-Data", '"*"')
        self.send_header("Service-Worker-Allowed", "/")
        self.end_headers()
        self.wfile.write(body)

    def stream(self, pieces=50):
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.end_headers()
        for number in range(pieces):
            self.wfile.write(f"{number}\n".encode())
            self.wfile.flush()
            time.sleep(0.1)

    def log_message(self, layout, *values):
        print(layout % values, flush=True)


def lead_elsewhere(own):
    """Whoever connects here shall reach the gateway's admin socket."""
    own.unlink()
    own.symlink_to("../../../caddy-admin.sock")


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = False
    block_on_close = True
    request_queue_size = 128

    def get_request(self):
        request, _ = super().get_request()
        return request, ("unix", 0)


if sys.argv[1] == "migrate":
    if VERSION == "unmigratable":
        sys.exit("no such column: mood")
    database = Path(os.environ["DATABASE_URL"].removeprefix("sqlite:///"))
    with database.with_name("migrated").open("a") as file:
        file.write(VERSION + "\n")
    print("migrated to", VERSION)
elif sys.argv[1] == "work":
    if VERSION == "idle":
        sys.exit("nothing to do")
    BEAT.write_text(f"{time.time_ns()} {VERSION}")
    signal.signal(signal.SIGTERM, lambda *_: (BEAT.unlink(missing_ok=True), sys.exit("work ended in order")))
    print("working", flush=True)
    while not BEAT.with_name("break").exists():
        time.sleep(0.05)
    BEAT.with_name("break").unlink()
    BEAT.unlink()
    os._exit(3)
elif VERSION == "broken":
    sys.exit("ImportError: cannot import name 'world'")
else:
    server = Server(os.environ["APP_SOCKET"], Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever(poll_interval=0.05)
    print("ended in order", flush=True)
