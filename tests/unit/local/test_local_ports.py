"""Which port is taken where the usual one is."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from services.common.errors import Fatal
from services.local.ports import HOST, LAST_PORT, free_port


def test_a_free_usual_port_is_taken(new_port: Callable[[], int]):
    usual = new_port()
    assert free_port(usual) == usual


def test_where_somebody_listens_the_next_one_is_taken(new_port: Callable[[], int]):
    usual = new_port()
    with socket.create_server((HOST, usual)):
        assert free_port(usual) > usual


def test_a_promised_port_is_not_given_twice(new_port: Callable[[], int]):
    usual = new_port()
    assert free_port(usual, taken={usual}) > usual


def test_ports_that_the_kernel_gives_to_clients_are_never_used():
    with pytest.raises(Fatal, match="no free port"):
        free_port(LAST_PORT + 1)
