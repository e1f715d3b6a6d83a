"""The Python of each entity: model, admin, API, pages. Pure text, in ruff's layout.

Templates under components/ hold the frame of every module and call these for what depends on the plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from operations.generator import naming
from operations.generator.columns import STRING_LENGTH
from operations.generator.coverage import searchable
from operations.generator.model import Action, Plan, PlannedEntity, PlannedField, PlannedRelation
from operations.generator.parts import social_parts
from operations.generator.python_source import (
    call,
    code_tuple,
    docstring,
    import_line,
    indented,
    literal,
    mapping,
    sequence,
)

MOST_COLUMNS = 5
OWN_VALIDATORS = {"phone": "phone_number", "color": "colour_code"}
NOT_FILTERS = ("q", "page", "page_size", "search", "ordering", "sort", "format")
RANGED = ("integer", "decimal", "money", "date", "datetime")
TEXT_TYPES = ("string", "text", "email", "url", "phone", "color", "choice")


def assign(name: str, value: object) -> str:
    return f"{name} = {literal(value)}"


def row(values: Sequence[object], *, indent: int) -> str:
    return sequence("", values, indent=indent, suffix=",")


def comment(text: str) -> str:
    """Words for the middle of a docstring."""
    return docstring(text[:60], indent=0).strip('"\n') or "this app"


def one_line(text: str) -> str:
    """Words for a Markdown line or cell."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;") or "–"


def items(values: Mapping[str, object]) -> list[tuple[str, str]]:
    return [(name, literal(value)) for name, value in values.items()]


def model_of(entity: PlannedEntity) -> str:
    return "User" if entity.account else f"models.{entity.name}"


# ------------------------------------------------------------------ models


def model_imports(entities: Sequence[PlannedEntity]) -> list[str]:
    lines: list[str] = []
    third = []
    every = [column for entity in entities for column in entity.fields]
    lines += ["import uuid"] if any(column.type == "uuid" for column in every) else []
    lines += ["from decimal import Decimal"] if any(map(_needs_decimal, every)) else []
    lines += [""] if lines else []
    if any(r.target == "User" for entity in entities for r in entity.relations):
        third.append("from django.conf import settings")
    validators = {name for column in every for name in _validators(column)}
    if django_validators := sorted(validators - set(OWN_VALIDATORS.values())):
        third.append(f"from django.core.validators import {', '.join(django_validators)}")
    third.append("from django.db import models")
    third.append("from django.urls import reverse")
    if any(column.default in ("today", "now") and column.type in ("date", "datetime") for column in every):
        third.append("from django.utils import timezone")
    own = ["Record", *sorted(validators & set(OWN_VALIDATORS.values()))]
    return [*lines, *third, "", f"from records.record import {', '.join(own)}"] if entities else []


def account_imports(account: PlannedEntity | None) -> list[str]:
    columns = account.fields if account else ()
    lines = ["import uuid"] if any(column.type == "uuid" for column in columns) else []
    lines += ["from decimal import Decimal"] if any(map(_needs_decimal, columns)) else []
    lines += [""] if lines else []
    lines.append("from django.contrib.auth.models import AbstractUser")
    validators = {name for column in columns for name in _validators(column)}
    if django_validators := sorted(validators - set(OWN_VALIDATORS.values())):
        lines.append(f"from django.core.validators import {', '.join(django_validators)}")
    if account:
        lines += ["from django.db import models", "from django.urls import reverse"]
    if any(column.default in ("today", "now") for column in columns):
        lines.append("from django.utils import timezone")
    if own := sorted(validators & set(OWN_VALIDATORS.values())):
        lines += ["", f"from records.record import {', '.join(own)}"]
    return lines


def model_body(entity: PlannedEntity) -> str:
    """The inside of a model class, indented by one level."""
    parts: list[str] = []
    if entity.description:
        parts += [docstring(entity.description, indent=1), ""]
    for column in entity.fields:
        if column.choices:
            parts += [f"class {column.choices_class}(models.TextChoices):"]
            parts += [
                f"    {choice.member} = {literal(choice.value)}, {literal(choice.label)}"
                for choice in column.choices
            ]
            parts.append("")
    parts += [_column(column, entity) for column in entity.fields]
    parts += [_relation(relation, entity) for relation in entity.relations]
    if entity.owner:
        parts += ["", f"owner_field = {literal(entity.owner)}"]
    if entity.account:
        parts += ["", "class Meta(AbstractUser.Meta):", '    ordering = ["username"]']
    else:
        parts += [
            "",
            "class Meta:",
            f"    ordering = {_ordering(entity)}",
            f"    verbose_name = {literal(entity.label)}",
            f"    verbose_name_plural = {literal(entity.label_plural)}",
            *_constraints(entity),
        ]
    parts += ["", "def __str__(self) -> str:", f"    return {_title(entity)}"]
    address = f"reverse({literal(url_name(entity, 'detail'))}, args=[self.pk])"
    parts += ["", "def get_absolute_url(self) -> str:", f"    return {address}"]
    return indented(parts if parts[0] else parts[1:])


def _column(column: PlannedField, entity: PlannedEntity) -> str:
    kind, arguments = _kind(column)
    given: list[str] = []
    if _worded(column.name) != column.label:
        given.append(literal(column.label))
    given += arguments
    if column.unique:
        given.append("unique=True")
    given += _absence(column)
    validators = [_validator(name, column) for name in _validators(column)]
    if validators:
        given.append(f"validators=[{', '.join(validators)}]")
    if column.help:
        given.append(f"help_text={literal(' '.join(column.help.split()))}")
    return call(f"{column.name} = models.{kind}", given, indent=1)


def _kind(column: PlannedField) -> tuple[str, list[str]]:
    maximum = int(column.maximum) if column.maximum and column.maximum >= 1 else None
    match column.type:
        case "string":
            return "CharField", [f"max_length={maximum or STRING_LENGTH}"]
        case "text":
            return "TextField", [f"max_length={maximum}"] if maximum else []
        case "integer":
            return "IntegerField", []
        case "decimal":
            return "FloatField", []
        case "money":
            return "DecimalField", ["max_digits=12", "decimal_places=2"]
        case "phone":
            return "CharField", ["max_length=32"]
        case "color":
            return "CharField", ["max_length=7"]
        case "choice":
            return "CharField", ["max_length=100", f"choices={column.choices_class}.choices"]
        case "image" | "file":
            return f"{column.type.capitalize()}Field", [f"upload_to={literal(column.name + '/%Y/%m')}"]
        case "uuid":
            return "UUIDField", []
        case "json":
            return "JSONField", []
        case "datetime":
            return "DateTimeField", []
        case "email" | "boolean" | "date" | "time" | "duration":
            return f"{column.type.capitalize()}Field", []
        case "url":
            return "URLField", ["max_length=500"]


def _absence(column: PlannedField) -> list[str]:
    """What stands where nothing was given."""
    default = column.default
    if column.type == "boolean":
        return [f"default={default is True}"]
    if column.type == "uuid":
        return ["default=uuid.uuid4", "editable=False"]
    if column.type == "json":
        return ["default=dict", "blank=True"]
    if default == "today" and column.type == "date":
        return ["default=timezone.localdate"]
    if default == "now" and column.type == "datetime":
        return ["default=timezone.now"]
    given = []
    if not column.required:
        textual = column.type in TEXT_TYPES or column.type in ("image", "file")
        given = ["blank=True"] if textual and not column.unique else ["null=True", "blank=True"]
    if default is not None and column.type in (*TEXT_TYPES, "integer", "decimal", "money"):
        if column.choices:
            member = next(choice.member for choice in column.choices if choice.value == default)
            return [*given, f"default={column.choices_class}.{member}"]
        if column.type == "money":
            return [*given, f"default={_money(str(default))}"]
        return [*given, f"default={literal(default)}"]
    if column.managed and column.required and column.type in ("integer", "decimal", "money"):
        return [*given, "default=0"]
    return given


def _money(text: str) -> str:
    return text.removesuffix(".00") if text.endswith(".00") else f"Decimal({literal(text)})"


def _needs_decimal(column: PlannedField) -> bool:
    return column.type == "money" and column.default is not None and not str(column.default).endswith(".00")


def _validators(column: PlannedField) -> list[str]:
    found = []
    if column.type in ("integer", "decimal", "money"):
        found += ["MinValueValidator"] if column.minimum is not None else []
        found += ["MaxValueValidator"] if column.maximum is not None else []
    if column.type in ("string", "text") and column.minimum and column.minimum >= 1:
        found.append("MinLengthValidator")
    if column.type in OWN_VALIDATORS:
        found.append(OWN_VALIDATORS[column.type])
    return found


def _validator(name: str, column: PlannedField) -> str:
    if name in OWN_VALIDATORS.values():
        return name
    bound = column.maximum if name == "MaxValueValidator" else column.minimum
    whole = bound is not None and (column.type == "integer" or float(bound).is_integer())
    return f"{name}({literal(int(bound) if whole and bound is not None else bound)})"


def _relation(relation: PlannedRelation, entity: PlannedEntity) -> str:
    target = "settings.AUTH_USER_MODEL" if relation.target == "User" else literal(relation.target)
    if relation.target == entity.name:
        target = '"self"'
    elif entity.account:
        target = literal(f"records.{relation.target}")
    given = [target]
    if relation.kind == "many_to_many":
        given += [f"related_name={literal(relation.related_name)}"]
        given += [] if relation.required else ["blank=True"]
        given += ["symmetrical=False"] if relation.target == entity.name else []
    else:
        given += ["on_delete=models.CASCADE" if relation.required else "on_delete=models.SET_NULL"]
        given += [f"related_name={literal(relation.related_name)}"]
        given += [] if relation.required else ["null=True", "blank=True"]
    if _worded(relation.name) != relation.label:
        given.append(f"verbose_name={literal(relation.label)}")
    kinds = {"belongs_to": "ForeignKey", "one_to_one": "OneToOneField", "many_to_many": "ManyToManyField"}
    return call(f"{relation.name} = models.{kinds[relation.kind]}", given, indent=1)


def _ordering(entity: PlannedEntity) -> str:
    names = {column.name: column.type for column in entity.fields}
    for name in ("position", "rank"):
        if name in names:
            return literal([name, "pk"])
    for name in ("pinned", "sticky"):
        if names.get(name) == "boolean":
            return literal([f"-{name}", "-created_at", "-pk"])
    return '["-created_at", "-pk"]'


def _constraints(entity: PlannedEntity) -> list[str]:
    """What the database itself refuses: two records that agree where they must not."""
    unique = entity.unique
    if unique is None:
        return []
    given = [f"fields={literal(list(unique.fields))}"]
    if unique.unless:
        given.append(f"condition=~models.Q({unique.unless}={literal(unique.value)})")
    given.append(f"name={literal(f'{entity.snake}_once'[-30:])}")
    if unique.message:
        given.append(f"violation_error_message={literal(unique.message)}")
    constraint = call("models.UniqueConstraint", given, indent=3, suffix=",")
    return ["    constraints = [", *(f"        {line}" for line in constraint.split("\n")), "    ]"]


def _title(entity: PlannedEntity) -> str:
    title = entity.title_field
    fallback = f'f"{naming.sentence(_f_safe(entity.label))} {{self.pk}}"'
    if title is None:
        links = [r for r in entity.relations if r.kind != "many_to_many" and r.required]
        if entity.account:
            return "self.get_full_name() or self.username"
        if len(links) >= 2:
            return f'f"{{self.{links[0].name}}} · {{self.{links[1].name}}}"'
        return fallback
    if title.type == "text":
        return f"self.{title.name}[:80] or {fallback}"
    if entity.account:
        return f"self.{title.name} or self.username"
    return f"self.{title.name}" if title.required and not title.unique else f"self.{title.name} or {fallback}"


def _f_safe(text: str) -> str:
    return literal(text)[1:-1].replace("{", "{{").replace("}", "}}").replace("\\'", "'").replace('"', "'")


def _worded(name: str) -> str:
    return name.replace("_", " ")


# ------------------------------------------------------------- what shows


def columns_of(entity: PlannedEntity, *, without: str = "", links_to_many: int = 0) -> tuple[str, ...]:
    """Columns of a table: what names the record, then what tells most in a few characters."""
    title = entity.title_field
    first = [title.name] if title else []
    order = (
        "choice",
        "date",
        "datetime",
        "integer",
        "decimal",
        "money",
        "boolean",
        "time",
        "duration",
        "email",
        "string",
        "phone",
    )
    rest = [
        f
        for f in entity.fields
        if f.name not in first and f.type in order and not f.name.startswith("password")
    ]
    rest.sort(key=lambda column: order.index(column.type))
    links = [r.name for r in entity.relations if r.kind != "many_to_many" and r.name != without]
    many = [r.name for r in entity.relations if r.kind == "many_to_many" and r.name != without]
    shown = [*links[:2], *many[:links_to_many], *(column.name for column in rest)]
    if not first and not shown:
        return ()
    if not first:
        first = ["created_at"] if not shown else []
        return ("id", *shown[: MOST_COLUMNS - 1])
    return (*first, *shown[: MOST_COLUMNS - 1])


def filters_of(entity: PlannedEntity) -> tuple[str, ...]:
    columns = tuple(
        f.name for f in entity.fields if f.type in ("choice", "boolean") and f.name not in NOT_FILTERS
    )
    return columns + tuple(r.name for r in entity.relations if r.name not in NOT_FILTERS)


def form_fields(entity: PlannedEntity) -> tuple[str, ...]:
    short = [f.name for f in entity.editable_fields if f.type not in ("text", "json", "uuid")]
    links = [r.name for r in entity.editable_relations if r.kind != "many_to_many"]
    long = [f.name for f in entity.editable_fields if f.type in ("text", "json")]
    many = [r.name for r in entity.editable_relations if r.kind == "many_to_many"]
    title = entity.title_field
    first = [title.name] if title and title.name in short else []
    return (*first, *links, *(name for name in short if name not in first), *long, *many)


def editable(entities: Iterable[PlannedEntity]) -> list[PlannedEntity]:
    return [entity for entity in entities if not entity.managed and not entity.account]


def url_name(entity: PlannedEntity, page: str) -> str:
    return f"{entity.name.lower()}-{page}"


def admin_body(entity: PlannedEntity) -> str:
    shown = [name for name in columns_of(entity) if name != "id"] or ["__str__"]
    lines = [_list("list_display", shown)]
    if entity.title_field is None and shown != ["__str__"]:
        lines = [_list("list_display", ["__str__", *shown])]
    if filters := filters_of(entity):
        lines.append(_list("list_filter", filters))
    if words := searchable(entity):
        lines.append(_list("search_fields", words))
    return indented(lines)


def _list(name: str, items: Iterable[str], indent: int = 1) -> str:
    return call(f"{name} = ", (literal(item) for item in items), indent=indent, brackets="[]")


# --------------------------------------------------------------------- API


def api_imports(entities: Sequence[PlannedEntity]) -> list[str]:
    if not entities:
        return []
    lines = []
    if any(entity.account for entity in entities):
        lines.append("from accounts.models import User")
    if any(not entity.account for entity in entities):
        lines.append("from records import models")
    rest = {"RecordSerializer"}
    rest |= {"ReadOnlyRecordViewSet" if e.managed or e.account else "RecordViewSet" for e in entities}
    lines.append(f"from records.rest import {', '.join(sorted(rest))}")
    return lines


def serializer_meta(entity: PlannedEntity) -> str:
    own = [column.name for column in entity.fields] + [relation.name for relation in entity.relations]
    if entity.account:
        own = ["username", *own]
    times = [] if entity.account else ["created_at", "updated_at"]
    given = call("fields = ", [literal(n) for n in ["id", *own, *times]], indent=2, brackets="[]")
    lines = [given]
    managed = [f.name for f in entity.fields if f.managed] + [r.name for r in entity.relations if r.managed]
    if managed and not entity.managed:
        lines.append(call("read_only_fields = ", [literal(n) for n in managed], indent=2, brackets="[]"))
    return indented([indented(lines)])


def viewset_body(entity: PlannedEntity) -> str:
    links = [r.name for r in entity.relations if r.kind == "many_to_many"]
    queryset = f"{model_of(entity)}.objects.all()"
    if links:
        queryset = f"{model_of(entity)}.objects.prefetch_related({', '.join(literal(n) for n in links)})"
    lines = [f"queryset = {queryset}", f"serializer_class = {entity.name}Serializer"]
    lines.append(sequence("filter_fields = ", filters_of(entity), indent=1))
    lines.append(sequence("search_fields = ", searchable(entity), indent=1))
    orders = [f.name for f in entity.fields if f.type not in ("json", "image", "file", "text")]
    lines.append(
        sequence("ordering_fields = ", ["id", *orders, *([] if entity.account else ["created_at"])], indent=1)
    )
    return indented(lines)


def access_rules(entity: PlannedEntity, rules: Mapping[Action, str]) -> str:
    entries = ((action, literal(who)) for action, who in rules.items())
    return indented([mapping(f"{literal(entity.name)}: ", entries, indent=1, suffix=",")])


# ------------------------------------------------------------------- pages


def view_imports(plan: Plan) -> list[str]:
    lines = [
        "from django.http import HttpRequest, HttpResponse",
        "from django.shortcuts import render",
        "from django.urls import reverse",
        "",
    ]
    if any(entity.account for entity in plan.entities):
        lines.append("from accounts.models import User")
    own = [entity for entity in plan.entities if not entity.account]
    written = editable(plan.entities)
    if own:
        lines.append("from records import forms, models" if written else "from records import models")
    lines.append("from records.access import may, offered, visible")
    lines.append("from records.lists import ListPage")
    pages = set()
    if plan.entities:
        pages.add("DetailPage")
    if written:
        pages |= {"CreatePage", "EditPage", "DeletePage"}
    if any(_related(entity, plan) for entity in plan.entities):
        pages.add("Related")
    if pages:
        lines.append(import_line("records.pages", sorted(pages)))
    return lines


def list_body(entity: PlannedEntity, plan: Plan) -> str:
    lines = [f"model = {model_of(entity)}"]
    if entity.managed or entity.account:
        lines.append("read_only = True")
    if columns := columns_of(entity, links_to_many=1):
        lines.append(sequence("columns = ", columns, indent=1))
    if picture := _picture(entity):
        lines.append(f"picture = {literal(picture)}")
    if words := (*searchable(entity), *_linked_words(entity, plan)):
        lines.append(sequence("search_fields = ", words, indent=1))
    if filters := filters_of(entity):
        lines.append(sequence("filter_fields = ", filters, indent=1))
    if ranges := [f.name for f in entity.fields if f.type in RANGED and not f.choices]:
        lines.append(sequence("range_fields = ", ranges, indent=1))
    return indented(lines)


def _linked_words(entity: PlannedEntity, plan: Plan) -> list[str]:
    """An order is found by the name of its customer too."""
    found = []
    for relation in entity.relations:
        title = plan.entity(relation.target).title_field if relation.target != "User" else None
        if relation.kind != "many_to_many" and title is not None:
            found.append(f"{relation.name}__{title.name}")
    return found


def detail_body(entity: PlannedEntity, plan: Plan) -> str:
    title = entity.title_field
    badges = [f.name for f in entity.fields if f.type == "choice"][:2]
    texts = [f.name for f in entity.fields if f.type in ("text", "json")]
    picture = _picture(entity)
    hidden = {*badges, *texts, picture, title.name if title else ""}
    facts = [r.name for r in entity.relations] + [f.name for f in entity.fields if f.name not in hidden]
    lines = [f"model = {model_of(entity)}"]
    if entity.managed or entity.account:
        lines.append("read_only = True")
    if badges:
        lines.append(sequence("badges = ", badges, indent=1))
    if texts:
        lines.append(sequence("texts = ", texts, indent=1))
    if facts:
        lines.append(sequence("facts = ", facts, indent=1))
    if picture:
        lines.append(f"picture = {literal(picture)}")
    if related := _related(entity, plan):
        sections = [call("Related", parts, indent=2) for parts in related]
        lines.append(code_tuple("related = ", sections, indent=1))
    return indented(lines)


def _related(entity: PlannedEntity, plan: Plan) -> list[list[str]]:
    """Records of other kinds that point at this one."""
    found: list[list[str]] = []
    social = social_parts(plan) if plan.block("social") else []
    for other in plan.entities:
        for relation in other.relations:
            if relation.target != entity.name:
                continue
            addable = relation.kind != "many_to_many" and not (
                other.managed or other.account or relation.managed
            )
            columns = _related_columns(other, relation.name)
            parts = [literal(relation.related_name)]
            if addable:
                parts.append(literal(relation.name))
            parts.append("columns=" + literal(columns))
            if order := _order_within(other, relation):
                parts.append("order=" + literal(order))
            look = next((p.kind for p in social if p.part == other.name and p.link == relation.name), "")
            if look:
                parts.append("template=" + literal(f"social/{look}.html"))
            found.insert(0, parts) if look == "likes" else found.append(parts)
    return found


def _order_within(part: PlannedEntity, relation: PlannedRelation) -> str:
    """Parts that have a time stand in its order in the whole they belong to: messages as they were said.
    What people keep in a list of its own stays newest first."""
    whole = next((r for r in part.relations if r.kind == "belongs_to" and r.required), None)
    if (part.listed and not part.managed) or relation != whole:
        return ""
    return next((column.name for column in part.fields if column.type == "datetime"), "")


def _related_columns(entity: PlannedEntity, relation: str) -> tuple[str, ...]:
    """As in its own table, with the first long text beside them: under a recipe the comments are to be read."""
    columns = columns_of(entity, without=relation)[:4]
    texts = [f.name for f in entity.fields if f.type == "text" and f.name not in columns]
    return (*columns[:3], texts[0]) if columns and texts else columns


def _picture(entity: PlannedEntity) -> str:
    return next((column.name for column in entity.fields if column.type == "image"), "")


def page_urls(entity: PlannedEntity) -> list[str]:
    pages = [("", "List", "list")]
    if not (entity.managed or entity.account):
        pages.append(("new/", "Create", "create"))
    pages.append(("<int:pk>/", "Detail", "detail"))
    if not (entity.managed or entity.account):
        pages += [("<int:pk>/edit/", "Edit", "edit"), ("<int:pk>/delete/", "Delete", "delete")]
    lines = []
    for path, view, page in pages:
        parts = [
            literal(f"{entity.slug}/{path}"),
            f"views.{entity.name}{view}.as_view()",
            f"name={literal(url_name(entity, page))}",
        ]
        lines.append(call("path", parts, indent=1, suffix=","))
    return lines


def listed_pages(plan: Plan) -> list[str]:
    """Class names of the lists the overview shows."""
    listed = [entity for entity in plan.entities if entity.listed] or list(plan.entities)
    return [f"{entity.name}List" for entity in listed]
