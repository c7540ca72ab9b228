"""One kept connection of a terminal (长连接), as little of HTTP/1.1 as the server needs."""

import asyncio
import time
from http.cookies import SimpleCookie

from backend.city.bench.hall.asks import Answer, Ask
from backend.city.bench.hall.machine import Machine

HOST = "127.0.0.1"
TIMEOUT_SECONDS = 30.0
END_OF_HEAD = b"\r\n\r\n"


class Wire:
    """Sends what a machine signs, one request after the other."""

    def __init__(self, port: int, machine: Machine) -> None:
        self._port = port
        self._machine = machine
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is a connection; the server ends one on which nothing is said for long."""
        return self._streams is not None and not self._streams[0].at_eof()

    async def exchange(self, ask: Ask) -> Answer:
        """Send a request, and give its answer once it is here whole.

        Raises:
            OSError, EOFError: there was none; the next request opens a new connection.
        """
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                return await self._exchange(ask)
        except (OSError, EOFError):
            self.close()
            raise

    def close(self) -> None:
        """Hang up."""
        if self._streams:
            self._streams[1].close()
        self._streams = None

    async def _exchange(self, ask: Ask) -> Answer:
        if self._streams is None or not self.is_open:
            self.close()
            self._streams = await asyncio.open_connection(HOST, self._port)
        reader, writer = self._streams
        headers = self._machine.headers(ask, at_second=int(time.time()))
        lines = [f"{ask.method} {ask.address} HTTP/1.1", f"Host: {HOST}:{self._port}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write("\r\n".join(lines).encode("latin-1") + END_OF_HEAD + ask.body)
        first, *told = (await reader.readuntil(END_OF_HEAD)).decode("latin-1").split("\r\n")
        named = [(name.lower(), value.strip()) for name, _, value in _parted(told)]
        status = int(first.split()[1])
        length = dict(named).get("content-length", "0" if status == 204 else "")
        if not length:
            raise ConnectionError("an answer without its length")
        return Answer(
            status=status,
            cookies=cookies_of([value for name, value in named if name == "set-cookie"]),
            body=await reader.readexactly(int(length)),
            headers=dict(named),
        )


def cookies_of(told: list[str]) -> dict[str, str]:
    """Name → value of the cookies that headers set."""
    return {name: one.value for text in told for name, one in SimpleCookie(text).items()}


def _parted(lines: list[str]) -> list[tuple[str, str, str]]:
    return [line.partition(":") for line in lines if line]
