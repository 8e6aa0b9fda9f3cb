"""Texts that try to be more than one value of one header field."""

from __future__ import annotations

from hypothesis import strategies as st

CHARACTERS = 'ab :;,=?_<>@",\\()[]%\r\n\t\0\x0b\x0c\x1b\x7f\x85é\u200b\u202e\u2028\u2029\ud800😀'
PIECES = [*CHARACTERS, "=?", "?=", "=?utf-8?q?=0d=0aBcc:_x?=", "\r\nBcc: eve@evil.org\r\n", "\n\n"]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)
"""Text as a person, a file system or a decoded header may hold it."""
BYTES = st.one_of(
    st.lists(
        st.sampled_from(
            [bytes((n,)) for n in (*range(64), 127, 128, 133, 160, 228, 255)]
            + [b"\r\n ", b"\n\t", b"boundary=", b'"', b"text/plain", b"; name*0*=utf-8''%0d%0a"]
        ),
        max_size=60,
    ).map(b"".join),
    st.binary(max_size=60),
)
"""A raw header value as mail brings it."""
