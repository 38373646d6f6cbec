"""The past of a Valkey server, as its append-only file keeps it, and how some of it is lost."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from services.local.valkey import ValkeyServer

SAMPLE_SECONDS = 0.1
SNAPSHOT_SECONDS = 5.0
KEPT_SECONDS = 30.0
TORN_BYTES = 60


@dataclass(frozen=True)
class Moment:
    """How long the newest append-only file was at a monotonic time."""

    at: float
    file: Path
    size: int


class History:
    """Takes note of a server's past, so that it can come back with a part of it.

    Valkey keeps a base file and appends each write to the newest ``*.incr.aof``; at its start it
    drops a torn command at that file's end. What comes back is always a prefix of what was: a
    snapshot from a past that was lost since is none, and is forgotten.
    """

    def __init__(self, server: ValkeyServer, folder: Path) -> None:
        self._data = server.data / "appendonlydir"
        self._folder = folder
        self._moments: deque[Moment] = deque()
        self._snapshots: list[tuple[float, Path]] = []
        self._count = 0

    async def run(self) -> None:
        """Take note until cancelled."""
        while True:
            now = time.monotonic()
            self._sample(now)
            if not self._snapshots or now - self._snapshots[-1][0] >= SNAPSHOT_SECONDS:
                self._snapshot(now)
            await asyncio.sleep(SAMPLE_SECONDS)

    def cut(self, seconds: float, source: random.Random) -> str:
        """Cut the last seconds of writes off, within a command; the server must be down.

        Returns:
            what was lost, for people.
        """
        now = time.monotonic()
        file = self._newest()
        before = file.stat().st_size
        known = [each for each in self._moments if each.file == file and each.at <= now - seconds]
        # Never beyond its end: at its start the server itself takes a torn command off.
        size = min(before, known[-1].size if known else 0) - source.randrange(TORN_BYTES)
        size = max(0, size)
        os.truncate(file, size)
        self._forget(now - seconds)
        return f"{before - size} of {before} bytes lost, {seconds:.1f} s"

    def restore(self, share: float) -> str:
        """Put one of the snapshots in the place of the data; the server must be down.

        Args:
            share: which, between 0 for the oldest and 1 for the newest.
        """
        taken, snapshot = self._snapshots[int(share * len(self._snapshots))]
        shutil.rmtree(self._data)
        shutil.copytree(snapshot, self._data)
        self._forget(taken)
        return f"as of {time.monotonic() - taken:.1f} s before"

    def _sample(self, now: float) -> None:
        file = self._newest()
        self._moments.append(Moment(now, file, file.stat().st_size))
        while now - self._moments[0].at > KEPT_SECONDS:
            self._moments.popleft()

    def _snapshot(self, now: float) -> None:
        self._count += 1
        snapshot = self._folder / f"snapshot-{self._count}"
        shutil.copytree(self._data, snapshot)
        self._snapshots.append((now, snapshot))
        while now - self._snapshots[0][0] > KEPT_SECONDS:
            shutil.rmtree(self._snapshots.pop(0)[1])

    def _forget(self, since: float) -> None:
        """Forget what was after a moment: it never was."""
        self._moments = deque(each for each in self._moments if each.at <= since)
        for _, snapshot in (gone := [each for each in self._snapshots if each[0] > since]):
            shutil.rmtree(snapshot)
        self._snapshots = [each for each in self._snapshots if each not in gone]

    def _newest(self) -> Path:
        files = self._data.glob("appendonly.aof.*.incr.aof")
        return max(files, key=lambda file: int(file.name.split(".")[2]))
