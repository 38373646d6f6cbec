"""A packed page is unpacked, and never more of it than a page may have."""

from __future__ import annotations

import contextlib
import gzip
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import cramjam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.common.errors import Rejected
from services.ingest.packed import unpacked

ROOT = Path(__file__).parents[3]
PAGE = "A page about gannets, größer als nichts.\n".encode() * 400
MOST = 20_000


def bare(page: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(page) + packer.flush()


PACKERS: dict[str, tuple[Callable[[bytes], bytes], str | None]] = {
    "gzip": (gzip.compress, None),
    "gzip that is announced": (gzip.compress, "gzip"),
    "gzip by another name": (gzip.compress, "br"),
    "zstd": (lambda page: bytes(cramjam.zstd.compress(page)), None),
    "brotli": (lambda page: bytes(cramjam.brotli.compress(page)), "br"),
    "brotli, last of a list": (lambda page: bytes(cramjam.brotli.compress(page)), "identity, BR"),
    "deflate": (zlib.compress, "deflate"),
    "deflate without a frame": (bare, "deflate"),
}
each_packer = pytest.mark.parametrize(("pack", "encoding"), PACKERS.values(), ids=PACKERS)


@each_packer
def test_a_packed_page_is_unpacked(pack, encoding):
    assert unpacked(pack(PAGE), encoding=encoding, most=MOST) == PAGE


@each_packer
def test_a_page_at_the_limit_is_taken_and_one_byte_more_is_not(pack, encoding):
    assert len(unpacked(pack(b"\xfc" * MOST), encoding=encoding, most=MOST)) == MOST
    with pytest.raises(Rejected, match="page_too_large"):
        unpacked(pack(b"\xfc" * (MOST + 1)), encoding=encoding, most=MOST)


@each_packer
def test_a_stream_that_was_cut_is_refused(pack, encoding):
    whole = pack(PAGE)
    for size in (4, len(whole) // 2, len(whole) - 1):
        with pytest.raises(Rejected, match="bad_compression"):
            unpacked(whole[:size], encoding=encoding, most=MOST)


@given(st.binary(), st.sampled_from([b"", b"\x1f\x8b", b"\x1f\x8b\x08\x00", b"\x28\xb5\x2f\xfd"]))
def test_whatever_comes_there_is_a_page_or_a_reason(body, start):
    for encoding in (None, "br", "deflate", "gzip", ""):
        with contextlib.suppress(Rejected):
            assert len(unpacked(start + body, encoding=encoding, most=MOST)) <= MOST


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip", "zstd"])
def test_text_is_left_alone_whatever_is_announced(encoding):
    assert unpacked(PAGE, encoding=encoding, most=MOST) == PAGE


def test_what_nobody_announces_is_left_alone():
    for pack in (zlib.compress, cramjam.brotli.compress):
        assert unpacked(bytes(pack(PAGE)), encoding=None, most=MOST) == bytes(pack(PAGE))


def test_members_one_after_the_other_are_one_page():
    assert unpacked(gzip.compress(PAGE) * 2, encoding=None, most=2 * MOST) == PAGE * 2
    assert unpacked(bytes(cramjam.zstd.compress(PAGE)) * 2, encoding=None, most=2 * MOST) == (
        PAGE * 2
    )


MEASURE = """
import resource, sys
from pathlib import Path
from services.common.errors import Rejected
from services.ingest.packed import unpacked

body = Path(sys.argv[1]).read_bytes()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    unpacked(body, encoding=sys.argv[2], most=4 * 1024 * 1024)
except Rejected as rejected:
    print(rejected.reason, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize("coding", ["gzip", "zstd", "br", "deflate"])
def test_a_bomb_takes_no_more_memory_than_a_page(coding, tmp_path):
    pack = {
        "gzip": lambda page: gzip.compress(page, 1),
        "zstd": cramjam.zstd.compress,
        "br": lambda page: cramjam.brotli.compress(page, level=1),
        "deflate": lambda page: zlib.compress(page, 1),
    }[coding]
    bomb = tmp_path / "bomb"
    bomb.write_bytes(bytes(pack(bytes(256 * 1024 * 1024))))
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(bomb), coding],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    reason, kib = done.stdout.split()
    assert reason == "page_too_large"
    # The page, a copy of it while it grows, and the window of the packer.
    assert int(kib) < 20 * 1024
