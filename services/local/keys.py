"""What the users of a secure stack log in with, in files that only their owner can read.

Below the state directory, ``secrets/USER`` is the secrets folder of a user of Kafka, and of the
user that goes with it in Redis: whoever names it as HEADRACE_SECRETS_DIR is this user.
``secrets/tls`` holds the certificates.
"""

from __future__ import annotations

import secrets
import ssl
from pathlib import Path

from services.common.settings import PREFIX, STACK_OWNER, STACK_SECRETS
from services.local import private, rights
from services.local.authority import Authority

KAFKA_USER = f"{PREFIX}KAFKA__SASL_USERNAME"
KAFKA_PASSWORD = f"{PREFIX}KAFKA__SASL_PASSWORD"
REDIS_URL = f"{PREFIX}REDIS__URL"
REDIS_PASSWORD = f"{PREFIX}REDIS__PASSWORD"
AUTHORITY = "authority"
DAYS = 3_650

KAFKA_USERS = (*rights.users(), STACK_OWNER)
REDIS_USERS = {
    "dedupe": "headrace",
    "index": "headrace-index",
    "curator": "headrace-curator",
    STACK_OWNER: STACK_OWNER,
}
"""By their secrets folders."""


class Keys:
    """The keys of the stack in a state directory."""

    def __init__(self, state: Path) -> None:
        self._folder = state / STACK_SECRETS

    @property
    def cafile(self) -> Path:
        """The certificate that the stack's clients trust."""
        return self._folder / "tls" / f"{AUTHORITY}.crt"

    def make(self) -> Authority:
        """Make new passwords, and an authority for the certificates.

        Raises:
            BadSetting: there is no openssl.
        """
        private.folder(self._folder)
        for user in KAFKA_USERS:
            self._write(user, KAFKA_USER, user)
            self._write(user, KAFKA_PASSWORD, secrets.token_urlsafe(24))
        for user in REDIS_USERS:
            self._write(user, REDIS_PASSWORD, secrets.token_urlsafe(24))
        return Authority(self._folder / "tls", AUTHORITY, days=DAYS)

    def place(self, redis: str) -> None:
        """Say where Redis is, by a URL without a user."""
        for user, name in REDIS_USERS.items():
            self._write(user, REDIS_URL, redis.replace("://", f"://{name}@"))

    def of(self, user: str) -> Path:
        """Give the secrets folder of a user."""
        return self._folder / user

    def kafka(self) -> dict[str, str]:
        """Give the passwords of Kafka's users."""
        return {user: (self.of(user) / KAFKA_PASSWORD).read_text() for user in KAFKA_USERS}

    def redis(self) -> dict[str, str]:
        """Give the passwords of Redis's users."""
        return {
            user: (self.of(folder) / REDIS_PASSWORD).read_text()
            for folder, user in REDIS_USERS.items()
        }

    def owner(self) -> tuple[str, str]:
        """Give the owner's name and password of Redis."""
        return STACK_OWNER, self.redis()[STACK_OWNER]

    def context(self) -> ssl.SSLContext:
        """Give what verifies Kafka's certificate."""
        return ssl.create_default_context(cafile=self.cafile)

    def _write(self, user: str, variable: str, value: str) -> None:
        private.write(private.folder(self.of(user)) / variable, value)
