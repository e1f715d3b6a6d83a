"""What follows from the data model: endpoints, screens, components. Once per entity.

An entity is worked out the first time it is seen and marked so (`document.derived`); afterwards its
endpoints and screens belong to the person, and one she removed does not come back.
"""

from __future__ import annotations

from blueprints.architect.offline.knowledge import usual_entities
from blueprints.architect.offline.naming import kebab, plural, spaced
from blueprints.architect.offline.plan import Plan
from blueprints.architect.offline.plan_words import article
from blueprints.schemas import Entity

BOARD_FIELDS = ("status", "state", "stage", "progress", "column")


def derive(plan: Plan, *, parts: frozenset[str] = frozenset()) -> None:
    """Fill in what follows from entities not yet worked out; `parts` names those without own pages."""
    for entity in plan.entities:
        if not plan.derived(entity.id):
            plan.mark_derived(entity.id)
            # Accounts are made by signing up; nobody writes them for others.
            derive_endpoints(plan, entity, read_only=entity.name == "User")
            derive_screens(plan, entity, part=entity.name in parts or is_part(plan, entity))
    if plan.entities and not plan.derived("dependencies"):
        plan.mark_derived("dependencies")
        plan.add_dependency("service", "component", "Django and REST framework: data, API, admin and tests.")
        plan.add_dependency("web", "component", "Server-rendered pages and small scripts over the service.")
    elif plan.document.sections.ui_components.components and not plan.derived("dependencies"):
        plan.mark_derived("dependencies")
        plan.add_dependency("web", "component", "Server-rendered pages and small scripts.")


def derive_endpoints(plan: Plan, entity: Entity, *, read_only: bool = False) -> None:
    one, many = spaced(entity.name), words_of(entity).lower()
    base = f"/api/{kebab(words_of(entity))}/"
    an = article(one)
    plan.add_endpoint("GET", base, f"List {many}", entity)
    plan.add_endpoint("GET", f"{base}{{id}}/", f"Read one {one}", entity)
    if not read_only:
        plan.add_endpoint("POST", base, f"Create {an} {one}", entity)
        plan.add_endpoint("PATCH", f"{base}{{id}}/", f"Update {an} {one}", entity)
        plan.add_endpoint("DELETE", f"{base}{{id}}/", f"Delete {an} {one}", entity)


def derive_screens(plan: Plan, entity: Entity, *, part: bool) -> None:
    one, many = spaced(entity.name), words_of(entity)
    base = f"/{kebab(many)}/"
    an = article(one)
    if part:
        parent = parent_of(plan, entity)
        for screen in plan.document.sections.ui_components.components:
            shows_parent = (
                parent is not None and screen.entities[:1] == [parent.id] and screen.kind == "detail"
            )
            if shows_parent and entity.id not in screen.entities and not screen.locked:
                screen.entities.append(entity.id)
    else:
        plan.add_screen(many, "list", f"Browse, search and open {many.lower()}.", [entity], base)
        shown = [
            entity,
            *(child for child in plan.entities if child is not entity and _lives_on(plan, child, entity)),
        ]
        beside = [words_of(child).lower() for child in shown[1:]]
        purpose = f"One {one} with all its details" + (f" and its {', '.join(beside)}." if beside else ".")
        plan.add_screen(f"{one.capitalize()} detail", "detail", purpose, shown, f"{base}{{id}}/")
    if entity.name != "User":
        plan.add_screen(
            f"{one.capitalize()} form", "form", f"Add or edit {an} {one}.", [entity], f"{base}new/"
        )


def derive_board(plan: Plan, entity: Entity) -> bool:
    """A board over the entity's stage field; False when it has none."""
    if any(field.type == "choice" for field in entity.fields):
        many = words_of(entity)
        purpose = f"{many} as cards in lanes by {stage_field(entity)}, moved by drag and drop."
        return plan.add_screen(f"{spaced(entity.name).capitalize()} board", "board", purpose, [entity],
                               f"/{kebab(many)}/board/", quiet=False)  # fmt: skip
    return False


def stage_field(entity: Entity) -> str:
    choices = [field.name for field in entity.fields if field.type == "choice"]
    return spaced(
        next((name for name in choices if name in BOARD_FIELDS), choices[0] if choices else "status")
    )


def words_of(entity: Entity) -> str:
    return entity.plural or plural(spaced(entity.name)).capitalize()


def is_part(plan: Plan, entity: Entity) -> bool:
    """Whether this is a usual part of another thing (a comment) and has that other thing here."""
    template = usual_entities().get(spaced(entity.name))
    return template is not None and template.part and parent_of(plan, entity) is not None


def parent_of(plan: Plan, entity: Entity) -> Entity | None:
    for relation in entity.relations:
        if relation.kind == "belongs_to" and relation.target != entity.id:
            return plan.document.entity(relation.target)
    return None


def _lives_on(plan: Plan, child: Entity, parent: Entity) -> bool:
    return parent_of(plan, child) is parent and is_part(plan, child)
