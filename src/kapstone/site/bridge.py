"""
Between an ASGI server and a WSGI application.

Django's own ASGI handler starts a thread for each request and, with it, a database connection.
Here a fixed set of threads, each with its own lasting connection, calls Django's WSGI handler.
A body is counted and read whole before the application is asked; an answer that is made piece
by piece is passed on piece by piece, and is abandoned when the client leaves.
"""

from __future__ import annotations

import asyncio
import io
import sys
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import Any, BinaryIO
from urllib.parse import unquote_to_bytes

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Environ = dict[str, Any]
WsgiApplication = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType]

FILE_BLOCK_BYTES = 64 * 1024
MOST_DROPPED_BYTES = 16 * 1024 * 1024
SAFE_METHODS = {"GET", "HEAD"}
SEND_SECONDS = 30.0  # a client that reads slower than this gives up its thread


class ClientLeft(ConnectionError):
    """Nobody is there any more to read the answer."""


class BodyRefused(Exception):
    """The body cannot be taken; says with which status and words."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status, self.words = status, words


class Bridge:
    """An ASGI application that asks a WSGI application, in a fixed set of threads."""

    def __init__(
        self,
        application: WsgiApplication,
        *,
        body_limit_bytes: int,
        threads: int,
        body_seconds: float = 30.0,
    ) -> None:
        self.application = application
        self.body_limit_bytes = body_limit_bytes
        self.body_seconds = body_seconds
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="page")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the server's start and end."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})
        else:
            await self._answer(scope, receive, send)

    async def ask(self, environ: Environ) -> tuple[Message, ...]:
        """Ask the application, in one of the threads, for an answer that is not streamed."""
        sent: list[Message] = []
        exchange = Exchange(self.application, environ, sent.append, threading.Event())
        last = await asyncio.get_running_loop().run_in_executor(self.pool, exchange.run)
        return (*sent, *last)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                self.pool.shutdown(wait=True)
                return

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.timeout(self.body_seconds):
                body = await self._read(scope, receive)
        except ClientLeft:
            return
        except TimeoutError:
            await _say(send, 408, "The request took too long to arrive.")
            return
        except BodyRefused as refusal:
            await _say(send, refusal.status, refusal.words)
            return
        loop = asyncio.get_running_loop()
        gone = threading.Event()
        watch = loop.create_task(_watch(receive, gone))

        def emit(message: Message) -> None:
            """Pass a message on from the thread, and wait until the server has taken it."""
            if gone.is_set():
                raise ClientLeft
            sent = asyncio.run_coroutine_threadsafe(_send(send, message), loop)
            try:
                sent.result(SEND_SECONDS)
            except TimeoutError:
                sent.cancel()
                raise ClientLeft from None

        exchange = Exchange(self.application, environ_of(scope, body), emit, gone)
        try:
            last = await loop.run_in_executor(self.pool, exchange.run)
        finally:
            watch.cancel()
        for message in last:
            await send(message)

    async def _read(self, scope: Scope, receive: Receive) -> bytes:
        """Return the whole body, or refuse one that is too long."""
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if not declared.isdigit():
            raise BodyRefused(400, "The length of the request is not a number.")
        too_long = int(declared) > self.body_limit_bytes
        arrived, body = 0, bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientLeft
            arrived += len(message.get("body", b""))
            too_long = too_long or arrived > self.body_limit_bytes
            # A refused body is still read for a while, and dropped: a client that is cut off
            # while sending never sees the sentence that says why.
            if not too_long:
                body += message.get("body", b"")
            if not message.get("more_body", False) or arrived > MOST_DROPPED_BYTES:
                break
        if too_long:
            raise BodyRefused(413, f"At most {self.body_limit_bytes // 1024} KiB can be sent.")
        return bytes(body)


class Exchange:
    """One request's way through the WSGI application (PEP 3333), in one thread."""

    def __init__(
        self,
        application: WsgiApplication,
        environ: Environ,
        emit: Callable[[Message], None],
        gone: threading.Event,
    ) -> None:
        self.application, self.environ, self.emit, self.gone = application, environ, emit, gone
        self.head: Message | None = None
        self.head_is_sent = False

    def run(self) -> Sequence[Message]:
        """Ask the application; return what is still to be sent when the thread is done."""
        if self.gone.is_set() and self.environ["REQUEST_METHOD"] in SAFE_METHODS:
            return ()  # it waited for a thread, and whoever asked has given up
        answer = self.application(self.environ, self.start_response)
        try:
            if isinstance(answer, list | tuple) or not getattr(answer, "streaming", True):
                return self._whole(b"".join(answer))
            for piece in answer:
                if piece:
                    self._pass_on(piece)
            return self._whole(b"")
        except ClientLeft:
            return ()
        finally:
            if (close := getattr(answer, "close", None)) is not None:
                close()

    def start_response(
        self,
        status: str,
        headers: list[tuple[str, str]],
        exc_info: ExceptionInfo | None = None,
    ) -> Callable[[bytes], None]:
        """Note status and headers; they are sent with the first piece of the body."""
        if exc_info is not None and self.head_is_sent:
            raise exc_info[1].with_traceback(exc_info[2])
        if exc_info is None and self.head is not None:
            raise RuntimeError("start_response was called twice without an exception.")
        self.head = {
            "type": "http.response.start",
            "status": int(status[:3]),
            "headers": [
                (name.lower().encode("latin-1"), value.encode("latin-1"))
                for name, value in headers
            ],
        }
        return self._pass_on

    def _pass_on(self, piece: bytes) -> None:
        if not self.head_is_sent:
            self.emit(self._started())
        self.emit({"type": "http.response.body", "body": piece, "more_body": True})

    def _whole(self, body: bytes) -> Sequence[Message]:
        """Return the rest of the answer, for the event loop to send without this thread."""
        last: Message = {"type": "http.response.body", "body": body}
        return (last,) if self.head_is_sent else (self._started(), last)

    def _started(self) -> Message:
        if self.head is None:
            raise RuntimeError("The application answered without calling start_response.")
        self.head_is_sent = True
        return self.head


class FileBlocks:
    """Read a file in blocks that suit a network; Django's own are 4 KiB."""

    def __init__(self, file: BinaryIO, _block_bytes: int = 0) -> None:
        self.file = file

    def __iter__(self) -> Iterator[bytes]:
        """Yield the file's blocks."""
        while block := self.file.read(FILE_BLOCK_BYTES):
            yield block

    def close(self) -> None:
        """Close the file."""
        self.file.close()


def environ_of(scope: Scope, body: bytes) -> Environ:
    """Return the WSGI environment that an ASGI scope and a body amount to."""
    root = scope.get("root_path", "")
    path = unquote_to_bytes(scope["raw_path"]) if scope.get("raw_path") else None
    server = scope.get("server") or ("localhost", 80)
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": root.encode().decode("latin-1"),
        "PATH_INFO": (path or scope["path"].encode()).decode("latin-1").removeprefix(root),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": (scope.get("client") or ("",))[0],
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileBlocks,
    }
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        # "x_user" would become the same variable as "x-user", which a proxy may vouch for.
        if "_" in name or name == "content-length":
            continue
        key = name.upper().replace("-", "_")
        key = key if key == "CONTENT_TYPE" else f"HTTP_{key}"
        joint = "; " if key == "HTTP_COOKIE" else ","
        environ[key] = f"{environ[key]}{joint}{value}" if key in environ else value
    return environ


async def _watch(receive: Receive, gone: threading.Event) -> None:
    """Notice when the client leaves."""
    with suppress(asyncio.CancelledError):
        while (await receive())["type"] != "http.disconnect":
            pass
        gone.set()


async def _send(send: Send, message: Message) -> None:
    await send(message)


async def _say(send: Send, status: int, words: str) -> None:
    """Answer with one line of plain text, and hang up: the rest of the body is not wanted."""
    body = f"{words}\n".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
