"""Generated mail, each with an id of its own: 5 KB of text, or 50 KB with HTML and attachments."""

from __future__ import annotations

import base64
import quopri
import random
from itertools import count

_WORDS = (
    "Angebot bestellen chair délai facture größe house invoice juillet Käse late müde nächste"
    " offer paper question réponse später table urgent voilà wählen yellow zeitnah"
).split()
_SERIAL = count(1)


class Mail:
    """One generated mail: its ``message_id``, its ``sender``, and its bytes as ``data``."""

    __slots__ = ("data", "message_id", "sender")

    def __init__(self, message_id: str, sender: str, data: bytes) -> None:
        self.message_id = message_id
        self.sender = sender
        self.data = data


class Post:
    """Writes mails; the same ``seed`` writes the same ones."""

    def __init__(self, seed: int, host: str = "src.test") -> None:
        self.chance = random.Random(seed)
        self.host = host

    def text(self, size: int = 5000, answers: str | None = None, author: str | None = None) -> Mail:
        """Return a mail of one 8-bit text part, an answer to a message of that id or to none.

        Without ``author`` it is somebody's who never wrote before.
        """
        head, mail_id, sender = self._head(answers, author)
        head += ["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"]
        start = "\n".join(head).encode() + b"\n\n"
        return Mail(mail_id, sender, start + self._prose(max(200, size - len(start))))

    def rich(self, answers: str | None = None, author: str | None = None) -> Mail:
        """Return a mail of 50 KB: alternative text and HTML, a PDF and an image."""
        head, mail_id, sender = self._head(answers, author)
        head.append('Content-Type: multipart/mixed; boundary="outer"')
        text = self._prose(2500).decode()
        html = "".join(
            f'<p style="margin:0">{line} <a href="https://shop.test/{number}">more</a></p>\n'
            for number, line in enumerate(self._prose(5200).decode().splitlines())
        )
        quoted = quopri.encodestring(html.encode()).decode()
        body = (
            "\n\n--outer\nContent-Type: multipart/alternative; boundary=inner\n\n--inner\n"
            "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
            f"{text}\n--inner\nContent-Type: text/html; charset=utf-8\n"
            "Content-Transfer-Encoding: quoted-printable\n\n<html><body>\n"
            f"{quoted}</body></html>\n--inner--\n"
            f"{self._file('application/pdf', 'offer.pdf', 24000)}"
            f"{self._file('image/png', 'logo.png', 6000)}--outer--\n"
        )
        return Mail(mail_id, sender, ("\n".join(head) + body).encode())

    def big(self, size: int) -> Mail:
        """Return a mail of ``size`` bytes, nearly all of it one attachment that does not shrink."""
        head, mail_id, sender = self._head(None)
        head.append('Content-Type: multipart/mixed; boundary="outer"')
        body = (
            "\n\n--outer\nContent-Type: text/plain\n\nSee the file.\n"
            f"{self._file('application/octet-stream', 'film.bin', int(size / 1.0133 * 3 / 4))}"
            "--outer--\n"
        )
        return Mail(mail_id, sender, ("\n".join(head) + body).encode())

    def _head(self, answers: str | None, author: str | None = None) -> tuple[list[str], str, str]:
        serial = f"{next(_SERIAL)}.{self.chance.getrandbits(64):016x}"
        message_id = f"<{serial}@{self.host}>"
        sender = author or f"ann.{serial}@{self.host}"
        signature = base64.b64encode(self.chance.randbytes(256)).decode()
        head = [
            *(
                f"Received: from relay{hop}.{self.host} (relay{hop}.{self.host} [192.0.2.{hop}])\n"
                f"\tby mx{hop}.example.com (Postfix) with ESMTPS id {serial}\n"
                f"\tfor <info@example.com>; Sun, 22 Nov 2026 1{hop}:00:00 +0000 (UTC)"
                for hop in (3, 2, 1)
            ),
            f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={self.host}; s=2026;\n"
            "\th=from:to:subject:date:message-id; bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=;"
            f"\n\tb={signature}",
            f"From: =?utf-8?q?Ann_M=C3=BCller?= <{sender}>",
            "To: Info <info@example.com>",
            f"Subject: =?utf-8?q?Gr=C3=B6=C3=9Fere_Bestellung_{serial[-6:]}?=",
            "Date: Sun, 22 Nov 2026 12:00:00 +0000",
            f"Message-ID: {message_id}",
            "MIME-Version: 1.0",
        ]
        if answers:
            head += [f"In-Reply-To: {answers}", f"References: {answers}"]
        return head, message_id, sender

    def _prose(self, size: int) -> bytes:
        lines: list[bytes] = []
        while size > 0:
            line = " ".join(self.chance.choices(_WORDS, k=10)).encode() + b"\n"
            lines.append(line)
            size -= len(line)
        return b"".join(lines)

    def _file(self, kind: str, name: str, size: int) -> str:
        data = base64.encodebytes(self.chance.randbytes(size)).decode()
        return (
            f"--outer\nContent-Type: {kind}; name={name}\nContent-Disposition: attachment;"
            f" filename={name}\nContent-Transfer-Encoding: base64\n\n{data}"
        )
