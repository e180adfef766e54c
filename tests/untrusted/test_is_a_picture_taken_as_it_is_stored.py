"""Is a picture what its format says, and is what cannot be taken as it is refused?"""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from convcheck.errors import UsageError
from convcheck.untrusted import pictures
from convcheck.untrusted.files import Unreadable
from convcheck.untrusted.pictures import picture_shape, read_picture

from .pictures import bomb, chunk, png

GREY = np.arange(12, dtype=np.uint8).reshape(3, 4)
RGB = np.arange(36, dtype=np.uint8).reshape(3, 4, 3)


def save(tmp_path, picture, name="p.png", **options):
    picture.save(tmp_path / name, **options)
    values = read_picture(tmp_path / name)
    assert values.shape == picture_shape(tmp_path / name)
    assert values.dtype == np.float64
    return values


def test_is_grey_of_16_bits_divided_by_its_largest(tmp_path):
    values = np.arange(0, 65536, 5041, np.uint16)[:12].reshape(3, 4)
    found = save(tmp_path, Image.fromarray(values))
    assert np.array_equal(found[..., 0], values / 65535)
    three = read_picture(tmp_path / "p.png", channels=3)
    assert np.array_equal(three, np.repeat(values[..., np.newaxis] / 65535, 3, -1))
    small = read_picture(tmp_path / "p.png", size=(1, 1))
    assert abs(small[0, 0, 0] - values.mean() / 65535) < 0.05


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_is_narrow_grey_from_0_to_1(tmp_path, bits):
    largest = (1 << bits) - 1
    rows = b"".join(b"\0" + bytes([255]) for _ in range(2))
    (tmp_path / "p.png").write_bytes(png(8 // bits, 2, depth=bits, data=zlib.compress(rows)))
    assert np.array_equal(read_picture(tmp_path / "p.png"), np.ones((2, 8 // bits, 1)))
    rows = b"\0" + bytes([1])
    (tmp_path / "p.png").write_bytes(png(8 // bits, 1, depth=bits, data=zlib.compress(rows)))
    assert read_picture(tmp_path / "p.png")[0, -1, 0] == 1 / largest


@pytest.mark.parametrize("colour", [2, 4, 6])
def test_are_colours_of_16_bits_refused(tmp_path, colour):
    (tmp_path / "p.png").write_bytes(png(4, 3, depth=16, colour=colour))
    with pytest.raises(Unreadable, match=r"16 bits, of which 8 would be lost; .* as \.npy"):
        read_picture(tmp_path / "p.png")


def with_alpha(array, alpha):
    return Image.fromarray(np.dstack([array, np.full((3, 4), alpha, np.uint8)]))


def test_is_an_alpha_that_hides_nothing_left_out(tmp_path):
    assert np.array_equal(save(tmp_path, with_alpha(RGB, 255)), RGB / 255)
    assert np.array_equal(save(tmp_path, with_alpha(GREY, 255))[..., 0], GREY / 255)
    nowhere = (9, 9, 9)
    assert np.array_equal(save(tmp_path, Image.fromarray(RGB), transparency=nowhere), RGB / 255)


def test_is_a_transparent_pixel_refused(tmp_path):
    palette = Image.fromarray(GREY).convert("P")
    one = with_alpha(RGB, 255)
    one.putpixel((1, 2), (1, 2, 3, 254))
    for picture, options in (
        (with_alpha(RGB, 7), {}),
        (with_alpha(GREY, 7), {}),
        (one, {}),
        (Image.fromarray(RGB), {"transparency": (0, 1, 2)}),
        (palette, {"transparency": 3}),
    ):
        with pytest.raises(Unreadable, match=r"transparent pixels; flatten it .* as \.npy"):
            save(tmp_path, picture, **options)


def test_are_the_numbers_as_stored_given_whole(tmp_path):
    values = np.arange(0, 65536, 5041, np.uint16)[:12].reshape(3, 4)
    for array in (GREY, RGB, values):
        Image.fromarray(array).save(tmp_path / "p.png")
        found = read_picture(tmp_path / "p.png", whole=True)
        assert found.dtype == array.dtype
        assert np.array_equal(found.reshape(array.shape), array)


def test_does_a_palette_become_its_colours(tmp_path):
    picture = Image.fromarray(GREY).convert("P")
    picture.putpalette(list(RGB.reshape(-1)))
    assert np.array_equal(save(tmp_path, picture), RGB / 255)


def test_does_cmyk_become_rgb(tmp_path):
    picture = Image.new("CMYK", (8, 8), (0, 128, 255, 0))
    found = save(tmp_path, picture, "p.jpg", quality=100, subsampling=0)
    assert np.allclose(found * 255, [255, 127, 0], atol=2)


def test_is_a_rotation_in_exif_not_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # Orientation: turned by 90 degrees
    assert np.array_equal(save(tmp_path, Image.fromarray(RGB), exif=exif), RGB / 255)
    assert save(tmp_path, Image.fromarray(RGB), "p.jpg", exif=exif).shape == (3, 4, 3)


def test_is_an_animations_first_picture_taken(tmp_path):
    others = [Image.fromarray(255 - RGB)]
    found = save(tmp_path, Image.fromarray(RGB), save_all=True, append_images=others)
    assert np.array_equal(found, RGB / 255)


@pytest.mark.parametrize("side", range(1, 10))
def test_are_interlaced_rows_counted(tmp_path, side):
    """Adam7's passes, which Pillow reads and does not write."""
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2)]
    values = np.arange(1, side * side + 1, dtype=np.uint8).reshape(side, side)
    parts = [values[row::down, column::right] for row, column, down, right in passes]
    rows = [b"\0" + row.tobytes() for part in (*parts, values[1::2]) for row in part if row.size]
    for data, whole in ((b"".join(rows), True), (b"".join(rows)[:-1], False)):
        picture = bytearray(png(side, side, data=zlib.compress(data)))
        picture[28] = 1
        picture[29:33] = struct.pack(">I", zlib.crc32(picture[12:29]))
        (tmp_path / "p.png").write_bytes(picture)
        if whole:
            assert np.array_equal(read_picture(tmp_path / "p.png")[..., 0], values / 255)
        else:
            with pytest.raises(Unreadable, match="cut short"):
                read_picture(tmp_path / "p.png")


@pytest.mark.parametrize("name", ["p.png", "p.jpg"])
def test_are_formats_told_by_content(tmp_path, name):
    Image.fromarray(RGB).save(tmp_path / "png", "PNG")
    (tmp_path / "png").rename(tmp_path / name)
    assert np.array_equal(read_picture(tmp_path / name), RGB / 255)
    for other in ("TIFF", "BMP", "GIF", "WEBP", "PPM", "ICO"):
        Image.fromarray(RGB).save(tmp_path / "other", other)
        (tmp_path / "other").rename(tmp_path / name)
        with pytest.raises(Unreadable, match="neither a PNG nor a JPEG"):
            read_picture(tmp_path / name)


BAD = {
    "empty": (b"", "neither"),
    "a signature": (b"\x89PNG\r\n\x1a\n", "."),
    "cut short": (png(4, 3)[:-22], "cut short|truncated"),
    "no data": (png(4, 3, data=b""), "0 of 15 bytes"),
    "half of the rows": (png(4, 4, data=zlib.compress(bytes(10))), "10 of 20 bytes are there"),
    "a chunk of 2 GB": (
        png(4, 3, before=struct.pack(">I", 2**31 - 1) + b"tEXt"), "."
    ),
    "a bomb in zTXt": (png(4, 3, before=chunk(b"zTXt", b"a\0\0" + bomb(1 << 28))), "(?i)too large"),
    "a bomb in iTXt": (
        png(4, 3, before=chunk(b"iTXt", b"a\0\1\0\0\0" + bomb(1 << 28))), "(?i)too large"
    ),
    "a bomb in iCCP": (png(4, 3, before=chunk(b"iCCP", b"a\0\0" + bomb(1 << 28))), "(?i)too large"),
    "13,000 by 13,000": (png(13000, 13000, depth=1), "13,000 by 13,000 pixels; 89,478,485"),
    "a gigapixel": (png(40000, 40000, data=b""), "pixels; 89,478,485 are the most"),
    "2^31 wide": (png(2**31 - 1, 1, data=b""), "pixels; 89,478,485 are the most"),
    "no width": (png(0, 5), "."),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_is_a_picture_that_is_none_refused_in_one_line(tmp_path, what):
    data, words = BAD[what]
    (tmp_path / "p.png").write_bytes(data)
    with pytest.raises(Unreadable, match=words) as refused:
        read_picture(tmp_path / "p.png")
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 320


def test_is_one_flipped_byte_no_traceback(tmp_path):
    for name in ("p.png", "p.jpg"):
        Image.fromarray(RGB).save(tmp_path / name)
        data = (tmp_path / name).read_bytes()
        for place in range(len(data)):
            changed = bytearray(data)
            changed[place] ^= 0xFF
            (tmp_path / name).write_bytes(changed)
            try:
                read_picture(tmp_path / name)
            except UsageError:
                continue


def test_is_a_picture_refused_that_memory_has_no_room_for(tmp_path, monkeypatch):
    (tmp_path / "p.png").write_bytes(png(1000, 1000))
    assert read_picture(tmp_path / "p.png").shape == (1000, 1000, 1)
    needs = []
    monkeypatch.setattr(pictures, "check_memory", lambda need, what: needs.append(need))
    read_picture(tmp_path / "p.png")
    assert 9_000_000 <= needs[0] <= 20_000_000
