"""What every page's markup needs: icons, the panes of a slot, short times and Markdown."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import nh3
from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from studio.workspace.fragments import render_slot

register = template.Library()

# "js-default" has no HTML pass-through and no images: what a model writes may show text, not load things.
_markdown = MarkdownIt("js-default", {"html": False, "linkify": False}).disable("image")
_TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "hr", "li", "ol", "p", "pre", "s",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """The drawing `#i-<name>` of icons.svg; `size` is "", "sm" or "lg"."""
    modifier = f" icon--{size}" if size else ""
    return format_html('<svg class="icon{}" aria-hidden="true"><use href="#i-{}"/></svg>', modifier, name)


@register.simple_tag(takes_context=True)
def slot(context: template.Context, name: str) -> SafeString:
    """All panes that apps registered in this slot, in their order."""
    return render_slot(name, context["project"], context["viewer"])


@register.filter
def markdown(text: str) -> SafeString:
    """Untrusted Markdown as safe HTML: no raw HTML, no images, links only to http(s) and mail."""
    return _rendered(text)


@lru_cache(maxsize=2_000)  # a conversation is shown again and again while it grows
def _rendered(text: str) -> SafeString:
    html = nh3.clean(
        _markdown.render(text),
        tags=_TAGS,
        attributes={"a": {"href", "title"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    return mark_safe(html)  # noqa: S308 - nh3 has just cleaned it


@register.filter
def clock(value: timedelta | float | None) -> str:
    """A duration as 0:18, 4:12 or 1:02:40; "" for None."""
    if value is None:
        return ""
    seconds = max(0, int(value.total_seconds() if isinstance(value, timedelta) else value))
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


@register.simple_tag
def moment(value: datetime | None, shape: str = "ago") -> SafeString:
    """A time that the browser shows in the reader's own zone; `shape` is "ago", "time", "second" or "date"."""
    if value is None:
        return SafeString("")
    local = timezone.localtime(value)
    written = {"second": "%H:%M:%S", "date": "%d %b %Y, %H:%M:%S"}.get(shape, "%H:%M")
    text = _ago(timezone.now() - value) if shape == "ago" else local.strftime(written)
    return format_html(
        '<time datetime="{}" data-moment="{}" title="{}">{}</time>',
        value.isoformat(), shape, local.strftime("%d %b %Y, %H:%M %Z"), text,
    )  # fmt: skip


def _ago(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    if minutes < 24 * 60:
        return f"{minutes // 60} h ago"
    days = minutes // (24 * 60)
    return "yesterday" if days == 1 else f"{days} days ago"


@register.filter
def lookup(mapping: Any, key: Any) -> Any:
    """`mapping[key]`, or None: Django's templates cannot use a variable as a key."""
    return mapping.get(key) if mapping else None
