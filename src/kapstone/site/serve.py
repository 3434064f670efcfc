"""Listening, and running the HTTP server's workers."""

from __future__ import annotations

import errno
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import uvicorn
from django.conf import settings
from uvicorn.supervisors import Multiprocess

from kapstone.errors import KapstoneError

APPLICATION = "kapstone.site.asgi:application"
LOCAL_NAMES = {"localhost": ("127.0.0.1", "::1")}
PORTS_TO_TRY = 20
MOST_CONNECTIONS = 500  # beyond it a visitor is told to come back, and those inside are served


class CannotListen(KapstoneError):
    """Another program holds the port, or the address is not this machine's."""

    status = 500


@dataclass(frozen=True, slots=True)
class Listening:
    """Open sockets, and the port they share."""

    sockets: Sequence[socket.socket]
    port: int


def listen(host: str, port: int, *, move_on: bool = False) -> Listening:
    """
    Listen on a host's port; with ``move_on``, on the next free one if it is taken.

    ``localhost`` means this machine alone, by both generations of addresses where it has them.
    """
    addresses = LOCAL_NAMES.get(host, (host,))
    for candidate in range(port, port + (PORTS_TO_TRY if move_on else 1)):
        sockets = _open(addresses, candidate)
        if sockets:
            return Listening(sockets, candidate)
    raise CannotListen(f"Port {port} of {host} is taken. Choose another with --port.")


def _open(addresses: Sequence[str], port: int) -> list[socket.socket]:
    """Return a socket for each address, or none at all if one of them is taken."""
    sockets: list[socket.socket] = []
    for address in addresses:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        try:
            opened = socket.socket(family, socket.SOCK_STREAM)
            sockets.append(opened)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            opened.bind((address, port))
            opened.listen(2048)
            opened.set_inheritable(True)
        except OSError as error:
            sockets.remove(opened)
            opened.close()
            if error.errno == errno.EADDRINUSE:
                for other in sockets:
                    other.close()
                return []
            if error.errno not in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
                raise CannotListen(f"Cannot listen on {address}: {error.strerror}.") from error
    if not sockets:
        raise CannotListen(f"None of {', '.join(addresses)} is an address of this machine.")
    return sockets


def run(listening: Listening, *, workers: int) -> None:
    """Serve until told to stop."""
    # The headers by which a proxy vouches for a client are believed from these addresses alone.
    proxies = settings.PROXIES
    config = uvicorn.Config(
        APPLICATION,
        workers=workers,
        lifespan="on",
        ws="none",
        access_log=False,  # addresses name records; who read what is in the audit trail
        log_level="warning",
        log_config=None,
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=10,
    )
    sockets = list(listening.sockets)
    # The server repeats the signal that ended it; by default that would skip our own tidying.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    with suppress(KeyboardInterrupt):  # Ctrl+C is how it is meant to end
        if workers == 1:
            uvicorn.Server(config).run(sockets=sockets)
        else:
            Multiprocess(config, sockets=sockets).run()
