"""`manage.py sign_in_link [--user NAME]`: a fresh one-time link, for when the printed one is used up."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from studio import services


class Command(BaseCommand):
    help = "Make a link that signs its user in once. It is printed as the last line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", help="user name to sign in (default: the owner of this instance)")

    def handle(self, *args: Any, **options: Any) -> None:
        user = services.instance_owner()
        if options["user"]:
            user = get_user_model().objects.filter(username=options["user"], is_active=True).first()
            if user is None:
                raise CommandError(f"There is no active user “{options['user']}”.")
        self.stdout.write(services.create_sign_in_link(user))
