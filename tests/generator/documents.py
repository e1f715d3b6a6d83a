"""Blueprints that people might bring: friendly, large, and hostile."""

from __future__ import annotations

from typing import Any

from blueprints.schemas import (
    BlueprintDocument,
    ColorToken,
    Component,
    Dependency,
    DesignSystemSection,
    Endpoint,
    Entity,
    EntityField,
    Relation,
    Rule,
    TypeToken,
)
from operations.generator.plan import ProjectFacts

ORCHARD = ProjectFacts("Orchard kitchen", "orchard-kitchen")


def entity(document: BlueprintDocument, name: str, fields: str = "", **more: Any) -> Entity:
    """Add an entity: "title, minutes: integer, notes?: text" (a question mark makes a field optional)."""
    columns = []
    for wish in filter(None, (part.strip() for part in fields.split(","))):
        field_name, _, type_ = wish.partition(":")
        columns.append(
            EntityField(
                id=document.new_id("FLD"),
                name=field_name.strip().rstrip("?"),
                type=type_.strip() or "string",
                required=not field_name.strip().endswith("?"),
            )
        )
    added = Entity(id=document.new_id("ENT"), name=name, fields=columns, **more)
    document.sections.data_model.entities.append(added)
    return added


def link(
    document: BlueprintDocument, holder: Entity, target: Entity, name: str = "", **more: Any
) -> Relation:
    added = Relation(id=document.new_id("REL"), name=name or target.name.lower(), target=target.id, **more)
    holder.relations.append(added)
    return added


def rule(document: BlueprintDocument, kind: str, text: str = "", **params: Any) -> Rule:
    added = Rule(id=document.new_id("RULE"), kind=kind, text=text or kind, params=params)
    document.sections.behaviors.rules.append(added)
    return added


def component(document: BlueprintDocument, kind: str, *entities: Entity, route: str = "") -> Component:
    ids = [one.id for one in entities]
    added = Component(id=document.new_id("UI"), name=f"{kind} screen", kind=kind, entities=ids, route=route)  # type: ignore[arg-type]
    document.sections.ui_components.components.append(added)
    return added


def endpoint(document: BlueprintDocument, method: str, path: str, of: Entity | None = None) -> Endpoint:
    added = Endpoint(id=document.new_id("API"), method=method, path=path, entity=of.id if of else None)  # type: ignore[arg-type]
    document.sections.api_endpoints.endpoints.append(added)
    return added


def recipe_box() -> BlueprintDocument:
    document = BlueprintDocument(feature_name="Recipe box", summary="Recipes worth keeping.")
    recipe = entity(document, "Recipe", "title, ingredients: text, minutes: integer, vegetarian?: boolean")
    recipe.fields[2].minimum, recipe.fields[2].maximum = 1, 600
    difficulty = EntityField(id=document.new_id("FLD"), name="difficulty", type="choice", default="easy")
    difficulty.choices = ["easy", "medium", "hard"]
    recipe.fields.append(difficulty)
    comment = entity(document, "Comment", "author, text: text")
    tag = entity(document, "Tag", "name")
    link(document, comment, recipe)
    link(document, recipe, tag, "tags", kind="many_to_many", required=False)
    for method, path in (
        ("GET", "/api/recipes/"),
        ("POST", "/api/recipes/"),
        ("DELETE", "/api/recipes/{id}/"),
    ):
        endpoint(document, method, path, recipe)
    for kind in ("list", "detail", "form", "search"):
        component(document, kind, recipe)
    document.sections.design_system = DesignSystemSection(style="craft")
    return document


def photo_club() -> BlueprintDocument:
    """Accounts, owners, roles, uploads and every type of field."""
    document = BlueprintDocument(feature_name="Photo club", summary="Members post photos.")
    user = entity(document, "User", "name, email: email, bio?: text", plural="members")
    photo = entity(
        document,
        "Photo",
        "caption, image: image, price?: money, taken on: date, latitude?: decimal, exposure?: duration, "
        "shot at?: time, exif?: json, key: uuid, source?: url, published at?: datetime, contact?: phone, "
        "raw?: file, tint?: color, stars: integer",
    )
    photo.fields[2].default = 2.5
    tag = entity(document, "Tag", "name")
    tag.fields[0].unique = True
    secret = entity(document, "Secret", "text")
    cover = entity(document, "Cover", "title")
    link(document, photo, user, "author")
    link(document, photo, tag, "tags", kind="many_to_many")
    link(document, cover, photo, kind="one_to_one")
    rule(document, "access.permission", entity=photo.id, action="update", who="owner")
    rule(document, "access.permission", entity=photo.id, action="delete", who="admin")
    rule(document, "access.permission", entity=secret.id, action="*", who="owner")
    rule(document, "access.permission", entity=tag.id, action="create", who="Chief moderator")
    component(document, "auth")
    component(document, "list", user)
    document.sections.design_system = DesignSystemSection(
        theme="light",
        colors=[
            ColorToken(id="TOK-1", role="primary", value="#ffdd00"),
            ColorToken(id="TOK-2", role="background", value="#ffffff"),
            ColorToken(id="TOK-3", role="muted", value="#dddddd"),
            ColorToken(id="TOK-4", role="unicorn", value="#dddddd"),
        ],
        typography=[TypeToken(id="TOK-5", role="heading", family="Playfair Display, serif", weight=700)],
        border_radius=4,
    )
    return document


def twelve_tables() -> BlueprintDocument:
    document = BlueprintDocument(feature_name="Workshop", summary="Everything a bicycle workshop keeps.")
    names = (
        "Customer",
        "Bike",
        "Part",
        "Supplier",
        "Repair",
        "Task",
        "Mechanic",
        "Invoice",
        "Payment",
        "Visit",
        "Note",
    )
    made = {name: entity(document, name, "name, since?: date, amount?: money") for name in names}
    for holder, target in (
        ("Bike", "Customer"),
        ("Repair", "Bike"),
        ("Task", "Repair"),
        ("Part", "Supplier"),
    ):
        link(document, made[holder], made[target])
    for holder, target in (
        ("Task", "Mechanic"),
        ("Invoice", "Repair"),
        ("Payment", "Invoice"),
        ("Note", "Customer"),
    ):
        link(document, made[holder], made[target], required=False)
    entity(document, "Setting", "label, value?: text")
    return document


def hostile() -> BlueprintDocument:
    """Names and texts that mean something to Python, Django, Jinja, HTML, SQL or URLs."""
    document = BlueprintDocument(
        feature_name='class\n"""; import os',
        summary='He said "hi" \\ and """ then {% x %} {{ y }} [[ z ]] <b>',
    )
    klass = entity(document, "class", "class, def: integer, id, objects, save: boolean")
    meta = EntityField(id=document.new_id("FLD"), name="meta", type="choice")
    meta.choices = ["a", "A", "", "🍋", "None", "class", "mro", "in progress", '"quo"te\\']
    klass.fields.append(meta)
    order = entity(document, "order", "order by, select", description='Bad """ doc \\')
    order.fields[1].help = 'He said "hi" \\n {{ x }}'
    link(document, order, klass, "class")
    link(document, order, klass, "class two")
    link(document, order, order, "parent")
    lemon, size = entity(document, "🍋🍋", "🥑, 名前: text"), entity(document, "Größe", plural="Größen")
    link(document, lemon, size, "日本", kind="many_to_many")
    for number in range(2):
        size.fields.append(EntityField(id=document.new_id("FLD"), name="x" * 79 + str(number)))
    entity(document, "Admin")
    entity(document, "admin page", "3d model")
    api, recipe = entity(document, "API", "page, search: boolean, sort?"), entity(document, "Recipe", "name")
    recipe.fields[0].minimum, recipe.fields[0].maximum = 5, 3
    link(document, api, recipe, "a")
    link(document, recipe, api, "b")
    listed = entity(document, "RecipeList", "created at: datetime, recipe_id")
    link(document, listed, recipe, "recipe", kind="one_to_one")
    link(document, listed, listed, "recipe list", kind="many_to_many")
    entity(document, "Model", "models, settings, reverse")
    long = entity(document, "W" * 80, "self, timezone: datetime, n: integer, amount: money")
    long.fields[1].default = "now"
    long.fields[2].default, long.fields[2].minimum, long.fields[2].maximum = "not a number", 0.5, 2
    long.fields[3].minimum, long.fields[3].maximum = -1, 0.25
    entity(document, "Record", "title, check, clean, pk")
    entity(document, "Person", plural="people")
    entity(document, "People", "name")
    return document


def diary() -> BlueprintDocument:
    """One column of every type that may be unique, each of them unique."""
    document = BlueprintDocument(feature_name="Diary")
    columns = (
        "code, day: date, at: time, moment: datetime, lasts: duration, mail: email, page: url, "
        "caller: phone, shade: color, rating: integer, weight: decimal, price: money, key: uuid, mood: choice"
    )
    entry = entity(document, "Entry", columns)
    for column in entry.fields:
        column.unique = True
        column.choices = ["calm", "proud"] if column.type == "choice" else []
    entry.fields[0].maximum = 6
    entry.fields[10].minimum = 2.5
    entry.fields[11].maximum = 0
    return document


def team_room() -> BlueprintDocument:
    """Everything the worker can do, over tables with what it needs."""
    document = BlueprintDocument(feature_name="Team room", summary="Channels, messages and what is to do.")
    channel = entity(document, "Channel", "name, topic?, message count?: integer")
    message = entity(document, "Message", "text: text")
    link(document, message, channel)
    task = entity(
        document, "Task", "title, due date: date, closes at?: datetime, late?: boolean, done?: boolean"
    )
    status = EntityField(id=document.new_id("FLD"), name="status", type="choice")
    status.choices = ["open", "done", "overdue"]
    task.fields.append(status)
    count, late, due = channel.fields[2], task.fields[3], task.fields[1]
    rule(document, "job.count", every="minute", entity=channel.id, of=message.id, field=count.id)
    rule(document, "job.mark", every="night", entity=task.id, field="status", value="overdue", date=due.id)
    rule(document, "job.mark", every="week", entity=task.id, field=late.id, date="closes_at")
    rule(document, "job.archive", every="month", entity=message.id, days=30)
    rule(document, "job.remind", entity=task.id, days=3, when="before", date=due.id)
    rule(document, "job.remind", entity=task.id, days=1, when="before", date="closes_at")
    rule(document, "job.remind", entity=message.id, days=2)
    rule(document, "job.digest", every="morning", entity=message.id)
    document.sections.dependencies.items.append(
        Dependency(id=document.new_id("DEP"), name="Background worker")
    )
    return document


def react_club() -> BlueprintDocument:
    """Accounts, uploads and every type of field behind a React front end."""
    document = photo_club()
    document.sections.dependencies.items.append(Dependency(id=document.new_id("DEP"), name="app-react"))
    return document
