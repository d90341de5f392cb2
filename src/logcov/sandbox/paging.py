"""Lists in pages, the way the providers' are: short, and sometimes empty though more is to come."""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar
from zlib import crc32

T = TypeVar("T")


class BadToken(ValueError):
    """A page token that this list never gave out."""


def token_of(name: str, offset: int, *, empty_first: bool = False) -> str:
    """The token of the page that starts at `offset` of the list called `name`."""
    plain = f"{crc32(name.encode()):08x}.{offset}{'e' if empty_first else ''}"
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def page(items: Sequence[T], *, name: str, token: str, size: int) -> tuple[list[T], str]:
    """The page that `token` names, and the token of the next one (empty after the last).

    A list that does not fit into one page has an empty page after its first: clients that stop at an empty
    page, rather than at a missing token, lose the rest.

    Args:
        items: the whole list.
        name: what tells this list from all others; a token of another list is refused.
        token: as the request gave it; empty for the first page.
        size: the most items of a page; at least 1.

    Raises:
        BadToken: the token is not one of this list's.
    """
    offset, empty = 0, False
    if token:
        try:
            plain = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise BadToken(token) from error
        mark, _, place = plain.partition(".")
        empty = place.endswith("e")
        number = place.removesuffix("e")
        if mark != f"{crc32(name.encode()):08x}" or not number.isdecimal() or int(number) > len(items):
            raise BadToken(token)
        offset = int(number)
    if empty:
        return [], token_of(name, offset)
    following = offset + size
    if following >= len(items):
        return list(items[offset:]), ""
    return list(items[offset:following]), token_of(name, following, empty_first=offset == 0)
