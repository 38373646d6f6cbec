"""What can go wrong, split by what the stream does next."""

from __future__ import annotations

import enum


class ExitStatus(enum.IntEnum):
    """Exit statuses of a service, after sysexits.h."""

    UNAVAILABLE = 69  # a server was not there within the deadline
    SOFTWARE = 70  # a broken promise of our own
    TEMPORARY = 75  # fenced, or a missed deadline: start again from the committed offset
    CONFIGURATION = 78  # a setting, or the state of the outside, that a person must change


class ServiceError(Exception):
    """The root of every error that a service raises on purpose."""


class Rejected(ServiceError):
    """This record can never succeed: it becomes a dead letter.

    Args:
        reason: a stable name of low cardinality, such as ``unknown_layout``.
        detail: one sentence for a person, without the record's text.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Retryable(ServiceError):
    """The world may recover: the lane waits, keeps its offset and tries again.

    Args:
        reason: a stable name of low cardinality, such as ``redis_unavailable``.
        detail: one sentence for a person.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Stale(ServiceError):
    """What a session knows of its index is out of date: abort, learn and validate again."""


class Fatal(ServiceError):
    """To go on would do harm: the process stops with this reason and keeps its offset."""

    def __init__(self, detail: str, status: ExitStatus = ExitStatus.TEMPORARY) -> None:
        super().__init__(detail)
        self.status = status


class BadSetting(Fatal):
    """A setting that a person must change; the message names its variable."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, ExitStatus.CONFIGURATION)
