"""Is a zip archive refused that has too many members, or sizes that it cannot have?"""

import io
import struct
import subprocess
import sys
import zipfile

import pytest

from convcheck.untrusted.files import Unreadable
from convcheck.untrusted.zips import open_zip


def zipped(names=("a", "b"), method=zipfile.ZIP_STORED, data=b"data" * 100):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name in names:
            archive.writestr(name, data)
    return buffer.getvalue()


def read(data, *, members=10, stored=False):
    with open_zip(io.BytesIO(data), len(data), members=members, stored=stored) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def patched(data, signature, at, value):
    """With another field in the header that has this signature."""
    place = data.rindex(signature) + at
    return data[:place] + value + data[place + len(value) :]


def test_is_a_right_archive_read():
    assert read(zipped()) == {"a": b"data" * 100, "b": b"data" * 100}
    assert read(zipped(method=zipfile.ZIP_DEFLATED))["a"] == b"data" * 100
    assert read(zipped(()), members=0) == {}


HUGE = struct.pack("<L", 2**31)
WRONG = {
    "empty": (b"", "cut short or damaged"),
    "text": (b"no zip" * 50, "cut short or damaged"),
    "cut short": (zipped()[:-1], "cut short or damaged"),
    "members": (zipped([str(i) for i in range(11)]), "has 11 members; 10 are the most"),
    "a count that lies": (patched(zipped(), b"PK\5\6", 10, b"\xff\x7f"), "has 32,767 members"),
    "a directory of 2 GB": (patched(zipped(), b"PK\5\6", 12, HUGE), "members; 10 are the most"),
    "a size that lies": (patched(zipped(), b"PK\1\2", 24, HUGE), "has two sizes"),
    "both sizes lie": (patched(zipped(), b"PK\1\2", 20, HUGE + HUGE), "larger than the archive"),
    "an unknown method": (patched(zipped(), b"PK\1\2", 10, b"\x63\0"), "is compressed"),
    "lzma": (zipped(method=zipfile.ZIP_LZMA), "expected it stored or deflated"),
    "encrypted": (patched(zipped(), b"PK\1\2", 8, b"\1\0"), "is encrypted"),
    "other data": (zipped().replace(b"datadata", b"dataDATA", 1), "CRC"),
    "an escape in a name": (patched(zipped(["\x1b[2J"]), b"PK\1\2", 10, b"\x63\0"), "compressed"),
}


@pytest.mark.parametrize("what", WRONG)
def test_is_a_wrong_archive_refused(what):
    data, words = WRONG[what]
    with pytest.raises(Unreadable, match=words) as refused:
        read(data)
    assert str(refused.value).isprintable()


def test_is_a_deflated_member_refused_where_none_may_be():
    with pytest.raises(Unreadable, match="a in the archive is compressed; expected it stored"):
        read(zipped(method=zipfile.ZIP_DEFLATED), stored=True)


def test_is_a_directory_of_64_bits_counted():
    """More than 65,535 members are counted in a record of their own."""
    data = zipped([str(i) for i in range(66_000)], data=b"")
    assert b"PK\6\6" in data
    with pytest.raises(Unreadable, match="has 66,000 members; 1,000 are the most"):
        read(data, members=1000)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems count otherwise")
def test_does_what_needs_more_than_there_is_get_a_memory_error():
    code = (
        "from convcheck.untrusted.memory import available, within_memory\n"
        "try:\n"
        "    with within_memory():\n"
        "        bytearray(available() + (1 << 30))\n"
        "except MemoryError:\n"
        "    print('refused')\n"
        "bytearray(1 << 20)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "refused\n"
