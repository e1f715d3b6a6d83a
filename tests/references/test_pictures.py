"""Uploads: a few formats, measured before they are unpacked, and never stored as they came."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from blueprints.references import pictures, pixels
from blueprints.references.pictures import UnusablePicture


def encoded(image: Image.Image, format_: str, **options) -> bytes:
    out = io.BytesIO()
    image.save(out, format_, **options)
    return out.getvalue()


def picture(size=(200, 120), color="#336699") -> Image.Image:
    return Image.new("RGB", size, color)


def png_header(width: int, height: int) -> bytes:
    """A PNG that says how large it is, and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("format_", pictures.FORMATS)
def test_the_usual_formats_are_read(format_):
    image = pictures.read_upload(encoded(picture(), format_))
    assert image.mode == "RGB" and image.size == (200, 120)


def test_what_is_stored_holds_nothing_of_what_came():
    exif = Image.Exif()
    exif[0x010E] = "the garden behind the house"
    data = encoded(picture(), "JPEG", exif=exif) + b"<script>alert(1)</script><?php system('id');"
    assert b"garden" in data
    made = pictures.remake(pictures.read_upload(data))
    for part in (made.webp, made.thumbnail):
        assert part.startswith(b"RIFF") and part[8:12] == b"WEBP"
        assert b"garden" not in part and b"script" not in part and b"php" not in part and b"EXIF" not in part
    assert (made.width, made.height) == (200, 120)


def test_a_photo_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    assert pictures.read_upload(encoded(picture(), "JPEG", exif=exif)).size == (120, 200)


def test_what_is_clear_lies_on_white():
    image = pictures.read_upload(encoded(Image.new("RGBA", (50, 50), (255, 0, 0, 0)), "PNG"))
    assert image.getpixel((10, 10)) == (255, 255, 255)


def test_of_a_film_the_first_frame_counts():
    frames = [picture(color=color) for color in ("#ff0000", "#00ff00", "#0000ff")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert pixels.palette(pictures.read_upload(data))[0][0] == "#ff0000"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 500, "not a picture"),
        (png_header(30_000, 30_000), "too many"),
        (png_header(5_001, 5_000), "too many"),
        (png_header(16_001, 20), "too many"),
        (png_header(800, 600), "not a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "not a picture"),
        (b"%PDF-1.7 ...", "not a picture"),
        (b"GIF89a", "not a picture"),
        (encoded(picture(), "BMP"), "not a picture"),
        (encoded(picture(), "TIFF"), "not a picture"),
        (encoded(picture(), "ICO"), "not a picture"),
        (encoded(picture(), "PNG")[:90], "not a picture"),
        (encoded(picture((8, 8)), "PNG"), "too small"),
        (b"\xff\xd8" + b"x" * (10 * 1024 * 1024), "larger than 10 MB"),
    ],
    ids="empty noise bomb many-pixels too-long cut-off svg pdf stub bmp tiff ico truncated tiny heavy".split(),
)
def test_everything_else_is_refused_in_words(data, said):
    with pytest.raises(UnusablePicture, match=said):
        pictures.read_upload(data)


def test_the_colours_of_a_picture_are_counted_as_they_are():
    image = picture((1000, 800), "#fdf6e3")
    image.paste("#002b36", (0, 0, 1000, 200))
    image.paste("#cb4b16", (100, 300, 400, 400))
    tokens = pixels.read(image)
    assert {color.role: color.value for color in tokens.colors}.items() >= {
        "background": "#fdf6e3",
        "text": "#002b36",
        "primary": "#cb4b16",
    }.items()
    assert tokens.theme == "light" and tokens.palette[0] == ("#fdf6e3", pytest.approx(0.7125, abs=0.01))
