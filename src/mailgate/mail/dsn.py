"""Reports about mail we sent: delivery status, feedback and disposition, from the stored bytes."""

from __future__ import annotations

from mailgate.mail.reports.values import Report, Said

__all__ = ["Report", "Said"]
