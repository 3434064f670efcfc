"""The ``kapstone`` command: finds the module that does the work, and Django only if needed."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from kapstone import __version__
from kapstone.errors import KapstoneError

SETTINGS = "kapstone.site.settings"
PORT = 8000
DEEDS = ("start", "stop", "status", "psql", "run")

Run = Callable[[argparse.Namespace], int | None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the process's exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["science"]:  # numbers need neither the web nor a database
        return int(import_module("kapstone.science.command").main(words[1:]) or 0)
    options, rest = _parser().parse_known_args(words)
    if rest and not options.takes_rest:
        _parser().error(f"unrecognised words: {' '.join(rest)}")
    options.rest = rest
    try:
        return int(options.run(options) or 0)
    except KapstoneError as error:
        sys.stderr.write(f"\nkapstone: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kapstone",
        description="A practice system for ketamine-assisted psychotherapy.",
        epilog="Settings come from the environment: see docs/reference/environment.md.",
    )
    parser.add_argument("--version", action="version", version=f"kapstone {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(
        name: str, run: Run, does: str, *, takes_rest: bool = False
    ) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=does, description=does)
        command.set_defaults(run=run, takes_rest=takes_rest, name=name)
        return command

    demo = add("demo", _demo, "set everything up and serve a synthetic clinic on localhost")
    demo.add_argument("--port", type=int, default=PORT, help="or the next free one")
    serve = add("serve", _serve, "serve the clinic to a proxy on this machine")
    serve.add_argument("--host", default="localhost", help="the address to listen on")
    serve.add_argument("--port", type=int, default=PORT)
    add("migrate", _migrate, "bring the tables up to the code", takes_rest=True)
    add("seed", _seed, "fill an empty database with the synthetic clinic", takes_rest=True)
    add("begin_clinic", _manage, "open a clinic with its first administrator", takes_rest=True)
    add("tick", _manage, "do what is due by the clock; run it every minute", takes_rest=True)
    add("check", _check, "say whether this installation may serve")
    add("manage", _manage, "run any of Django's own commands", takes_rest=True)
    database = add("database", _database, "the private PostgreSQL server", takes_rest=True)
    database.add_argument("deed", choices=DEEDS)
    add("science", _manage, "pharmacology and plasticity, without the clinic")
    return parser


def _set_up() -> None:
    """Load Django, after whatever the command has to say about the environment."""
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
    import_module("django").setup()


def _with_database() -> None:
    _set_up()
    import_module("kapstone.site.steps").database()


def _demo(options: argparse.Namespace) -> None:
    os.environ["KAPSTONE_MODE"] = "demo"
    _set_up()
    import_module("kapstone.site.opening").open_demo(port=options.port)


def _serve(options: argparse.Namespace) -> None:
    _set_up()
    import_module("kapstone.site.opening").open_clinic(host=options.host, port=options.port)


def _migrate(options: argparse.Namespace) -> None:
    os.environ["KAPSTONE_DATABASE_ROLE"] = "owner"
    _manage(options)


def _seed(options: argparse.Namespace) -> None:
    os.environ.setdefault("KAPSTONE_MODE", "demo")
    _manage(options)


def _manage(options: argparse.Namespace) -> None:
    _with_database()
    words = options.rest if options.name == "manage" else [options.name, *options.rest]
    management = import_module("django.core.management")
    management.execute_from_command_line(["kapstone", *words])


def _check(options: argparse.Namespace) -> None:
    _with_database()
    steps = import_module("kapstone.site.steps")
    steps.say(steps.checks())


def _database(options: argparse.Namespace) -> int:
    server = import_module("kapstone.site.server_command")
    return int(server.run(options.deed, options.rest))
