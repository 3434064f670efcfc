"""How mail leaves this installation, read from the environment."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from kapstone.core.post.carriers import MailSettings, Secrecy
from kapstone.site import environment

NEAR = {"localhost", "127.0.0.1", "::1", "[::1]"}
PORTS = {Secrecy.STARTTLS: 587, Secrecy.IMPLICIT: 465, Secrecy.NONE: 25}


def settings(mode: str, folder: Path, hosts: Sequence[str], *, https: bool) -> MailSettings:
    """
    Read how mail is sent: by a server, in a demo without one to a folder, else not at all.

    Raises
    ------
    ImproperlyConfigured
        If mail would cross a network in clear and nobody said that it may, or has no sender.
    """
    host = environment.text("KAPSTONE_MAIL_HOST", default="")
    near = host in NEAR
    secrecy = Secrecy(
        environment.choice(
            "KAPSTONE_MAIL_TLS",
            [str(one) for one in Secrecy],
            default=str(Secrecy.NONE if near else Secrecy.STARTTLS),
        )
    )
    in_clear = environment.flag("KAPSTONE_MAIL_IN_CLEAR", default=False)
    if host and secrecy is Secrecy.NONE and not near and not in_clear:
        raise ImproperlyConfigured(
            "KAPSTONE_MAIL_TLS is none, so addresses and links would cross a network in clear. "
            "Say starttls or implicit, or set KAPSTONE_MAIL_IN_CLEAR=yes if that is meant."
        )
    scheme = "https" if https else "http"
    address = environment.text(
        "KAPSTONE_ADDRESS", default=f"{scheme}://{hosts[0] if hosts else 'localhost'}"
    )
    sender = environment.text("KAPSTONE_MAIL_FROM", default="")
    if host and "@" not in sender:
        raise ImproperlyConfigured(
            "Set KAPSTONE_MAIL_FROM to the address that mail comes from."
        )
    return MailSettings(
        host=host,
        port=environment.whole_number(
            "KAPSTONE_MAIL_PORT", default=PORTS[secrecy], least=1, most=65_535
        ),
        user=environment.text("KAPSTONE_MAIL_USER", default=""),
        password=environment.text("KAPSTONE_MAIL_PASSWORD", default=""),
        secrecy=secrecy,
        authority=environment.text("KAPSTONE_MAIL_CA", default=""),
        sender=sender or "Kapstone demo <no-reply@localhost>",
        address=address,
        folder=folder / "outbox" if mode == "demo" else None,
    )
