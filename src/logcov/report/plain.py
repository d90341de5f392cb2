"""Text from clouds made harmless: what it says is shown, what it would do to a terminal or a page is not done."""

import re
import unicodedata
from functools import lru_cache

_HALVES = re.compile("[\ud800-\udfff]")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})


def _escaped(character: str) -> str:
    code = ord(character)
    known = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character)
    if known is not None:
        return known
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004


@lru_cache(maxsize=65536)
def visible(text: str) -> str:
    r"""The text on one line, with everything that cannot be seen written out (`\n`, `\x1b`, `\u202e`).

    That is: control characters and so every terminal escape, marks that turn the direction of writing,
    zero-width characters, any white space but the plain space, and halves of surrogate pairs.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        _escaped(character) if character != " " and unicodedata.category(character) in _UNSEEN else character
        for character in text
    )


def clipped(text: str, most: int) -> str:
    """The text, or its first `most` characters and a mark that says how many are left out."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most} more characters)"


def one_line(text: str) -> str:
    """Prose of several lines as one line: white space runs become one space, the rest is made visible."""
    return visible(" ".join(text.split()))


def plural(number: int, one: str, many: str = "") -> str:
    """The number and its noun: `1 gap`, `2 gaps`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def writable(json_text: str) -> str:
    """JSON that can be written as UTF-8: halves of surrogate pairs, legal only when escaped, are escaped."""
    return _HALVES.sub(lambda found: f"\\u{ord(found.group()):04x}", json_text)
