"""What a person would type into a form, by the kind of each field."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image
from playwright.sync_api import ElementHandle

PASSWORD = "correct-horse-battery-9"
WORDS = "Autumn market at the mill"


def fill(form: ElementHandle, number: int, folder: Path) -> None:
    """A value for every field that can be seen; `number` keeps names and addresses apart."""
    radios: set[str] = set()
    for field in form.query_selector_all("input, select, textarea"):
        if not field.is_visible() or not field.is_enabled():
            continue
        tag = field.evaluate("field => field.tagName")
        kind = field.evaluate("field => field.type")
        name = field.get_attribute("name") or ""
        if field.evaluate("field => field.readOnly === true"):
            continue
        if tag == "SELECT":
            _choose(field)
        elif kind == "radio":
            if name not in radios:
                field.check()
            radios.add(name)
        elif kind == "checkbox":
            field.check()
        elif kind == "file":
            field.set_input_files(_file(folder, field.get_attribute("accept") or ""))
        elif kind not in ("hidden", "submit", "button", "reset", "image", "range"):
            field.fill(_text(field, kind, name, number))


def _text(field: ElementHandle, kind: str, name: str, number: int) -> str:
    day = datetime.now(UTC).date() + timedelta(days=7 + number % 14)
    match kind:
        case "email":
            return f"robin.{number}@example.org"
        case "url":
            return "https://example.org/about"
        case "tel":
            return f"+44 20 7946 {number % 10_000:04}"
        case "password":
            return PASSWORD
        case "number":
            return _number(field)
        case "date":
            return day.isoformat()
        case "datetime-local":
            return f"{day.isoformat()}T10:30"
        case "time":
            return "10:30"
        case "month":
            return day.strftime("%Y-%m")
        case "week":
            return day.strftime("%G-W%V")
        case "color":
            return "#3b7a57"
    if "user" in name and "name" in name:
        return f"robin{number}"
    if "phone" in name or "mobile" in name:
        return f"+44 20 7946 {number % 10_000:04}"
    given = f"{WORDS} {number}"
    longest = int(field.get_attribute("maxlength") or 200)
    return given if len(given) <= longest else str(number)[:longest]


def _number(field: ElementHandle) -> str:
    low, high = field.get_attribute("min"), field.get_attribute("max")
    if low and high:
        return str(round((float(low) + float(high)) / 2))
    return str(round(float(low)) + 1) if low else high or "3"


def _choose(field: ElementHandle) -> None:
    values = field.evaluate(
        "field => [...field.options].filter(o => o.value && !o.disabled).map(o => o.value)"
    )
    if values:
        multiple = field.evaluate("field => field.multiple")
        field.select_option(values[:2] if multiple else values[0])


def _file(folder: Path, accept: str) -> Path:
    if "csv" in accept:
        path = folder / "table.csv"
        path.write_text("name\nAutumn market\n", encoding="utf-8")
    elif "image" in accept or not accept:
        path = folder / "leaf.png"
        if not path.exists():
            buffer = io.BytesIO()
            Image.new("RGB", (320, 240), "#3b7a57").save(buffer, "PNG")
            path.write_bytes(buffer.getvalue())
    else:
        path = folder / "note.txt"
        path.write_text("A note.\n", encoding="utf-8")
    return path
