"""A Valkey that answers whom it knows, and does for each what was granted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from services.common.settings import STACK_OWNER
from services.local import private
from services.local.valkey import ValkeyServer, answers

EVERYTHING = ("reset", "on", "~*", "&*", "+@all")


class SecureValkey(ValkeyServer):
    """A server without its default user; in the clear, as the one of the wheel knows no TLS.

    Args:
        data: its folder.
        port: where it listens, on the loopback.
        passwords: of its users, the owner among them.
        rules: what each may do, as ``ACL SETUSER`` takes it; the owner may do everything.
        log: as of ``ValkeyServer``, and so the rest.
    """

    def __init__(
        self,
        data: Path,
        port: int,
        passwords: Mapping[str, str],
        rules: Mapping[str, Sequence[str]],
        *,
        log: Path | None = None,
        program: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(data, port, log=log, program=program, environment=environment)
        self._passwords = passwords
        self._rules = {**rules, STACK_OWNER: EVERYTHING}

    @property
    def url(self) -> str:
        """The address of the owner, password and all."""
        return f"redis://{STACK_OWNER}:{self._passwords[STACK_OWNER]}@{self.address}/0"

    def options(self) -> dict[str, str]:
        users = private.write(self.data / "users.acl", "".join(self._users()))
        return {**super().options(), "aclfile": str(users)}

    def answers(self) -> bool:
        return answers(self.address, (STACK_OWNER, self._passwords[STACK_OWNER]))

    def _users(self) -> list[str]:
        known = ["user default off\n"]
        for user, rules in self._rules.items():
            # The file holds no password, only what it is recognised by.
            hashed = hashlib.sha256(self._passwords[user].encode()).hexdigest()
            known.append(f"user {user} {' '.join(rules)} #{hashed}\n")
        return known
