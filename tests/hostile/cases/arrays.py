"""Bad .npy files, as input, kernel, bias and recorded output."""

import functools
import os
import socket
import struct
from itertools import product
from pathlib import Path

from ..case import Content, Hostile


def npy(header: bytes, data: bytes = b"", *, length: int | None = None, version: int = 1) -> bytes:
    size = len(header) if length is None else length
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H", size) + header + data


def header(descr: str = "'<f4'", order: str = "False", shape: str = "(1, 8, 8, 3)") -> bytes:
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}".encode()


def sparse(size: int, start: bytes = b"") -> Content:
    def make(path: Path) -> None:
        with open(path, "wb") as file:
            file.write(start)
            file.truncate(len(start) + size)

    return make


def link(target: str) -> Content:
    return lambda path: path.symlink_to(target)


def in_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        here = os.getcwd()
        os.chdir(path.parent)  # a socket's path is short
        try:
            server.bind(path.name)
        finally:
            os.chdir(here)


DATA = bytes(768)
FILES: dict[str, Content] = {
    "empty": b"",
    "one byte": b"\x93",
    "text": "1 2 3\n",
    "zeros": bytes(10_000),
    "a zip's start": b"PK\3\4",
    "a zip's end": b"PK\5\6" + bytes(18),
    "a pickle": b"\x80\x04\x95\x1e\0\0\0\0\0\0\0\x8c\x05posix\x94\x8c\x06system\x94\x93\x94.",
    "no header": b"\x93NUMPY\1\0",
    "a header of 0": npy(b""),
    "a header of 1": npy(b"{", length=1),
    "a header beyond the file": npy(header(), length=60_000),
    "a header of 4 GB": b"\x93NUMPY\2\0\xff\xff\xff\xff" + header(),
    "5,000 minus signs": npy(b"-" * 5000),
    "9,000 brackets": npy(b"[" * 9000),
    "60,000 brackets": npy(b"(" * 60_000),
    "9,000 blanks": npy(header()[:-1] + b" " * 9000),
    "NULs": npy(bytes(100)),
    "a call": npy(header(shape="(__import__('os').system('touch evil'),)"), DATA),
    "an f-string": npy(header(descr="f'{print(1)}'"), DATA),
    "a lambda": npy(b"(lambda: 0)()", DATA),
    "a power": npy(header(shape="(9**9**9,)"), DATA),
    "too short": npy(header(), DATA[:-1]),
    "too long": npy(header(), DATA + b"\0"),
    "a shape that lies": npy(header(shape="(99999, 99999, 99999, 3)"), DATA),
    "booleans": npy(header(shape="(True, True, True, True)"), DATA),
    "floats": npy(header(shape="(1.0, 8, 8, 3)"), DATA),
    "negative": npy(header(shape="(1, -8, -8, 3)"), DATA),
    "26 digits": npy(header(shape=f"({'9' * 26},)"), DATA),
    "5,000 digits": npy(header(shape=f"({'9' * 5000},)"), DATA),
    "a product of 2^64": npy(header(shape="(4294967296, 4294967296)"), DATA),
    "hidden by a 0": npy(header(shape="(9223372036854775807, 9, 0)")),
    "nothing": npy(header(shape="(1, 0, 8, 3)")),
    "65 axes": npy(header(shape=f"({'1, ' * 65})"), bytes(4)),
    "a list for a shape": npy(header(shape="[1, 8, 8, 3]"), DATA),
    "None for a shape": npy(header(shape="None"), DATA),
    "no shape": npy(b"{'descr': '<f4', 'fortran_order': False, }", DATA),
    "one key too many": npy(header()[:-1] + b"'evil': 1, }", DATA),
    "an order that is none": npy(header(order="7"), DATA),
    "objects": npy(header("'|O'"), DATA),
    "a structure": npy(header("[('a', '<f4')]"), DATA),
    "nested structures": npy(header("[('a', [('b', [('c', '<f4')])])]"), DATA),
    "text in it": npy(header("'<U1'"), DATA),
    "times": npy(header("'<M8[s]'"), DATA * 2),
    "complex": npy(header("'<c8'"), DATA * 2),
    "float128": npy(header("'<f16'"), DATA * 4),
    "booleans for numbers": npy(header("'|b1'"), bytes(192)),
    "a void of 16": npy(header("'|V16'"), DATA * 4),
    "no such dtype": npy(header("'<f3'"), bytes(576)),
    "an escape for a dtype": npy(header("'\x1b[2J\x07'"), DATA),
    "version 9": npy(header(), DATA, version=9),
    "version 255": npy(header(), DATA, version=255),
    "no UTF-8": b"\x93NUMPY\3\0" + struct.pack("<I", 3) + b"\xff\xfe\xfd",
    "a vector": npy(header(shape="(192,)"), DATA),
    "a scalar": npy(header(shape="()"), bytes(4)),
    "6 axes": npy(header(shape="(1, 1, 1, 8, 8, 3)"), DATA),
    "200 GB": sparse(200 * 10**9, npy(header("'<f8'", shape="(1, 50000, 500000, 1)"))),
    "20 GB": sparse(2 * 10**10, npy(header("'<f8'", shape="(1, 50000, 50000, 1)"))),
    "200 GB of nothing": sparse(200 * 10**9),
    "200 GB after a header of 1": sparse(200 * 10**9, npy(b"{", length=1)),
    "a FIFO": os.mkfifo,
    "a link to /dev/zero": link("/dev/zero"),
    "a link to /dev/full": link("/dev/full"),
    "a link to a terminal": link("/dev/tty"),
    "a link to itself": link("x.npy"),
    "a link to nothing": link("nowhere"),
    "a link to /proc": link("/proc/self/mem"),
    "a link to a folder": link("/"),
    "a folder": Path.mkdir,
    "a socket": in_socket,
}


@functools.cache
def cases() -> list[Hostile]:
    """Each file in each role."""
    roles = (["--input", "x.npy"], ["--kernel", "x.npy"], ["--bias", "x.npy"])
    found = [
        Hostile(
            f"{name} for {arguments[0]}",
            ["compare", *arguments, "-i", "numpy"],
            {"x.npy": content},
            "convcheck: ",
        )
        for (name, content), arguments in product(FILES.items(), roles)
        # What is right for one role is not hostile in it.
        if not (arguments[0] == "--bias" and name in ("a vector", "nothing"))
    ]
    # A recorded output may have any shape; of a wrong one it is different.
    found += [
        Hostile(
            f"{name} recorded",
            ["compare", "--input", "random", "-i", "file:x.npy"],
            {"x.npy": content},
            codes=(1,) if name in ("nothing", "a vector", "a scalar", "6 axes") else (2,),
        )
        for name, content in FILES.items()
    ]
    names = {
        "n" * 300 + ".npy": "too long",
        "a\0b.npy": "",
        "\x1b[2J\x1b]0;title\x07.npy": "there is no such file",
        "a\nb.npy": "there is no such file",
        "\u202e.npy": "there is no such file",
        "a/" * 3000 + "x.npy": "",
        ".npy": "neither a name",
        "": "",
        "/": "",
        "..": "",
        "-": "",
        "~/nowhere.npy": "there is no such file",
        "http://localhost/x.npy": "there is no such file",
    }
    found += [
        Hostile(
            f"a name, {name[:24]!r} of {len(name)}, for {role}",
            ["compare", role, name, "-i", "numpy"],
            {},
            words,
        )
        for (name, words), role in product(names.items(), ("--input", "--kernel", "--bias"))
        if "\0" not in name and not name.startswith("-")
    ]
    return found
