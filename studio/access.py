"""Who asks, and what they may see and do.

Two ways in: an API key (programs, within its scopes) and the browser session (people, with CSRF).
Then one question per project: is this person a member, and is the role large enough? Strangers get
`NotFound`, exactly as for a project that does not exist.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from django.conf import settings
from django.contrib import auth
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.contrib.sessions.models import Session
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from rest_framework import authentication, permissions
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from studio.core import tokens
from studio.core.errors import Forbidden, NotFound, OrchardError
from studio.models import ApiKey, Membership, Project

if TYPE_CHECKING:  # it reads the default authentication, hence this module, while it is imported
    from rest_framework.views import APIView

Role = Literal["viewer", "editor", "owner"]
Person = AbstractBaseUser | AnonymousUser

API_KEY_HEADER = "X-API-Key"
LAST_USED_PRECISION = timedelta(minutes=1)
# Whose people are read in bulk, and where; all others are asked for by Django.
_PASSWORDS = "django.contrib.auth.backends.ModelBackend"
_SESSIONS_IN_ROWS = ("django.contrib.sessions.backends.db", "django.contrib.sessions.backends.cached_db")

_RANK = {"viewer": 0, "editor": 1, "owner": 2}


class Unauthenticated(OrchardError):
    """Nobody is signed in and no valid key came along."""

    status = 401
    code = "unauthenticated"


# Projects


@dataclass(frozen=True)
class Viewer:
    """Who looks: enough to build every view model outside a request, as a push does.

    `environment` is the one whose app she looks at.
    """

    user_id: int
    role: str  # Membership.Role
    environment: str = "staging"

    @property
    def may_edit(self) -> bool:
        return self.role in ("owner", "editor")


def visible_projects(user: Person) -> QuerySet[Project]:
    """The projects this person is a member of, newest first."""
    if not user.is_authenticated:
        return Project.objects.none()
    return Project.objects.filter(memberships__user_id=user.pk)


def memberships(projects: Collection[uuid.UUID], users: Collection[int]) -> set[tuple[uuid.UUID, int]]:
    """Who of these people is a member of which of these projects, as (project, user id)."""
    found = Membership.objects.filter(project_id__in=projects, user_id__in=users)
    return set(found.values_list("project_id", "user_id"))


def get_project(user: Person, key: str | uuid.UUID, *, role: Role = "viewer") -> Project:
    """The project whose id, slug or name is `key`.

    Raises NotFound unless this person is a member, Forbidden when her role is smaller than `role`.
    """
    membership = _membership(user, str(key))
    if membership is None:
        raise NotFound(f"There is no project “{key}” that you can see.")
    if _RANK[membership.role] < _RANK[role]:
        raise Forbidden(
            f"You are a {membership.role} of this project; this needs the role {role}. Ask an owner of the project.",
            role=membership.role,
            needed=role,
        )
    return membership.project


def viewer_of(user: Person, project: Project) -> Viewer:
    """This person's view of this project. Raises NotFound when she is not a member."""
    membership = _membership(user, str(project.pk))
    if membership is None:
        raise NotFound(f"There is no project “{project.slug}” that you can see.")
    return Viewer(user_id=membership.user_id, role=membership.role)


def _membership(user: Person, key: str) -> Membership | None:
    if not user.is_authenticated or "\x00" in key:  # PostgreSQL refuses NUL in a string
        return None
    project_id = _as_uuid(key)
    named = Q(project__slug=key) | Q(project__name=key)
    matches = named | Q(project_id=project_id) if project_id else named
    found = Membership.objects.filter(matches, user_id=user.pk).select_related("project")
    # One person's name may be another project's slug: the id wins, then the slug, then the name.
    return min(
        found, key=lambda item: (item.project_id != project_id, item.project.slug != key), default=None
    )


def _as_uuid(key: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(key)
    except ValueError:
        return None


# API keys


def find_api_key(secret: str) -> ApiKey | None:
    """The live key of this secret, or None: unknown, expired, revoked, or of a person who left."""
    return find_api_keys([secret]).get(secret)


def find_api_keys(secrets: Collection[str]) -> dict[str, ApiKey]:
    """Those of the secrets that have a live key, in one query."""
    prefixes = {secret: prefix for secret in secrets if (prefix := tokens.prefix_of(secret))}
    if not prefixes:
        return {}
    rows = ApiKey.objects.select_related("user").filter(prefix__in=set(prefixes.values())).order_by()
    keys = {key.prefix: key for key in rows}
    found = {secret: keys[prefix] for secret, prefix in prefixes.items() if prefix in keys}
    return {secret: key for secret, key in found.items() if _is_live(key, secret)}


def _is_live(key: ApiKey, secret: str) -> bool:
    expired = key.expires_at is not None and key.expires_at <= timezone.now()
    return (
        tokens.matches(secret, key.digest)
        and not expired
        and key.revoked_at is None
        and bool(key.user.is_active)
    )


def _note_use(key: ApiKey) -> None:
    """Written at most once a minute: a polling program must not turn every read into a write."""
    now = timezone.now()
    stale = now - LAST_USED_PRECISION
    if key.last_used_at is None or key.last_used_at < stale:
        ApiKey.objects.filter(Q(last_used_at=None) | Q(last_used_at__lt=stale), pk=key.pk).update(
            last_used_at=now
        )


# Requests


class ApiKeyAuthentication(authentication.BaseAuthentication):
    """`X-API-Key: ork_…`. A key that is sent but not valid is refused, never ignored."""

    challenge = f'ApiKey header="{API_KEY_HEADER}"'

    def authenticate(self, request: Request | HttpRequest) -> tuple[AbstractBaseUser, ApiKey] | None:
        secret = request.headers.get(API_KEY_HEADER)
        if not secret:
            return None
        key = find_api_key(secret)
        if key is None:
            raise Unauthenticated(
                "This API key is not valid: unknown, expired or revoked.", code="invalid_api_key"
            )
        _note_use(key)
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        return self.challenge


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's session; every request that changes something needs its CSRF token."""

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied as error:
            raise Forbidden(
                "The request lacks a valid CSRF token. Reload the page and try again.", code="csrf_failed"
            ) from error


class HasScope(permissions.BasePermission):
    """Reading needs `projects:read`, everything else `projects:execute`.

    People in a browser have both scopes, limited by their role in each project; keys have their own.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        require_scope(request.user, request.auth, _scope_of(request.method))
        return True


def identify(request: HttpRequest) -> AbstractBaseUser:
    """Who asks, in a plain Django view (streams, downloads) that takes keys as well as sessions.

    Raises Unauthenticated without either, Forbidden when the key lacks the scope of the method.
    CSRF stays the middleware's business.
    """
    by_key = ApiKeyAuthentication().authenticate(request)
    user, key = by_key if by_key is not None else (request.user, None)
    return require_scope(user, key, _scope_of(request.method))


class Credential(NamedTuple):
    """What a reader shows to say who she is: the session's cookie, a key, "" for what she has not."""

    session: str
    api_key: str


def recognise(shown: Collection[Credential]) -> dict[Credential, int]:
    """The user ids of those who may read, for a crowd in three queries. Whoever is missing is refused by
    the authentication of an ordinary request, which also says why."""
    keys = find_api_keys({credential.api_key for credential in shown if credential.api_key})
    for key in keys.values():
        _note_use(key)
    readers = {secret: key.user.pk for secret, key in keys.items() if ApiKey.Scope.READ in key.scopes}
    signed_in = _signed_in({credential.session for credential in shown if not credential.api_key})
    found = {
        credential: readers.get(credential.api_key)
        if credential.api_key
        else signed_in.get(credential.session)
        for credential in shown
    }
    return {credential: user for credential, user in found.items() if user is not None}


def _signed_in(session_keys: Collection[str]) -> dict[str, int]:
    """User ids by session key, as `django.contrib.auth.get_user` finds them: together where they signed in
    with a password and sessions are rows, as they do and are here; one by one, by Django, where not."""
    askable = {key for key in session_keys if key and key.isascii() and key.isprintable()}
    if not askable:
        return {}
    if settings.SESSION_ENGINE in _SESSIONS_IN_ROWS:
        rows = Session.objects.filter(pk__in=askable, expire_date__gt=timezone.now())
        sessions = {row.pk: row.get_decoded() for row in rows}
        found = _with_passwords(sessions)
        left = {key for key, data in sessions.items() if key not in found and auth.SESSION_KEY in data}
    else:
        found, left = {}, askable
    for key in left:
        if user := _found_by_django(key):
            found[key] = user
    return found


def _with_passwords(sessions: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    model = auth.get_user_model()
    ids = {
        key: model._meta.pk.to_python(data[auth.SESSION_KEY])
        for key, data in sessions.items()
        if auth.SESSION_KEY in data and data.get(auth.BACKEND_SESSION_KEY) == _PASSWORDS
    }
    people: Mapping[int, Any] = model._default_manager.in_bulk(set(ids.values()))
    return {
        key: pk
        for key, pk in ids.items()
        if pk in people and people[pk].is_active and _is_of(sessions[key], people[pk])
    }


def _is_of(session: Mapping[str, Any], user: Any) -> bool:
    """Whether she is still signed in by it: a new password ends the sessions before it."""
    shown = session.get(auth.HASH_SESSION_KEY) or ""
    return _PASSWORDS in settings.AUTHENTICATION_BACKENDS and constant_time_compare(
        shown, user.get_session_auth_hash()
    )


def _found_by_django(session_key: str) -> int | None:
    """Whatever backend let her in and wherever sessions are kept; as on any request, a session that is void
    by now is emptied."""
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = auth.get_user(request)
    return user.pk if user.is_authenticated and user.is_active else None


def require_scope(user: Person, key: Any, scope: str) -> AbstractBaseUser:
    """The person, once it is sure that she is somebody and her key (None: a session) has the scope."""
    if not isinstance(user, AbstractBaseUser):
        raise Unauthenticated(f"Sign in, or send an API key in the header {API_KEY_HEADER}.")
    if isinstance(key, ApiKey) and scope not in key.scopes:
        raise Forbidden(
            f"This API key lacks the scope {scope}. Make one with `manage.py create_api_key NAME --scopes {scope}`.",
            code="missing_scope",
            scope=scope,
        )
    return user


def _scope_of(method: str | None) -> str:
    return ApiKey.Scope.READ if method in permissions.SAFE_METHODS else ApiKey.Scope.EXECUTE
