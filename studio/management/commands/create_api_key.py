"""`manage.py create_api_key NAME --scopes a,b [--user NAME]`: a key for programs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from studio import services
from studio.core.errors import InvalidInput
from studio.models import ApiKey


class Command(BaseCommand):
    help = "Make an API key. It is printed once, as the last line, and stored hashed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what the key is for")
        parser.add_argument(
            "--scopes", required=True, help="comma-separated: " + ", ".join(ApiKey.Scope.values)
        )
        parser.add_argument("--user", help="user name it acts as (default: the owner of this instance)")
        parser.add_argument("--days", type=int, help="days until it expires (default: never)")

    def handle(self, *args: Any, **options: Any) -> None:
        user = services.instance_owner()
        if options["user"]:
            user = get_user_model().objects.filter(username=options["user"], is_active=True).first()
            if user is None:
                raise CommandError(f"There is no active user “{options['user']}”.")
        expires_at = timezone.now() + timedelta(days=options["days"]) if options["days"] else None
        scopes = [scope.strip() for scope in options["scopes"].split(",") if scope.strip()]
        try:
            key, secret = services.create_api_key(
                user=user, name=options["name"], scopes=scopes, expires_at=expires_at
            )
        except InvalidInput as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"Key “{key.name}” of {user.get_username()}, scopes {', '.join(key.scopes)}:")
        self.stdout.write(secret)
