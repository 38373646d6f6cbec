from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

PAGES = Path(__file__).parents[3] / "deploy" / "demo" / "pages"


def demo(tmp_path, *args, **variables):
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("HEADRACE_")},
        **{name: os.environ[name] for name in ("HEADRACE_CACHE_DIR",) if name in os.environ},
        "TMPDIR": str(tmp_path),
        "HEADRACE_EMBED__ENCODER": "fake",
        **variables,
    }
    return subprocess.run(
        [sys.executable, "-m", "services.cli", "demo", *args],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def left_over(folder):
    lines = (
        " ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])
    )
    return [line for line in lines if str(folder) in line]


@pytest.mark.slow
def test_the_demo_goes_the_whole_way_and_leaves_nothing(tmp_path):
    # An address of the user's own must not be fed: nobody listens on port 1.
    found = demo(tmp_path, "--pages", str(PAGES), HEADRACE_KAFKA__BOOTSTRAP_SERVERS="127.0.0.1:1")
    assert found.returncode == 0, found.stdout + found.stderr
    assert "The ledger agrees." in found.stdout
    assert re.search(r"cosine  paper +nearest neighbour\s+ 0\.\d{3}  \w", found.stdout)
    assert "texts/s" in found.stdout
    assert "kcat -P" in found.stdout
    assert list(tmp_path.glob("headrace-demo-*")) == []
    assert left_over(tmp_path) == []


@pytest.mark.slow
def test_a_demo_without_papers_fails_and_keeps_its_logs(tmp_path):
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "empty.txt").write_bytes(b"")
    found = demo(tmp_path, "--pages", str(tmp_path / "pages"))
    assert found.returncode == 1, found.stdout + found.stderr
    assert "1 ingest" in found.stdout
    (folder,) = tmp_path.glob("headrace-demo-*")
    assert (folder / "log" / "ingest.log").stat().st_size > 0
    assert str(folder / "log") in found.stderr
    assert left_over(tmp_path) == []
