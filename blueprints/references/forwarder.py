"""The first program in the browser's sandbox, where there is no network but this.

    python forwarder.py <socket> <port> <program> <arguments…>

Carries connections to 127.0.0.1:<port> of the sandbox over to the unix socket outside, on which the
egress proxy listens, and becomes the program. Runs on the standard library alone: nothing else is there.
"""

from __future__ import annotations

import asyncio
import os
import sys


async def serve(path: str, port: int, ready: int) -> None:
    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            upstream_reader, upstream_writer = await asyncio.open_unix_connection(path)
        except OSError:
            writer.close()
            return
        await asyncio.gather(pump(reader, upstream_writer), pump(upstream_reader, writer))

    server = await asyncio.start_server(carry, "127.0.0.1", port)
    os.write(ready, b"1")
    os.close(ready)
    await server.serve_forever()


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(65_536):
            writer.write(chunk)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


def main() -> None:
    path, port, *command = sys.argv[1:]
    listening, ready = os.pipe()
    if os.fork() == 0:
        # The browser's pipes are not ours: their ends must close with it.
        os.closerange(3, ready)
        os.closerange(ready + 1, 256)
        asyncio.run(serve(path, int(port), ready))
    os.close(ready)
    if os.read(listening, 1) != b"1":
        raise SystemExit("the forwarder could not listen")
    os.close(listening)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
