"""A connection that the server ended while nothing was said is opened anew, not taken for an
error."""

import asyncio

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.city.bench.hall.asks import Ask
from backend.city.bench.hall.machine import Machine
from backend.city.bench.hall.wire import END_OF_HEAD, HOST, Wire

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


async def answers() -> tuple[list[bytes], int]:
    """Two exchanges with a server that hangs up after each answer; how often it was called."""
    called = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal called
        called += 1
        await reader.readuntil(END_OF_HEAD)
        writer.write(ANSWER)
        writer.close()

    async with await asyncio.start_server(serve, HOST, 0) as server:
        wire = Wire(server.sockets[0].getsockname()[1], Machine(Ed25519PrivateKey.generate()))
        bodies = []
        for _ in range(2):
            bodies.append((await wire.exchange(Ask("healthz", "GET", "/healthz"))).body)
            while wire.is_open:
                await asyncio.sleep(0)
        wire.close()
    return bodies, called


def test_what_was_ended_while_nobody_spoke_is_opened_anew() -> None:
    assert asyncio.run(answers()) == ([b"{}", b"{}"], 2)
