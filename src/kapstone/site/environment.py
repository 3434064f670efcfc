"""Typed readers of environment variables; each fails with the name of the variable at fault."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

YES, NO = {"1", "yes", "true", "on"}, {"0", "no", "false", "off"}


def text(name: str, *, default: str | None = None) -> str:
    """Return the variable's text; without a default it must be set and not empty."""
    if value := os.environ.get(name):
        return value
    if default is None:
        raise ImproperlyConfigured(f"Set the environment variable {name}.")
    return default


def flag(name: str, *, default: bool) -> bool:
    """Return whether the variable says yes."""
    value = text(name, default="yes" if default else "no").lower()
    if value not in YES | NO:
        raise ImproperlyConfigured(f"{name} is {value!r}; say yes or no.")
    return value in YES


def choice(name: str, among: Sequence[str], *, default: str) -> str:
    """Return the variable's text, which must be one of a few words."""
    value = text(name, default=default)
    if value not in among:
        raise ImproperlyConfigured(f"{name} is {value!r}; choose one of {', '.join(among)}.")
    return value


def whole_number(name: str, *, default: int, least: int, most: int) -> int:
    """Return the variable as a whole number within bounds."""
    value = text(name, default=str(default))
    if not value.isdecimal() or not least <= int(value) <= most:
        raise ImproperlyConfigured(
            f"{name} is {value!r}; give a number from {least} to {most}."
        )
    return int(value)


def words(name: str, *, default: Sequence[str]) -> list[str]:
    """Return the variable's comma-separated parts."""
    return [part.strip() for part in text(name, default=",".join(default)).split(",") if part]


def database_url(name: str) -> dict[str, object]:
    """Return what the PostgreSQL address in a variable means in Django's ``DATABASES``."""
    address = urlsplit(text(name))
    if address.scheme not in {"postgresql", "postgres"} or not address.path.strip("/"):
        raise ImproperlyConfigured(
            f"{name} must look like postgresql://user:password@host:5432/name?sslmode=verify-full"
        )
    options = dict(parse_qsl(address.query))
    return {
        "NAME": unquote(address.path.lstrip("/")),
        "USER": unquote(address.username or ""),
        "PASSWORD": unquote(address.password or ""),
        "HOST": options.pop("host", None) or unquote(address.hostname or ""),
        "PORT": str(address.port or ""),
        "OPTIONS": options,
    }


def kept_secret(folder: Path, name: str) -> str:
    """Return a random secret kept in a file of the data folder, made at first use."""
    path = folder / name
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    # Written aside and linked into place, so that two processes at once agree on one secret.
    draft = folder / f".{name}.{os.getpid()}.{secrets.token_hex(4)}"
    if not path.exists():
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()
