"""Memory that is free goes back to the system.

glibc raises the size from which a block is mapped apart each time that such a block is freed:
after the first long feed, long bodies lie between small things and leave holes there that
stay. Measured after fifty hostile feeds of up to 5 MB: 114 MB over the start without this, 24
MB with it.
"""

from __future__ import annotations

import ctypes
from contextlib import suppress

MAPPED_APART_BYTES = 256 * 1024
# For a child, whose allocator reads it when it starts.
ENVIRONMENT = {"MALLOC_MMAP_THRESHOLD_": str(MAPPED_APART_BYTES)}

_M_MMAP_THRESHOLD = -3


def frugal() -> None:
    """Map blocks of this size apart, for good; on a system without glibc nothing is done."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, MAPPED_APART_BYTES)
