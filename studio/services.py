"""Projects, API keys and sign-in links: every way their rows come to be or change."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser, User
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from studio import catalog
from studio.core import tokens
from studio.core.errors import Conflict, InvalidInput
from studio.models import RESERVED_SLUGS, SLUG_PATTERN, ApiKey, Membership, Project, SignInLink

NAME_LENGTH = 80
SLUG_LENGTH = 40
SIGN_IN_LINK_LIFETIME = timedelta(minutes=15)

# Letters that Unicode does not decompose into a Latin base letter.
_LATIN = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i"}
)


# Projects


def create_project(*, name: str, template: str, by: AbstractBaseUser) -> Project:
    """A new project with its owner; it spawns in an operation of its own.

    Raises InvalidInput for an unusable name or an unknown template, Conflict when the name, or
    the host name made of it, is taken; the error's `suggestion` is a free name.
    """
    name = clean_name(name)
    chosen = catalog.template(template)
    slug = slug_of(name)
    if slug in RESERVED_SLUGS:
        raise _name_error(f"“{name}” is reserved: its address belongs to the Studio.", "name_reserved", name)
    if _is_taken(name, slug):
        raise _taken(name)
    try:
        with transaction.atomic():
            project = Project.objects.create(name=name, slug=slug, template=chosen.slug, created_by_id=by.pk)
            Membership.objects.create(project=project, user_id=by.pk, role=Membership.Role.OWNER)
    except IntegrityError as error:
        raise _taken(name) from error
    return project


def rename_project(*, project: Project, name: str) -> Project:
    """Change what people call it; slug and addresses stay. Raises as `create_project` does."""
    name = clean_name(name)
    if _is_taken(name, slug_of(name), besides=project):
        raise _taken(name)
    try:
        with transaction.atomic():
            project.name = name
            project.save(update_fields=["name", "updated_at"])
    except IntegrityError as error:
        raise _taken(name) from error
    return project


def clean_name(name: str) -> str:
    """The name as stored: one line, single spaces. Raises InvalidInput."""
    name = " ".join(name.split())
    if not name:
        raise _name_error("A project needs a name.", "invalid_name")
    if len(name) > NAME_LENGTH:
        raise _name_error(f"The name is {len(name)} characters long; {NAME_LENGTH} fit.", "invalid_name")
    if not name.isprintable():
        raise _name_error("The name holds characters that cannot be shown.", "invalid_name")
    if "/" in name:
        raise _name_error("The name may not hold a slash: it is part of addresses.", "invalid_name")
    return name


def slug_of(name: str) -> str:
    """The host name of a project: one DNS label, the same for the same name.

    A name without a Latin letter gets a short fingerprint instead of its letters.
    """
    plain = unicodedata.normalize("NFKD", name.casefold().translate(_LATIN))
    slug = re.sub(r"[^a-z0-9]+", "-", re.sub(r"[\u0300-\u036f'’]", "", plain)).strip("-")
    if not slug:
        slug = f"project-{hashlib.sha256(name.encode()).hexdigest()[:6]}"
    elif not slug[0].isalpha():
        slug = f"app-{slug}"
    slug = slug[:SLUG_LENGTH].rstrip("-")
    assert re.fullmatch(SLUG_PATTERN, slug), slug  # a defect here would become a broken host name
    return slug


def _is_taken(name: str, slug: str, *, besides: Project | None = None) -> bool:
    others = Project.objects.exclude(pk=besides.pk) if besides else Project.objects.all()
    return others.filter(Q(name__iexact=name) | Q(slug=slug)).exists()


def _taken(name: str) -> Conflict:
    suggestion = _free_name(name)
    return Conflict(
        f"“{name}” is taken. “{suggestion}” is free.",
        code="name_taken",
        suggestion=suggestion,
        errors=[{"pointer": "#/name", "message": "Taken."}],
    )


def _name_error(message: str, code: str, name: str | None = None) -> InvalidInput:
    details = {"suggestion": _free_name(name)} if name else {}
    return InvalidInput(message, code=code, errors=[{"pointer": "#/name", "message": message}], **details)


def _free_name(name: str) -> str:
    """`name` with the first number that makes it free; counting slugs too, in one query per ten."""
    base = name[: NAME_LENGTH - 8].rstrip()
    stem = base if len(slug_of(base)) <= SLUG_LENGTH - 6 else base[: SLUG_LENGTH // 2].rstrip()
    for first in range(2, 1_000_000, 10):
        candidates = {f"{stem} {number}": slug_of(f"{stem} {number}") for number in range(first, first + 10)}
        rows = Project.objects.filter(Q(name__in=candidates) | Q(slug__in=candidates.values()))
        taken = {value for row in rows.values_list("name", "slug") for value in row}
        for candidate, slug in candidates.items():
            if candidate not in taken and slug not in taken | RESERVED_SLUGS:
                return candidate
    raise Conflict("Every name like this is taken.", code="name_taken")


# API keys


def create_api_key(
    *, user: AbstractBaseUser, name: str, scopes: Iterable[str], expires_at: datetime | None = None
) -> tuple[ApiKey, str]:
    """(row, secret). The secret is not stored: this is the only moment it can be shown.

    Raises InvalidInput for a missing name or an unknown scope.
    """
    name, scopes = name.strip(), sorted(set(scopes))
    if not name or len(name) > NAME_LENGTH or not name.isprintable():
        raise InvalidInput(
            f"A key needs a name of 1 to {NAME_LENGTH} printable characters.", code="invalid_name"
        )
    unknown = [scope for scope in scopes if scope not in ApiKey.Scope.values]
    if unknown or not scopes:
        cause = f"There is no scope {', '.join(unknown)}" if unknown else "A key needs a scope"
        raise InvalidInput(f"{cause}; choose from {', '.join(ApiKey.Scope.values)}.", code="unknown_scope")
    made = tokens.new_key()
    key = ApiKey.objects.create(
        user_id=user.pk,
        name=name,
        prefix=made.prefix,
        digest=made.digest,
        scopes=scopes,
        expires_at=expires_at,
    )
    return key, made.secret


def revoke_api_key(*, key: ApiKey) -> None:
    """Ends it at once; the row stays, to tell that it was. Revoking twice keeps the first time."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())
    key.refresh_from_db(fields=["revoked_at"])


# Signing in


def instance_owner() -> User:
    """The person who runs this instance: its first superuser, made when there is none yet.

    She has no password until she sets one, and comes in by a one-time link.
    """
    people = get_user_model().objects
    owner = people.filter(is_superuser=True, is_active=True).order_by("pk").first()
    if owner is None:
        try:
            with transaction.atomic():
                owner = people.create_superuser(username="owner")
        except IntegrityError:  # two processes started at once
            owner = people.get(username="owner")
    return owner


def create_sign_in_link(user: AbstractBaseUser, *, lifetime: timedelta = SIGN_IN_LINK_LIFETIME) -> str:
    """An absolute address that signs this person in, once, within `lifetime`. Only its hash is kept."""
    SignInLink.objects.filter(expires_at__lt=timezone.now() - timedelta(days=1)).delete()
    token = tokens.new_token()
    SignInLink.objects.create(
        digest=tokens.digest(token), user_id=user.pk, expires_at=timezone.now() + lifetime
    )
    return f"{settings.ORCHARD_URL.rstrip('/')}{reverse('sign-in-link', args=[token])}"


def use_sign_in_link(token: str) -> User:
    """The person the link is for; from now on it is used. Of two simultaneous uses one succeeds.

    Raises Conflict: used, expired, unknown, or of a person who left, all alike.
    """
    now = timezone.now()
    usable = SignInLink.objects.filter(
        digest=tokens.digest(token), used_at=None, expires_at__gt=now, user__is_active=True
    )
    if usable.update(used_at=now) != 1:
        raise Conflict("This sign-in link was used before or has expired.", code="link_spent")
    return SignInLink.objects.select_related("user").get(digest=tokens.digest(token)).user
