"""An icon for what an entity is about, out of the sprite every app ships."""

from __future__ import annotations

from operations.generator import naming

# Names of symbols in components/web/files/static/img/icons.svg, by words that suggest them.
ICONS = {
    "user": "user person member customer client contact author owner employee student guest player teacher profile agent",
    "users": "team group club family crew household",
    "comment": "comment message chat conversation reply note answer question feedback review",
    "calendar": "event appointment booking meeting session date schedule holiday class lesson shift reservation",
    "check": "task todo chore step goal habit check",
    "image": "photo picture image album gallery",
    "box": "product item part package inventory stock order asset tool supply",
    "folder": "project folder collection list board category",
    "tag": "tag label topic type genre",
    "book": "book recipe article post story page chapter course document journal entry",
    "chart": "sale metric measurement reading stat report expense payment invoice transaction budget run",
    "home": "house home room property place location city venue",
    "star": "rating star favourite favorite like vote award",
    "bolt": "workout exercise activity machine device sensor alert",
}
_BY_WORD = {word: icon for icon, words in ICONS.items() for word in words.split()}


def icon_for(name: str) -> str:
    """The icon of the last word that suggests one: "recipe comment" → "chat"; "list" when none does."""
    for word in reversed(naming.ascii_words(name)):
        if icon := _BY_WORD.get(word) or _BY_WORD.get(word.removesuffix("s")):
            return icon
    return "list"
