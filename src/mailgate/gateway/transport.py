"""The channel that ``[outgoing]`` of the configuration file describes."""

from __future__ import annotations

from mailgate.channels.outgoing import Channel
from mailgate.entities.server import Access
from mailgate.errors import ConfigurationError
from mailgate.gateway.fetch.password import password
from mailgate.outgoing import Outgoing


def channel(outgoing: Outgoing | None) -> Channel:
    """Return the channel; raises ConfigurationError where there is none.

    Nothing is connected, and no password is read, before something is to be sent.
    """
    if outgoing is None or outgoing.transport == "none":
        raise ConfigurationError(
            "nothing is sent: set transport in [outgoing] of mailgate.toml to smtp or sendmail"
        )
    if outgoing.transport == "sendmail":
        from mailgate.channels.sendmail import Sendmail

        return Sendmail(outgoing.sendmail)
    from mailgate.channels.smtp import Smtp
    from mailgate.channels.smtp_session import Settings

    access = Access(outgoing.password_file, outgoing.password_command)
    return Smtp(
        Settings(
            host=outgoing.host,
            port=outgoing.port,
            security=outgoing.security,
            user=outgoing.user,
            secret=lambda: password(access),
            helo=outgoing.helo,
        )
    )
