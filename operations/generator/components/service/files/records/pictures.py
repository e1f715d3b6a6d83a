"""Small drawn pictures, for samples that need one."""

from __future__ import annotations

from io import BytesIO

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

PALETTES = (
    ("#f2d5a7", "#94391a", "#586022"),
    ("#cfe0e8", "#2457a6", "#b4530a"),
    ("#e6dcf0", "#6b4fa0", "#1f7a8c"),
    ("#dbe7cf", "#3d6b35", "#c98a3c"),
)


def picture(number: int, size: int = 640) -> ContentFile:
    """A hill, a sun and some trees; another one for each number."""
    paper, hill, leaf = PALETTES[number % len(PALETTES)]
    image = Image.new("RGB", (size, size), paper)
    draw = ImageDraw.Draw(image)
    x, y = size * (2 + number % 5) // 8, size * (2 + number % 3) // 9
    draw.ellipse((x - 60, y - 60, x + 60, y + 60), fill=leaf)
    draw.ellipse((-size // 2, size // 2 + 12 * (number % 7), size, size * 2), fill=hill)
    draw.ellipse((size // 3, size * 2 // 3, size * 2, size * 2), fill=leaf)
    for tree in range(3 + number % 4):
        left = (tree * 190 + number * 53) % size
        top = size * 2 // 3 + tree * 14
        draw.rectangle((left + 16, top, left + 24, top + 70), fill=hill)
        draw.ellipse((left - 14, top - 44, left + 54, top + 24), fill=paper)
    stored = BytesIO()
    image.save(stored, "JPEG", quality=85)
    return ContentFile(stored.getvalue(), name=f"sample-{number + 1}.jpg")
