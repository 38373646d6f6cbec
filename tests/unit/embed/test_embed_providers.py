"""A GPU is used or refused, never replaced in silence."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from services.common.errors import ExitStatus, Fatal
from services.embed import providers
from services.embed.providers import device_of, unloadable


def test_a_gpu_that_was_asked_for_and_cannot_be_used_ends_the_start() -> None:
    with pytest.raises(Fatal, match=r"built for the CPU alone.*headrace\[gpu\]") as caught:
        device_of("cuda")
    assert caught.value.status == ExitStatus.CONFIGURATION


def test_without_a_gpu_the_choice_falls_on_the_cpu() -> None:
    assert device_of("auto") == device_of("cpu") == "cpu"


def test_a_gpu_that_can_be_used_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "missing_for_cuda", lambda: None)
    assert device_of("auto") == device_of("cuda") == "cuda"


def test_a_library_that_is_missing_is_named(tmp_path: Path) -> None:
    assert "no-such.so" in (unloadable(tmp_path / "no-such.so") or "")


@pytest.mark.skipif(shutil.which("cc") is None, reason="no compiler of C to make libraries with")
def test_what_a_library_misses_is_named(tmp_path: Path) -> None:
    source, needed, library = (tmp_path / name for name in ("a.c", "libneeded.so.1", "liba.so"))
    source.write_text("int answer(void) { return 42; }")
    compiler = shutil.which("cc") or ""
    for command in (
        [compiler, "-shared", "-o", needed, source, "-Wl,-soname,libneeded.so.1"],
        [compiler, "-shared", "-Wl,--no-as-needed", "-o", library, source, needed],
    ):
        subprocess.run(command, check=True)
    needed.unlink()
    told = unloadable(library) or ""
    assert "libneeded.so.1" in told
    assert "headrace[gpu]" in told
