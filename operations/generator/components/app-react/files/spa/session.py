"""Who is signed in, for the React app: as JSON instead of as pages."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import authenticate, get_user_model, login, logout
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_protect, ensure_csrf_cookie
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from records.access import may
from records.api_urls import router

ACTIONS = ("list", "read", "create", "update", "delete")


class SessionUserSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    username = serializers.CharField()


class SessionSerializer(serializers.Serializer):
    """`may` names the actions that are allowed for at least one record, by the slug of its kind."""

    user = SessionUserSerializer(allow_null=True)
    may = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))


class CredentialsSerializer(serializers.Serializer):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(trim_whitespace=False, max_length=1000)


def session_of(request: Request) -> Response:
    user = request.user if request.user.is_authenticated else None
    kinds = {slug: viewset.queryset.model for slug, viewset, _ in router.registry}
    allowed = {
        slug: [action for action in ACTIONS if may(request.user, action, model)]
        for slug, model in kinds.items()
    }
    return Response(SessionSerializer({"user": user, "may": allowed}).data)


@method_decorator(ensure_csrf_cookie, name="dispatch")
@method_decorator(csrf_protect, name="dispatch")
class SessionView(APIView):
    """The session of this browser."""

    permission_classes = [AllowAny]

    @extend_schema(responses=SessionSerializer)
    def get(self, request: Request) -> Response:
        return session_of(request)

    @extend_schema(request=CredentialsSerializer, responses=SessionSerializer)
    def post(self, request: Request) -> Response:
        """Sign in."""
        given = CredentialsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        user = authenticate(request, **given.validated_data)
        if user is None:
            raise serializers.ValidationError({"detail": ["Name and password do not match."]})
        login(request, user)
        request.user = user
        return session_of(request)

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        """Sign out."""
        logout(request)
        return Response(status=status.HTTP_204_NO_CONTENT)


@method_decorator(csrf_protect, name="dispatch")
class AccountsView(APIView):
    """Making an account."""

    permission_classes = [AllowAny]

    @extend_schema(request=CredentialsSerializer, responses={201: SessionSerializer})
    def post(self, request: Request) -> Response:
        """Make an account and sign in."""
        given = CredentialsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        user = self.made(**given.validated_data)
        login(request, user)
        request.user = user
        answer = session_of(request)
        answer.status_code = status.HTTP_201_CREATED
        return answer

    def made(self, username: str, password: str) -> Any:
        user = get_user_model()(username=username)
        try:
            validate_password(password, user)
            user.set_password(password)
            user.full_clean()
        except ValidationError as error:
            told = getattr(error, "error_dict", None)
            words = error.message_dict if told else {"password": error.messages}
            raise serializers.ValidationError(words) from error
        user.save()
        return user
