"""
What takes a message away: a mail server, or in the demo a folder.

A carrier says which of three things happened: the message was taken, it was not, or nobody can
know. The third is only possible between the last byte of the message and the server's answer.
"""

from __future__ import annotations

import contextlib
import os
import smtplib
import ssl
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as LINES
from enum import StrEnum
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from kapstone.core.post.rules import Outcome

SECONDS = 20.0
PERMANENT = 500
WORDS = 300


class Secrecy(StrEnum):
    """How the way to the mail server is kept secret."""

    STARTTLS = "starttls"
    IMPLICIT = "implicit"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """
    How this installation sends mail; without a server and a folder it sends none.

    Parameters
    ----------
    sender : who the mail is from, such as ``Reminders <no-reply@clinic.example>``
    address : where this installation answers, for the links: ``https://clinic.example``
    folder : where the demo writes what it would have sent
    """

    host: str = ""
    port: int = 587
    user: str = ""
    password: str = ""
    secrecy: Secrecy = Secrecy.STARTTLS
    authority: str = ""
    sender: str = "no-reply@localhost"
    address: str = "http://localhost:8000"
    folder: Path | None = None

    @property
    def is_on(self) -> bool:
        """Whether anything can be sent or written down at all."""
        return bool(self.host) or self.folder is not None

    @property
    def domain(self) -> str:
        """Name this installation, for message ids and the mail server's greeting."""
        return urlsplit(self.address).hostname or "localhost"


class NotTaken(Exception):
    """
    The message was certainly not taken.

    Parameters
    ----------
    forever : trying again would change nothing
    reached : a mail server answered at all
    """

    def __init__(self, words: str, *, forever: bool = False, reached: bool = True) -> None:
        super().__init__(words[:WORDS])
        self.forever = forever
        self.reached = reached


class PerhapsTaken(Exception):
    """The message went over the wire, and no answer came back."""


class Carrier(Protocol):
    """Takes one message to one address."""

    taken: Outcome

    def carry(
        self, letter: EmailMessage, address: str, about_to_hand_over: Callable[[], None]
    ) -> None:
        """
        Take one message away.

        ``about_to_hand_over`` is called just before the message itself leaves: what it writes
        must be kept, whatever happens next.

        Raises
        ------
        NotTaken
            If the message was certainly not taken.
        PerhapsTaken
            If nobody can know.
        """
        ...


def carrier_for(settings: MailSettings) -> Carrier | None:
    """Give the carrier that the settings name, if they name one."""
    if settings.host:
        return MailServer(settings)
    return Folder(settings.folder) if settings.folder is not None else None


class MailServer:
    """A mail server, spoken to by SMTP."""

    taken = Outcome.SENT

    def __init__(self, settings: MailSettings, *, seconds: float = SECONDS) -> None:
        self.settings = settings
        self.seconds = seconds

    def carry(
        self, letter: EmailMessage, address: str, about_to_hand_over: Callable[[], None]
    ) -> None:
        """Hand one message to the server; see ``Carrier``."""
        with self._connected() as server:
            self._envelope(server, letter, address)
            about_to_hand_over()
            try:
                code, answer = server.data(letter.as_bytes(policy=LINES))
            except smtplib.SMTPDataError as refusal:
                raise _refused(refusal.smtp_code, refusal.smtp_error) from None
            except (OSError, smtplib.SMTPException) as broken:
                raise PerhapsTaken(type(broken).__name__) from None
            if code != 250:
                raise _refused(code, answer)

    @contextlib.contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        """Connect, and close again; a fault of the farewell is no fault of the message."""
        try:
            server = self._greeted()
        except smtplib.SMTPAuthenticationError:
            raise NotTaken("The mail server refused the user and password.") from None
        except smtplib.SMTPResponseException as refusal:
            raise _refused(refusal.smtp_code, refusal.smtp_error) from None
        except (OSError, smtplib.SMTPException) as broken:
            words = f"The mail server could not be reached: {_named(broken)}"
            raise NotTaken(words, reached=False) from None
        try:
            yield server
        finally:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()

    def _greeted(self) -> smtplib.SMTP:
        wanted = self.settings
        if wanted.secrecy is Secrecy.IMPLICIT:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                wanted.host,
                wanted.port,
                local_hostname=wanted.domain,
                timeout=self.seconds,
                context=self._trust(),
            )
        else:
            server = smtplib.SMTP(
                wanted.host, wanted.port, local_hostname=wanted.domain, timeout=self.seconds
            )
        try:
            if wanted.secrecy is Secrecy.STARTTLS:
                server.starttls(context=self._trust())  # a server that has none is refused
            if wanted.user:
                server.login(wanted.user, wanted.password)
        except BaseException:
            server.close()
            raise
        return server

    def _trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.settings.authority or None)

    def _envelope(self, server: smtplib.SMTP, letter: EmailMessage, address: str) -> None:
        sender = letter["From"].addresses[0].addr_spec
        try:
            server.ehlo_or_helo_if_needed()
            code, answer = server.mail(sender)
            if code == 250:
                code, answer = server.rcpt(address)
        except (OSError, smtplib.SMTPException) as broken:
            raise NotTaken(f"The mail server went away: {_named(broken)}") from None
        if code not in {250, 251}:
            raise _refused(code, answer)


def _named(broken: Exception) -> str:
    return getattr(broken, "strerror", None) or type(broken).__name__


def _refused(code: int, answer: bytes | str) -> NotTaken:
    said = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    words = f"The mail server answered {code}: {' '.join(said.split())}"
    return NotTaken(words, forever=code >= PERMANENT)


class Folder:
    """The demo's folder of messages that a clinic would have sent."""

    taken = Outcome.KEPT

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def carry(
        self, letter: EmailMessage, address: str, about_to_hand_over: Callable[[], None]
    ) -> None:
        """Write one message down, under its own id, whole or not at all."""
        about_to_hand_over()
        name = str(letter["Message-ID"]).strip("<>").partition("@")[0]
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self.folder, delete=False) as file:
                file.write(letter.as_bytes(policy=LINES))
            os.replace(file.name, self.folder / f"{name}.eml")
        except OSError as fault:
            raise NotTaken(f"The folder could not be written: {_named(fault)}") from None
