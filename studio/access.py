"""Who asks, and what they may see and do.

Two ways in: an API key (programs, within its scopes) and the browser session (people, with CSRF).
Then one question per project: is this person a member, and is the role large enough? Strangers get
`NotFound`, exactly as for a project that does not exist.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
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
    prefix = tokens.prefix_of(secret)
    key = ApiKey.objects.select_related("user").filter(prefix=prefix).first() if prefix else None
    if key is None or not tokens.matches(secret, key.digest):
        return None
    expired = key.expires_at is not None and key.expires_at <= timezone.now()
    return None if expired or key.revoked_at is not None or not key.user.is_active else key


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
