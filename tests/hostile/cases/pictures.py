"""Bad pictures, as a case's input."""

import functools
import os
import struct
import zlib
from pathlib import Path

from tests.untrusted.pictures import SIGNATURE, bomb, chunk, png

from ..case import Content, Hostile
from .arrays import link, sparse


def other(form: str) -> Content:
    """A picture of another format."""

    def make(path: Path) -> None:
        from PIL import Image

        Image.new("RGB", (8, 8), (1, 2, 3)).save(path, form)

    return make


FILES: dict[str, tuple[Content, str]] = {
    "empty": (b"", "neither a PNG nor a JPEG"),
    "text": ("P6 1 1 255", "neither"),
    "a signature": (SIGNATURE, ""),
    "half": (png(64, 64, colour=2)[:60], ""),
    "no data": (png(8, 8, data=b""), "cut short"),
    "half of the rows": (png(8, 8, data=zlib.compress(bytes(36))), "36 of 72 bytes are there"),
    "no zlib": (png(8, 8, data=b"\0" * 50), ""),
    "no header": (SIGNATURE + chunk(b"IDAT", b"") + chunk(b"IEND", b""), ""),
    "two headers": (png(8, 8, before=png(9, 9)[8:33]), ""),
    "a colour of 5": (png(8, 8)[:25] + b"\5" + png(8, 8)[26:], ""),
    "a depth of 7": (png(8, 8)[:24] + b"\7" + png(8, 8)[25:], ""),
    "a chunk of 2 GB": (png(8, 8, before=struct.pack(">I", 2**31 - 1) + b"tEXt"), ""),
    "a chunk of 4 GB": (png(8, 8, before=b"\xff\xff\xff\xfftEXt"), ""),
    "a bomb in zTXt": (png(8, 8, before=chunk(b"zTXt", b"a\0\0" + bomb(1 << 27))), "too large"),
    "a bomb in iTXt": (
        png(8, 8, before=chunk(b"iTXt", b"a\0\1\0\0\0" + bomb(1 << 27))),
        "too large",
    ),
    "a bomb in iCCP": (png(8, 8, before=chunk(b"iCCP", b"a\0\0" + bomb(1 << 27))), "too large"),
    "13,000 squared of 1 bit": (png(13000, 13000, depth=1), "13,000 by 13,000 pixels"),
    "a gigapixel": (png(40000, 40000, data=b""), "pixels"),
    "2^31 wide": (png(2**31 - 1, 1, data=b""), "pixels"),
    "2^32 - 1 squared": (png(2**32 - 1, 2**32 - 1, data=b""), "pixels"),
    "no pixels": (png(0, 0), ""),
    "RGB of 16 bits": (png(8, 8, depth=16, colour=2), "16 bits"),
    "RGBA of 16 bits": (png(8, 8, depth=16, colour=6), "16 bits"),
    "TIFF": (other("TIFF"), "neither"),
    "GIF": (other("GIF"), "neither"),
    "BMP": (other("BMP"), "neither"),
    "WebP": (other("WEBP"), "neither"),
    "PPM": (other("PPM"), "neither"),
    "an icon": (other("ICO"), "neither"),
    "PDF": ("%PDF-1.4\n", "neither"),
    "PostScript": ("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "neither"),
    "SVG": ('<svg xmlns="http://www.w3.org/2000/svg"/>', "neither"),
    "a JPEG's start": (b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0", ""),
    "a JPEG of 65,535 squared": (
        b"\xff\xd8\xff\xc0\0\x0b\x08\xff\xff\xff\xff\1\1\x11\0\xff\xd9",
        "",
    ),
    "two bytes of JPEG": (b"\xff\xd8", ""),
    "200 GB": (sparse(200 * 10**9, png(8, 8)[:33]), "are the most of a picture"),
    "a FIFO": (os.mkfifo, "it is a FIFO"),
    "a link to /dev/zero": (link("/dev/zero"), "it is a device"),
    "a folder": (Path.mkdir, "it is a directory"),
}


@functools.cache
def cases() -> list[Hostile]:
    """Each file by both suffixes, which say nothing."""
    return [
        Hostile(
            f"{name} as {suffix}",
            ["compare", "--input", f"x{suffix}", "-i", "numpy"],
            {f"x{suffix}": content},
            words,
        )
        for suffix in (".png", ".jpg")
        for name, (content, words) in FILES.items()
    ]
