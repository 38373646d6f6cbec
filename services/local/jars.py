"""Java, and Kafka's jars: fetched once by Maven, then kept in the cache."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.common.errors import BadSetting, ExitStatus, Fatal

KAFKA_VERSION = "4.3.1"
JAVA_VERSION = 17
POM = Path(__file__).with_name("pom.xml")
FETCH_SECONDS = 900
WAYS_OUT = (
    f"install Java {JAVA_VERSION} or later and Maven, or run the stack with `docker compose up`"
)


def java() -> Path:
    """Give the path of a Java that can run Kafka: of JAVA_HOME, or on the PATH.

    Raises:
        BadSetting: there is none, or it is too old; says the two ways out.
    """
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")
    if found is None:
        raise BadSetting(f"Kafka needs Java, and there is none: {WAYS_OUT}")
    version = _java_version(found)
    if version < JAVA_VERSION:
        raise BadSetting(f"Kafka needs Java {JAVA_VERSION}, {found} is Java {version}: {WAYS_OUT}")
    return Path(found)


def are_cached(cache: Path) -> bool:
    """Tell whether the jars are there, so that nothing has to be fetched."""
    return _folder(cache).is_dir()


def fetch(cache: Path) -> Path:
    """Give the folder of Kafka's jars, fetched where they are not in the cache.

    Two processes may do so at once: one fetches, the other waits for it.

    Raises:
        BadSetting: they must be fetched and there is no Maven; says the two ways out.
        Fatal: Maven could not fetch them; with what it said.
    """
    folder = _folder(cache)
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with _alone(cache / f"{folder.name}.lock"):
        if not folder.is_dir():
            _fetch_into(folder)
    return folder


def _folder(cache: Path) -> Path:
    return cache / f"kafka-{KAFKA_VERSION}"


def _fetch_into(folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise BadSetting(f"Kafka's jars need Maven to be fetched, and there is none: {WAYS_OUT}")
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
        jars = Path(temporary) / "jars"
        _copy_dependencies(maven, jars)
        # A fetch that was killed leaves no folder of this name, so that one is always whole.
        jars.rename(folder)


def _copy_dependencies(maven: str, jars: Path) -> None:
    command = [maven, "-q", "-B", "-f", str(POM), "dependency:copy-dependencies"]
    options = ["-DincludeScope=runtime", f"-DoutputDirectory={jars}"]
    try:
        done = subprocess.run(  # noqa: S603
            command + options, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Fatal(
            f"Maven did not fetch Kafka's jars within {FETCH_SECONDS} s", ExitStatus.UNAVAILABLE
        ) from error
    if done.returncode:
        said = "\n".join(f"  {line}" for line in done.stdout.splitlines()[:8])
        raise Fatal(f"Maven could not fetch Kafka's jars:\n{said}", ExitStatus.UNAVAILABLE)


def _java_version(program: str) -> int:
    """Give the major version; 0 where the program does not say one, 1 for Java 8 and earlier."""
    done = subprocess.run(  # noqa: S603
        [program, "-version"], capture_output=True, text=True, timeout=30, check=False
    )
    found = re.search(r'version "(\d+)', done.stderr)
    return int(found.group(1)) if found else 0


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Hold the lock file; the kernel releases it if this process dies."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
