"""What the accounts block takes from the plan: the roles its rules name, and what people say of themselves."""

from __future__ import annotations

from operations.generator import naming
from operations.generator.model import Plan, PlannedEntity

OPEN_TO_ALL = ("anyone", "signed_in", "owner", "admin", "member")
# What people may change about themselves, by the words of its name. Anything else an account holds
# (a role, a balance, a level) is not theirs to change.
PERSONAL = frozenset(
    """
    name nickname phone mobile bio about introduction address city country avatar photo picture image birthday
    birth born gender website homepage company signature interests hobbies language
    """.split()
)
PERSONAL_TYPES = ("string", "text", "phone", "url", "image", "date", "choice")


def role_names(plan: Plan) -> list[str]:
    """Roles that rules name, apart from administrators."""
    named = {who for actions in plan.access.values() for who in actions.values()}
    return sorted(named - set(OPEN_TO_ALL))


def profile_fields(account: PlannedEntity | None) -> list[str]:
    own = account.editable_fields if account else ()
    personal = [
        f.name for f in own if f.type in PERSONAL_TYPES and set(naming.ascii_words(f.name)) & PERSONAL
    ]
    return ["first_name", "last_name", "email", *(name for name in personal if name != "email")]
