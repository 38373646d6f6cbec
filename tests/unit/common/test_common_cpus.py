"""CPUs of this process."""

import os

import pytest

from services.common import cpus
from services.common.cpus import cpu_quota, usable_cpus

V2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate"
V1 = "32 31 0:29 {root} /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct"
OTHERS = (
    "20 1 8:1 / / rw - ext4 /dev/vda rw",
    "33 31 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory",
)


@pytest.fixture
def machine(tmp_path):
    """Give a function that writes the files of a process and its control groups."""

    def make(memberships, mounts, files):
        proc = tmp_path / "proc"
        proc.mkdir()
        (proc / "cgroup").write_text("\n".join(memberships) + "\n")
        (proc / "mountinfo").write_text("\n".join((*OTHERS, *mounts)) + "\n")
        for name, content in files.items():
            path = tmp_path / "sys" / "fs" / "cgroup" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content + "\n")
        return cpu_quota(proc, tmp_path)

    return make


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system binds no processes")
def test_cpus_that_are_not_ours_do_not_count(monkeypatch):
    monkeypatch.setattr(cpus, "cpu_quota", lambda: None)
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(ours)})
    try:
        assert usable_cpus() == 1
    finally:
        os.sched_setaffinity(0, ours)
    assert usable_cpus() == len(ours)


@pytest.mark.parametrize(
    ("quota", "scheduled", "usable"),
    [(None, 8, 8), (0.1, 8, 1), (1.0, 8, 1), (1.5, 8, 2), (4.0, 8, 4), (16.0, 8, 8)],
)
def test_a_quota_is_rounded_up_and_never_beyond_the_scheduler(
    monkeypatch, quota, scheduled, usable
):
    monkeypatch.setattr(cpus, "cpu_quota", lambda: quota)
    monkeypatch.setattr(cpus, "_scheduled_cpus", lambda: scheduled)
    assert usable_cpus() == usable


def test_a_container_of_version_2_sees_its_own_group_as_the_top(machine):
    assert machine(["0::/"], [V2], {"cpu.max": "250000 100000"}) == 2.5


def test_no_limit_is_none(machine):
    assert machine(["0::/"], [V2], {"cpu.max": "max 100000"}) is None


def test_the_groups_above_limit_too(machine):
    files = {
        "kube/cpu.max": "150000 100000",
        "kube/pod/cpu.max": "max 100000",
        "kube/pod/box/cpu.max": "400000 100000",
        "other/cpu.max": "10000 100000",
    }
    assert machine(["0::/kube/pod/box"], [V2], files) == 1.5


def test_version_1_has_quota_and_period_in_files_of_their_own(machine):
    files = {
        "cpu,cpuacct/box/cpu.cfs_quota_us": "300000",
        "cpu,cpuacct/box/cpu.cfs_period_us": "100000",
        "cpu,cpuacct/cpu.cfs_quota_us": "-1",
        "cpu,cpuacct/cpu.cfs_period_us": "100000",
    }
    assert machine(["3:cpu,cpuacct:/box", "2:memory:/x"], [V1.format(root="/")], files) == 3


def test_a_container_of_version_1_has_its_group_mounted_at_the_top(machine):
    files = {
        "cpu,cpuacct/cpu.cfs_quota_us": "50000",
        "cpu,cpuacct/cpu.cfs_period_us": "100000",
    }
    mount = V1.format(root="/docker/abc")
    assert machine(["3:cpu,cpuacct:/docker/abc"], [mount], files) == 0.5


def test_a_group_outside_of_the_mount_falls_back_to_its_top(machine):
    assert machine(["0::/../../elsewhere"], [V2], {"cpu.max": "100000 100000"}) == 1


def test_both_versions_side_by_side_take_the_lower_limit(machine):
    files = {
        "cpu,cpuacct/cpu.cfs_quota_us": "200000",
        "cpu,cpuacct/cpu.cfs_period_us": "100000",
    }
    mounts = [V1.format(root="/"), V2.replace("/sys/fs/cgroup", "/sys/fs/cgroup/unified")]
    files["unified/cpu.max"] = "300000 100000"
    assert machine(["3:cpu,cpuacct:/", "0::/"], mounts, files) == 2


def test_a_system_without_control_groups_has_no_limit(tmp_path):
    assert cpu_quota(tmp_path / "no proc", tmp_path) is None
