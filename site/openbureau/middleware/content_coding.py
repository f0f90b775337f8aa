"""Content codings: which of them a client takes, and bytes in each of them. Knows nothing of this site."""

import gzip
from collections.abc import Callable, Mapping
from functools import lru_cache

import brotli
import zstandard
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

IDENTITY = ""
"""The coding that changes nothing; it has no name in headers."""

ENCODERS: Mapping[str, Callable[[bytes, bool], bytes]] = {
    "br": lambda data, small: brotli.compress(data, quality=9 if small else 5),
    "zstd": lambda data, small: zstandard.compress(data, 12 if small else 6),
    "gzip": lambda data, small: gzip.compress(data, 9 if small else 6, mtime=0),
}
"""The codings, the densest first, as IANA names them."""

DECODERS: Mapping[str, Callable[[bytes], bytes]] = {
    "br": brotli.decompress,
    "zstd": zstandard.decompress,
    "gzip": gzip.decompress,
}

MIN_BYTES = 256
"""What is smaller gains nothing."""

_TEXTS = ("text/", "image/svg+xml", "application/json", "application/xml", "application/javascript")


def chosen(accept_encoding: str) -> str:
    """The coding for a client with this `Accept-Encoding` (RFC 9110, 12.5.3); IDENTITY if it takes none."""
    if not accept_encoding or len(accept_encoding) > 200:
        return IDENTITY
    return _chosen(accept_encoding)


@lru_cache(maxsize=512)
def _chosen(accept_encoding: str) -> str:
    accepted = parse_accept_header(accept_encoding, Accept)
    weights = {coding: accepted.quality(coding) for coding in ENCODERS}
    best = max(weights, key=lambda coding: weights[coding])  # of equal weights the densest
    return best if weights[best] > 0 else IDENTITY


def encoded(data: bytes, coding: str, *, small: bool = False) -> bytes:
    """The data in a coding; `small` takes its time, for what is compressed once and read often."""
    return ENCODERS[coding](data, small) if coding else data


def decoded(data: bytes, coding: str) -> bytes:
    """The data that `encoded` was given."""
    return DECODERS[coding](data) if coding else data


def is_worth_it(content_type: str, size: int) -> bool:
    """Whether such content gets smaller: texts do, what is compressed already does not."""
    kind = content_type.partition(";")[0].strip().lower()
    return size >= MIN_BYTES and (kind.startswith(_TEXTS) or kind.endswith(("+json", "+xml")))
