"""TLS as every channel speaks it: verified against the system's CAs and the name of the host.

imaplib, poplib and smtplib verify nothing unless they are given such a context. The environment's
``SSL_CERT_FILE`` names other CAs, as for every program that uses OpenSSL.
"""

from __future__ import annotations

import socket
import ssl

from mailgate.errors import ConfigurationError, TemporaryError

_REASONS = {
    9: "its certificate is not valid yet: check this machine's clock",
    10: "its certificate has expired",
    18: "its certificate is signed by itself, by no authority this system trusts",
    19: "its certificate comes from an authority this system does not trust",
    20: "its certificate comes from an authority this system does not trust",
    21: "its certificate comes from an authority this system does not trust",
    62: "its certificate is for another name",
    64: "its certificate is for another name",
}
"""X509_V_ERR numbers of OpenSSL."""


def context() -> ssl.SSLContext:
    """Return a client's context: certificate and host name are verified, TLS 1.2 at least."""
    return ssl.create_default_context()


def wrap(connected: socket.socket, host: str) -> ssl.SSLSocket:
    """Begin TLS with ``host`` on a connected socket whose time-out is set.

    Raises ConfigurationError where the certificate is not to be trusted, TemporaryError for any
    other failure; the text is one line. On failure the socket is closed.
    """
    try:
        return context().wrap_socket(connected, server_hostname=host)
    except (OSError, ValueError) as error:
        connected.close()
        raise refusal(host, error) from None


def refusal(host: str, error: Exception) -> TemporaryError:
    """Return what to tell people of an error that ssl raised while TLS began."""
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = _REASONS.get(error.verify_code, f"its certificate: {error.verify_message}")
        return ConfigurationError(f"{host} is not trusted: {reason}")
    if isinstance(error, TimeoutError):
        return TemporaryError(f"{host} does not answer while TLS begins")
    if isinstance(error, ssl.SSLError) and error.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST"):
        return TemporaryError(f"{host} does not speak TLS on this port (perhaps STARTTLS?)")
    detail = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
    return TemporaryError(f"{host}: TLS fails: {str(detail)[:100]}")
