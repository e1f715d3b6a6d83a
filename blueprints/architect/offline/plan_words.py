"""The plan's items in words: relations as sentences, articles, types, and texts whose words changed."""

from __future__ import annotations

import re

from blueprints.architect.offline.naming import plural, snake, spaced
from blueprints.schemas import Entity, EntityField, Relation


def relation_sentence(holder: Entity, relation: Relation, target: Entity) -> str:
    """ "each comment belongs to a recipe", in the words of the plan."""
    one, other = spaced(holder.name), spaced(target.name)
    if relation.kind == "many_to_many":
        named = "" if relation.name == snake(plural(other)) else f" as {spaced(relation.name)}"
        return f"{plural(one)} and {plural(other)} are linked many to many{named}"
    verb = "belongs to" if relation.kind == "belongs_to" else "has exactly one"
    named = "" if relation.name == snake(other) else f" (its {spaced(relation.name)})"
    return f"each {one} {verb} {article(other)} {other}{named}"


def article(words: str) -> str:
    return "an" if re.match(r"(?i)[aeiou](?!ni|se|til|s)|hour", words) else "a"


def type_words(column: EntityField) -> str:
    return f"one of {', '.join(column.choices)}" if column.choices else f"of type {column.type}"


def reworded(text: str, old_name: str, old_plural: str, entity: Entity) -> str:
    """The text with the entity's old words replaced, keeping how they were capitalised."""
    pairs = [(old_plural, entity.plural), (spaced(old_name), spaced(entity.name))]
    for old, new in pairs:

        def replace(match: re.Match[str], new: str = new) -> str:
            return new[:1].upper() + new[1:].lower() if match[0][:1].isupper() else new.lower()

        text = re.sub(rf"\b{re.escape(old)}\b", replace, text, flags=re.I)
    return text
