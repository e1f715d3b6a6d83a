"""What people say about a record: comments, reviews and likes, recognised by what a plan calls and keeps.

A comment is a part with words in it, a review has a rating beside them, a like has neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from operations.generator import naming
from operations.generator.model import Plan, PlannedEntity

Kind = Literal["comments", "reviews", "likes"]
WORDS: dict[str, Kind] = {
    **dict.fromkeys("comment reply response answer remark".split(), "comments"),
    **dict.fromkeys("review rating evaluation".split(), "reviews"),
    **dict.fromkeys("like favorite favourite heart upvote".split(), "likes"),
}
AUTHORS = ("author_name", "author", "name", "person_name", "reviewer_name", "user_name", "nickname")
RATINGS = ("rating", "stars", "score", "grade")


@dataclass(frozen=True)
class SocialPart:
    """`part` and `whole` are class names, `link` and `related` the relation there and back. The others are
    names of fields, "" for none: `closed` and `parent` of whole and part in this order."""

    kind: Kind
    part: str
    whole: str
    link: str
    related: str
    text: str = ""
    rating: str = ""
    author: str = ""
    owner: str = ""
    parent: str = ""
    closed: str = ""
    asked: tuple[str, ...] = ()


def social_parts(plan: Plan) -> list[SocialPart]:
    """Every kind of thing people say about another, once per record it can be said of."""
    return [part for entity in plan.entities if (part := _part(entity, plan))]


def _part(entity: PlannedEntity, plan: Plan) -> SocialPart | None:
    words = naming.ascii_words(entity.name)
    kind = WORDS.get(words[-1]) if words else None
    links = [r for r in entity.relations if r.kind == "belongs_to" and r.target not in ("User", entity.name)]
    if kind is None or not links or entity.managed:
        return None
    link = next((r for r in links if r.required), links[0])
    if any(r.required and r.target != "User" for r in entity.relations if r is not link):
        return None
    columns = {column.name: column for column in entity.fields}
    texts = [column.name for column in entity.fields if column.type == "text"]
    texts += [
        name for name in ("content", "comment", "text", "body") if name in columns and name not in texts
    ]
    ratings = [n for n in RATINGS if n in columns and columns[n].type in ("integer", "decimal")]
    if kind == "comments" and ratings:
        kind = "reviews"
    if (kind == "comments" and not texts) or (kind == "reviews" and not ratings):
        return None
    author = next((n for n in AUTHORS if n in columns and columns[n].type == "string"), "")
    owner = entity.owner or next((r.name for r in entity.relations if r.target == "User"), "")
    whole = plan.entity(link.target)
    closed = [c.name for c in whole.fields if c.type == "boolean" and c.name in ("closed", "locked")]
    parents = [r.name for r in entity.relations if r.target == entity.name and r.kind == "belongs_to"]
    found = SocialPart(
        kind=kind,
        part=entity.name,
        whole=whole.name,
        link=link.name,
        related=link.related_name,
        text=texts[0] if texts else "",
        rating=ratings[0] if ratings else "",
        author=author,
        owner=owner,
        parent=parents[0] if parents else "",
        closed=closed[0] if closed else "",
    )
    return SocialPart(**{**vars(found), "asked": _asked(entity, found)})


def _asked(entity: PlannedEntity, part: SocialPart) -> tuple[str, ...]:
    """What the form below a record asks for; who writes is asked only of those who are not known."""
    first = [name for name in (part.rating, part.text) if name]
    others = [
        column.name
        for column in entity.editable_fields
        if column.required
        and column.default is None
        and column.type not in ("boolean", "json", "uuid", "datetime", "date")
        and column.name not in (*first, part.author)
    ]
    return (*others, *first)
