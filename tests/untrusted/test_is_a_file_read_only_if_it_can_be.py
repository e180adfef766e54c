"""Is a file read only if it is a regular one, of a size that is right and not too large?"""

import os
import resource
import socket
import struct
import subprocess
import sys

import numpy as np
import pytest

from convcheck.errors import UsageError
from convcheck.untrusted import memory
from convcheck.untrusted.files import Unreadable, open_regular, read_regular
from convcheck.untrusted.npy import Header, parse_header, read_header, read_npy


def npy(header: bytes, data: bytes = b"", *, length: int | None = None, version: int = 1) -> bytes:
    size = len(header) if length is None else length
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H", size) + header + data


def header(descr="'<f4'", order="False", shape="(3,)"):
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}".encode()


WRONG = {
    "empty": (b"", "does not begin as"),
    "half a magic": (b"\x93NUM", "does not begin as"),
    "a zip": (b"PK\3\4" + bytes(50), "several arrays"),
    "a header of one byte": (npy(b"{", length=1), "describes no array"),
    "a header beyond the file": (npy(header(), length=9000), "would have 9,000 bytes"),
    "5,000 minus signs": (npy(b"-" * 5000), "describes no array"),
    "deep nesting": (npy(b"(" * 5000), "describes no array"),
    "a call": (npy(header(shape="(print(1),)")), "describes no array"),
    "cut short": (npy(header(), bytes(11)), "it is cut short, or its header is wrong"),
    "too long": (npy(header(), bytes(13)), "it is cut short, or its header is wrong"),
    "a shape that lies": (npy(header(shape="(99999999, 99999)"), bytes(12)), "cut short"),
    "booleans for a shape": (npy(header(shape="(True,)"), bytes(4)), "describes no array"),
    "a negative shape": (npy(header(shape="(-3,)"), bytes(12)), "describes no array"),
    "a float shape": (npy(header(shape="(3.0,)"), bytes(12)), "describes no array"),
    "a number for a shape": (npy(header(shape="(3)"), bytes(12)), "as a number"),
    "26 digits": (npy(header(shape=f"({'9' * 26},)"), bytes(12)), "larger than any array"),
    "a product that overflows": (npy(header(shape="(4294967296, 4294967296)")), "larger than any"),
    "overflow hidden by 0": (npy(header(shape=f"({'9' * 19}, {'9' * 19}, 0)")), "larger than any"),
    "65 axes": (npy(header(shape=f"({'1, ' * 65})"), bytes(4)), "larger than any"),
    "objects": (npy(header("'|O'"), bytes(24)), "allow_pickle"),
    "a structure": (npy(header("[('a', '<f4')]"), bytes(12)), "describes no array"),
    "text": (npy(header("'<U1'"), bytes(12)), "does not hold one array of numbers"),
    "float128": (npy(header("'<f16'"), bytes(48)), "holds float128"),
    "no such dtype": (npy(header("'<f3'"), bytes(9)), "does not hold one array of numbers"),
    "one key twice": (npy(b"{'shape': (3,), 'shape': (3,), 'descr': '<f4', }"), "its header has"),
    "another version": (npy(header(), bytes(12), version=9), "has the version 9.0"),
    "no UTF-8": (b"\x93NUMPY\3\0" + struct.pack("<I", 3) + b"\xff\xfe\xfd", "can't decode"),
}


@pytest.mark.parametrize("what", WRONG)
def test_is_a_wrong_npy_refused_with_its_reason(tmp_path, what):
    data, words = WRONG[what]
    (tmp_path / "x.npy").write_bytes(data)
    with pytest.raises(Unreadable, match=words) as refused:
        read_npy(tmp_path / "x.npy")
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3),
        np.asfortranarray(np.arange(6).reshape(2, 3)),
        np.float16(3),
        np.arange(4).astype(">i2"),
        np.array([True, False]),
        np.zeros((0, 4), np.uint8),
        np.zeros(3, "V2"),
    ],
    ids=str,
)
def test_is_what_numpy_wrote_read(tmp_path, array):
    np.save(tmp_path / "x.npy", array)
    back = read_npy(tmp_path / "x.npy")
    assert (back.dtype, back.shape) == (array.dtype, array.shape)
    assert back.tobytes() == array.tobytes()


def test_are_other_writers_headers_read():
    """Of cnpy, of NumPy on Python 2, and by JSON's quotes."""
    wanted = ((3, 1), np.dtype("<f4"), True)
    for text in (
        "{'descr': '<f4', 'fortran_order': True, 'shape': (3, 1), }",
        "{'shape': (3L, 1L), 'fortran_order': True, 'descr': '<f4'}  \n",
        '{"descr":"<f4","fortran_order":True,"shape":(3,1,)}',
    ):
        assert parse_header(text) == wanted


def test_is_one_flipped_bit_no_traceback(tmp_path):
    np.save(tmp_path / "x.npy", np.ones(3, np.float32))
    data = (tmp_path / "x.npy").read_bytes()
    for place in range(8 * 128):
        changed = bytearray(data)
        changed[place // 8] ^= 1 << place % 8
        (tmp_path / "x.npy").write_bytes(changed)
        try:
            read_npy(tmp_path / "x.npy")
        except Unreadable:
            continue


def test_is_a_sparse_file_beyond_memory_refused_with_the_figures(tmp_path):
    start = npy(header("'<f8'", shape="(25000000000,)"))
    with open(tmp_path / "x.npy", "wb") as file:
        file.write(start)
        file.truncate(len(start) + 200_000_000_000)
    assert read_header(tmp_path / "x.npy") == Header(
        (25_000_000_000,), np.dtype("<f8"), False, len(start)
    )
    with pytest.raises(UsageError, match=r"at least 200.0 GB of memory, and [\d,.]+ .B are free"):
        read_npy(tmp_path / "x.npy")


def test_is_what_is_no_regular_file_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "link").symlink_to("/dev/zero")
    (tmp_path / "loop").symlink_to("loop")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        for name, words in {
            "fifo": "it is a FIFO",
            "link": "it is a device",
            ".": "it is a directory",
            "socket": "no regular file",
            "none": "there is no such file",
            "loop": "Too many levels",
            "n" * 300: "File name too long",
            "a\0b": "null byte",
        }.items():
            with pytest.raises(Unreadable, match=words), open_regular(f"{tmp_path}/{name}"):
                pass


def test_is_a_link_to_a_regular_file_followed(tmp_path):
    (tmp_path / "file").write_bytes(b"abc")
    (tmp_path / "link").symlink_to("file")
    assert read_regular(tmp_path / "link", 3) == b"abc"
    with pytest.raises(Unreadable, match="it has 3 bytes; 2 are the most"):
        read_regular(tmp_path / "link", 2)


def test_do_limits_of_the_process_count():
    before = memory.available()
    assert before > 0
    code = (
        "import resource\n"
        "from convcheck.untrusted.memory import available\n"
        "resource.setrlimit(resource.RLIMIT_AS, (300 << 20, 300 << 20))\n"
        "print(available())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 0 < int(done.stdout) < 300 << 20
    assert resource.getrlimit(resource.RLIMIT_AS)[0] != 300 << 20


@pytest.mark.parametrize(
    ("files", "line"),
    [
        ({"memory.max": "5000", "memory.current": "4000"}, "0::/"),
        ({"memory.max": "5000", "memory.current": "4000"}, "0::/of/the/host"),
        ({"memory/memory.limit_in_bytes": "5000", "memory/memory.usage_in_bytes": "4000"},
         "7:cpu,memory:/"),
    ],
)  # fmt: skip
def test_do_limits_of_a_cgroup_count(tmp_path, monkeypatch, files, line):
    (tmp_path / "memory").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).with_name("memory.stat").write_text("anon 7\ninactive_file 500\n")
    monkeypatch.setattr(memory, "_CGROUPS", tmp_path)
    (tmp_path / "cgroup").write_text(line + "\n")
    monkeypatch.setattr(memory, "_OWN_CGROUPS", tmp_path / "cgroup")
    assert memory.available() == 1500
