"""An authority of one's own, and the certificates that it gives out: made by openssl."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

from services.common.errors import BadSetting, ExitStatus, Fatal
from services.local import private
from services.local.ports import HOST

OPENSSL_SECONDS = 30


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key, PEM each."""

    certificate: Path
    key: Path

    def together(self, file: Path) -> Path:
        """Write both to one file, as Kafka reads them."""
        return private.write(file, self.key.read_text() + self.certificate.read_text())


class Authority:
    """Signs certificates; ``cafile`` is what those trust who trust it.

    Args:
        folder: where it keeps its own key and what it gives out.
        name: what it is called, and its files.
        days: how long its certificates are good for.
    """

    def __init__(self, folder: Path, name: str = "tests", *, days: int = 1) -> None:
        self._folder = private.folder(folder)
        self._name = name
        self._days = str(days)
        self._own = Certificate(folder / f"{name}.crt", folder / f"{name}.key")
        _openssl(
            *self._sign(f"{name} authority", self._own),
            *("-addext", "basicConstraints=critical,CA:TRUE"),
            *("-addext", "keyUsage=critical,keyCertSign"),
        )

    @property
    def cafile(self) -> Path:
        return self._own.certificate

    def certificate(self, name: str, host: str = f"IP:{HOST}") -> Certificate:
        """Give somebody a certificate.

        Args:
            name: the common name, by which Kafka knows who it is.
            host: the one name at which its owner may be found.
        """
        given = Certificate(self._folder / f"{name}.crt", self._folder / f"{name}.key")
        _openssl(
            *self._sign(name, given),
            *("-CA", str(self._own.certificate), "-CAkey", str(self._own.key)),
            *("-addext", f"subjectAltName={host}"),
            *("-addext", "basicConstraints=critical,CA:FALSE"),
        )
        return given

    def lock(self, given: Certificate, file: Path, password: str) -> None:
        """Write the key of a certificate to a file, encrypted."""
        _openssl(
            *("pkcs8", "-topk8", "-in", str(given.key), "-out", str(file)),
            *("-passout", f"pass:{password}"),
        )

    def server_context(self, certificate: Certificate, *, asks: bool = False) -> ssl.SSLContext:
        """Give the context of a server that shows its certificate, and may ask for one."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=self.cafile)
        context.load_cert_chain(certificate.certificate, certificate.key)
        context.verify_mode = ssl.CERT_REQUIRED if asks else ssl.CERT_NONE
        return context

    def _sign(self, name: str, files: Certificate) -> tuple[str, ...]:
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
        out = ("-keyout", str(files.key), "-out", str(files.certificate))
        return ("req", "-x509", "-days", self._days, "-subj", f"/CN={name}", *curve, *out)


def program() -> str:
    """Give the path of openssl.

    Raises:
        BadSetting: there is none.
    """
    found = shutil.which("openssl")
    if found is None:
        raise BadSetting(
            "certificates are made by openssl, and there is none: install it (3.0 or later)"
        )
    return found


def _openssl(*arguments: str) -> None:
    done = subprocess.run(  # noqa: S603
        [program(), *arguments],
        capture_output=True,
        text=True,
        timeout=OPENSSL_SECONDS,
        check=False,
    )
    if done.returncode:
        raise Fatal(
            f"openssl made no certificate; 3.0 or later is needed: {done.stderr.strip()}",
            ExitStatus.CONFIGURATION,
        )
