"""No password is left in an address that is shown, however it was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.address import without_secrets


@pytest.mark.parametrize(
    ("url", "bare", "masked"),
    [
        ("redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/0"),
        ("redis://[::1]:6379/0", "redis://[::1]:6379/0", "redis://[::1]:6379/0"),
        ("unix:///run/valkey.sock", "unix:///run/valkey.sock", "unix:///run/valkey.sock"),
        ("rediss://me:secret@cache:1/2", "rediss://cache:1/2", "rediss://***@cache:1/2"),
        ("redis://me@cache", "redis://cache", "redis://***@cache"),
        ("redis://:secret@h@cache/0", "redis://cache/0", "redis://***@cache/0"),
        ("redis://:se/cret@cache/0", "redis://cache/0", "redis://***@cache/0"),
        ("redis://cache/0?password=secret", "redis://cache/0", "redis://cache/0?***"),
        ("redis://cache/0?password=sec@ret", "redis://", "redis://***"),
        ("redis://me:secret", "redis://", "redis://***"),
        ("redis://:sec?ret@cache", "redis://", "redis://***"),
        ("redis://me:sec[ret@cache", "redis://cache", "redis://***@cache"),
        ("secret", "", "***"),
    ],
)
def test_what_could_be_a_password_is_left_out(url: str, bare: str, masked: str) -> None:
    assert without_secrets(url) == bare
    assert without_secrets(url, mask="***") == masked


@given(before=st.text(), after=st.text())
def test_no_password_before_the_host_is_left_in(before: str, after: str) -> None:
    url = f"redis://me:{before}planted{after}@cache:6379/0"
    assert "planted" not in without_secrets(url, mask="***")
