"""An authority of a test's own, and the certificates that it gives out."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key, PEM each."""

    certificate: Path
    key: Path

    def together(self, file: Path) -> Path:
        """Write both to one file, as Kafka reads them."""
        file.write_text(self.key.read_text() + self.certificate.read_text())
        return file


class Authority:
    """Signs certificates that are good for a day; ``cafile`` is what those trust who trust it."""

    def __init__(self, folder: Path, name: str = "tests") -> None:
        self._folder = folder
        self._name = name
        folder.mkdir(parents=True, exist_ok=True)
        self._own = Certificate(folder / f"{name}.crt", folder / f"{name}.key")
        _openssl(
            *("req", "-x509", "-days", "1", "-subj", f"/CN={name} authority", *_new_key(self._own)),
            *("-addext", "basicConstraints=critical,CA:TRUE"),
            *("-addext", "keyUsage=critical,keyCertSign"),
        )

    @property
    def cafile(self) -> Path:
        return self._own.certificate

    def certificate(self, name: str, host: str = "IP:127.0.0.1") -> Certificate:
        """Give somebody a certificate.

        Args:
            name: the common name, by which Kafka knows who it is.
            host: the one name at which its owner may be found.
        """
        given = Certificate(self._folder / f"{name}.crt", self._folder / f"{name}.key")
        _openssl(
            *("req", "-x509", "-days", "1", "-subj", f"/CN={name}", *_new_key(given)),
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


def _new_key(files: Certificate) -> tuple[str, ...]:
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    return (*curve, "-keyout", str(files.key), "-out", str(files.certificate))


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=30)
