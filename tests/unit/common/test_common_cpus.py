"""CPUs of this process."""

import os

import pytest

from services.common.cpus import usable_cpus


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system binds no processes")
def test_cpus_that_are_not_ours_do_not_count():
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(ours)})
    try:
        assert usable_cpus() == 1
    finally:
        os.sched_setaffinity(0, ours)
    assert usable_cpus() == len(ours)
