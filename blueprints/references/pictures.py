"""Pictures from outside, made anew: what is stored is never what came in.

An upload is opened only as one of a few formats, measured before it is unpacked, and encoded again, which
drops metadata, hidden tails (polyglots) and further frames. Needs Pillow ≥ 12.3 for its own hardening.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError, features

from studio.core.errors import InvalidInput

UPLOAD_BYTES = 10 * 1024 * 1024
PIXELS = 25_000_000
SIDE = 16_000
THUMBNAIL = (480, 300)
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", *(("AVIF",) if features.check("avif") else ()))
READABLE = "PNG, JPEG, WebP, GIF" + (" or AVIF" if "AVIF" in FORMATS else "")


class UnusablePicture(InvalidInput):
    """The message says what is wrong and what would do."""

    code = "unusable_picture"


@dataclass(frozen=True)
class Picture:
    """A picture of our own making: WebP bytes, and a thumbnail of its top."""

    width: int
    height: int
    webp: bytes
    thumbnail: bytes


def read_upload(data: bytes) -> Image.Image:
    """The upload as plain RGB pixels, its right way up. Raises UnusablePicture."""
    if not data:
        raise UnusablePicture("The file is empty.")
    if len(data) > UPLOAD_BYTES:
        raise too_large()
    return _open(data, PIXELS)


def too_large() -> UnusablePicture:
    return UnusablePicture(f"The picture is larger than {UPLOAD_BYTES // 1024 // 1024} MB; make it smaller.")


def remake(image: Image.Image) -> Picture:
    """Encoded for storing. `image` is RGB and at most `SIDE` px in each direction."""
    thumbnail = ImageOps.fit(_top(image), THUMBNAIL, Image.Resampling.LANCZOS, centering=(0.5, 0.0))
    return Picture(image.width, image.height, _webp(image, 82), _webp(thumbnail, 78))


def from_capture(png: bytes) -> Image.Image:
    """A picture that our own browser drew of a foreign page."""
    return _open(png, 1920 * SIDE + 1)


def _open(data: bytes, pixels: int) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                width, height = image.size
                if width * height > pixels or max(width, height) > SIDE:
                    raise UnusablePicture(
                        f"The picture has {width} × {height} pixels, which is too many; make it smaller."
                    )
                if min(width, height) < 16:
                    raise UnusablePicture("The picture is too small to see anything in it.")
                image.seek(0)
                upright = ImageOps.exif_transpose(image)
                return _on_white(upright)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UnusablePicture("The picture has too many pixels; make it smaller.") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, MemoryError):
        raise UnusablePicture(f"This is not a picture that can be read: {READABLE} can.") from None


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layered = image.convert("RGBA")
        paper = Image.new("RGBA", layered.size, "white")
        return Image.alpha_composite(paper, layered).convert("RGB")
    return image.convert("RGB")


def _top(image: Image.Image) -> Image.Image:
    """As much of the top as has a screen's proportions."""
    height = min(image.height, max(1, image.width * THUMBNAIL[1] // THUMBNAIL[0]))
    return image.crop((0, 0, image.width, height))


def _webp(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "WEBP", quality=quality, method=4)
    return out.getvalue()
