"""Certificates for tests, made by openssl(1): good ones of an own authority, and wrong ones."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

AUTHORITY_CONFIG = """
[ca]
default_ca = own
[own]
database = index.txt
serial = serial
new_certs_dir = .
policy = any
default_md = sha256
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
"""
KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
PAST = ("20200101000000Z", "20210101000000Z")
NOW = ("20200101000000Z", "20480101000000Z")


class Certificates:
    """``authority`` is the CA's certificate; certificate and key of a server are in one file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.authority = folder / "authority.pem"
        (folder / "index.txt").touch()
        (folder / "serial").write_text("01\n")
        (folder / "authority.cnf").write_text(AUTHORITY_CONFIG)
        self._openssl(
            *("req", "-x509", *KEY, "-subj", "/CN=Authority of tests", "-days", "3650"),
            *("-keyout", "authority.key", "-out", "authority.pem"),
        )
        self.good = self._signed("good", "DNS:localhost,IP:127.0.0.1", NOW)
        self.expired = self._signed("expired", "DNS:localhost,IP:127.0.0.1", PAST)
        self.wrong_name = self._signed("wrong", "DNS:mail.elsewhere.test", NOW)
        self.own = self._joined("own", "own.crt")

    def _openssl(self, *arguments: str) -> None:
        done = subprocess.run(["openssl", *arguments], cwd=self._folder, capture_output=True)
        if done.returncode:
            raise AssertionError(f"openssl {arguments[0]}: {done.stderr.decode(errors='replace')}")

    def _signed(self, name: str, names: str, period: tuple[str, str]) -> Path:
        """Return a certificate for these names and that time, signed by the authority."""
        self._openssl(
            *("req", *KEY, "-subj", f"/CN={name}", "-addext", f"subjectAltName={names}"),
            *("-keyout", f"{name}.key", "-out", f"{name}.csr"),
        )
        self._openssl(
            *("ca", "-batch", "-notext", "-config", "authority.cnf"),
            *("-cert", "authority.pem", "-keyfile", "authority.key"),
            *("-startdate", period[0], "-enddate", period[1]),
            *("-in", f"{name}.csr", "-out", f"{name}.crt"),
        )
        return self._joined(name, f"{name}.crt", made=True)

    def _joined(self, name: str, certificate: str, *, made: bool = False) -> Path:
        if not made:
            self._openssl(
                *("req", "-x509", *KEY, "-subj", f"/CN={name}", "-days", "3650"),
                *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
                *("-keyout", f"{name}.key", "-out", certificate),
            )
        joined = self._folder / f"{name}.pem"
        parts = [self._folder / certificate, self._folder / f"{name}.key"]
        joined.write_bytes(b"".join(part.read_bytes() for part in parts))
        return joined

    def server(self, certificate: Path) -> ssl.SSLContext:
        """Return the context of a server that shows this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        return context
