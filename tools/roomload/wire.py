"""A small HTTP client: one connection at a time, no more than the load needs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

PATIENCE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes


class Wire:
    """One lasting connection to the server, opened anew when it was closed."""

    def __init__(self, port: int, cookie: str) -> None:
        self.port, self.cookie = port, cookie
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, path: str, *, body: bytes | None = None, csrf: str = "") -> Answer:
        """Ask for a path, with a body by POST; JSON in, anything out."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            is_used = self._writer is not None
            try:
                return await self._ask(path, body, csrf)
            except (ConnectionError, asyncio.IncompleteReadError):
                await self.close()
                if not is_used:
                    raise
            # The server hangs up on a connection that rests; a browser then opens another.
            return await self._ask(path, body, csrf)

    async def _ask(self, path: str, body: bytes | None, csrf: str) -> Answer:
        reader, writer = await self._connected()
        method = "GET" if body is None else "POST"
        extra = f"Content-Type: application/json\r\nX-CSRFToken: {csrf}\r\n" if csrf else ""
        writer.write(_head(method, path, self, extra, len(body or b"")) + (body or b""))
        await writer.drain()
        status, headers = await _read_head(reader)
        answered = await reader.readexactly(int(headers.get("content-length", "0")))
        if headers.get("connection") == "close":
            await self.close()
        return Answer(status, answered)

    async def follow(self, path: str, known: int | None) -> AsyncIterator[bytes]:
        """Follow an event stream; yield each event as it arrives."""
        reader, writer = await self._connected()
        extra = "Accept: text/event-stream\r\n"
        extra += "" if known is None else f"Last-Event-ID: {known}\r\n"
        writer.write(_head("GET", path, self, extra, 0))
        await writer.drain()
        status, _ = await _read_head(reader)
        if status != 200:
            raise ConnectionError(f"The stream answered {status}.")
        rest = b""
        while size := int(await reader.readline() or b"0", 16):
            rest += (await reader.readexactly(size + 2))[:-2]
            *whole, rest = rest.split(b"\n\n")
            for one in whole:
                yield one

    async def close(self) -> None:
        """Hang up."""
        if self._writer is not None:
            self._writer.close()
            with suppress(ConnectionError):
                await self._writer.wait_closed()
        self._reader = self._writer = None

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self._reader, self._writer


def _head(method: str, path: str, wire: Wire, extra: str, length: int) -> bytes:
    return (
        f"{method} {path} HTTP/1.1\r\nHost: localhost:{wire.port}\r\nCookie: {wire.cookie}\r\n"
        f"Content-Length: {length}\r\n{extra}\r\n"
    ).encode()


async def _read_head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = (line.split(": ", 1) for line in lines if line)
    return int(first.split()[1]), {name.lower(): value.lower() for name, value in pairs}
