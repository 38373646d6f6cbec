"""How many CPUs this process may use: those of the scheduler, within its container's share.

A container's share is a quota of CPU time in its control group, version 1 or 2 (Linux kernel,
Documentation/admin-guide/cgroup-v2.rst "CPU Interface Files" and scheduler/sched-bwc.rst). More
threads than that are stopped for a part of every period, all at once.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

PROC = Path("/proc/self")
ROOT = Path("/")


class Group(NamedTuple):
    """A control group as a folder, and the folder of the hierarchy's top that can be seen."""

    folder: Path
    top: Path


def usable_cpus() -> int:
    """Give the CPUs that this process may keep busy, at least 1; a part of one counts as one."""
    cpus = _scheduled_cpus()
    quota = cpu_quota()
    return cpus if quota is None else max(1, min(cpus, math.ceil(quota)))


def cpu_quota(proc: Path = PROC, root: Path = ROOT) -> float | None:
    """Give the CPUs' worth of time that the control groups allow; None where nothing limits it.

    Args:
        proc: folder of the process's ``cgroup`` and ``mountinfo``.
        root: of the file system that the mounts are in.
    """
    quotas = [
        quota
        for group in _groups(proc, root)
        for folder in _upwards(group)
        if (quota := _quota(folder)) is not None
    ]
    return min(quotas, default=None)


def _scheduled_cpus() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _groups(proc: Path, root: Path) -> Iterator[Group]:
    """Give the groups of this process that may limit its CPU time, one for each version."""
    paths = dict(_memberships(proc / "cgroup"))
    for line in _lines(proc / "mountinfo"):
        # ID, parent, device, root, mount point, options, optional fields, -, type, source, options
        fields = line.split(" ")
        kind = fields[fields.index("-") + 1 :] if "-" in fields else []
        if len(kind) < 3:
            continue
        version = {"cgroup2": 2, "cgroup": 1}.get(kind[0])
        limits_cpu = version == 2 or "cpu" in kind[2].split(",")
        if version is not None and limits_cpu and version in paths:
            top = root / fields[4].lstrip("/")
            yield Group(top / _below(paths[version], fields[3]), top)


def _memberships(path: Path) -> Iterator[tuple[int, str]]:
    """Give, by version of control groups, the path of this process's group."""
    for line in _lines(path):
        number, controllers, group = line.split(":", 2)
        if number == "0" and not controllers:
            yield 2, group
        elif "cpu" in controllers.split(","):
            yield 1, group


def _below(group: str, mounted: str) -> str:
    """Give where a group is in a mount of the hierarchy from ``mounted`` on; "" is its top.

    Within a container the two may name other places than those that can be seen: then the top is
    the container's own group.
    """
    path, top = Path(group), Path(mounted)
    return str(path.relative_to(top)) if path.is_relative_to(top) and ".." not in path.parts else ""


def _upwards(group: Group) -> Iterator[Path]:
    """Give a group's folder and those above it: each may limit what is in it."""
    folder = group.folder
    while folder != group.top:
        yield folder
        folder = folder.parent
    yield group.top


def _quota(folder: Path) -> float | None:
    """Read a group's CPU time a period; None where it has no limit."""
    if fields := _text(folder / "cpu.max").split():
        return None if fields[0] == "max" else int(fields[0]) / int(fields[1])
    quota, period = (_text(folder / f"cpu.cfs_{name}_us") for name in ("quota", "period"))
    return int(quota) / int(period) if quota and period and int(quota) > 0 else None


def _lines(path: Path) -> list[str]:
    return _text(path).splitlines()


def _text(path: Path) -> str:
    """Read a file that is there on some systems only."""
    try:
        return path.read_text()
    except OSError:
        return ""
