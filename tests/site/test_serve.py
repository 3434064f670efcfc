"""Listening on this machine alone, and on a port that is free."""

import socket
from contextlib import closing

import pytest
from tests.serving import free_port

from kapstone.site.serve import CannotListen, listen


def addresses(listening):
    return {opened.getsockname()[0] for opened in listening.sockets}


def close(listening):
    for opened in listening.sockets:
        opened.close()


def test_localhost_is_this_machine_alone():
    listening = listen("localhost", free_port())
    assert "127.0.0.1" in addresses(listening)
    assert addresses(listening) <= {"127.0.0.1", "::1"}
    close(listening)


def test_a_taken_port_is_passed_over_when_allowed_and_refused_otherwise():
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(CannotListen, match=f"Port {taken} of localhost is taken"):
            listen("localhost", taken)
        listening = listen("localhost", taken, move_on=True)
        assert listening.port > taken
        close(listening)


def test_an_address_of_another_machine_is_refused():
    with pytest.raises(CannotListen, match=r"192\.0\.2\.1"):
        listen("192.0.2.1", free_port())
