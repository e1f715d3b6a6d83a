"""Demo accounts are for staging: one for each role, offered on the page, and closed in production."""

from dataclasses import replace

from django.conf import settings
from django.test import TestCase, override_settings
from django.urls import reverse

from accounts.demo import PASSWORD, demo_accounts, name_of, seed
from accounts.models import User
from accounts.roles import ADMIN, MEMBER, ROLES, role_of

STAGING = replace(settings.ENVIRONMENT, name="staging")
PRODUCTION = replace(settings.ENVIRONMENT, name="production")


class DemoTests(TestCase):
    def setUp(self) -> None:
        seed()

    def sign_in(self, role: str):
        sent = {"username": name_of(role), "password": PASSWORD}
        return self.client.post(reverse("accounts:sign-in"), sent)

    def test_there_is_one_for_each_role(self) -> None:
        for role in ROLES:
            self.assertEqual(role_of(User.objects.get(username=name_of(role))), role)

    def test_sowing_twice_changes_nothing(self) -> None:
        User.objects.filter(username=name_of(ADMIN)).update(email="kept@example.org")
        seed()
        self.assertEqual(User.objects.get(username=name_of(ADMIN)).email, "kept@example.org")
        self.assertEqual(User.objects.filter(username__startswith="demo-").count(), len(ROLES))

    @override_settings(ENVIRONMENT=STAGING)
    def test_staging_offers_them_and_lets_them_in(self) -> None:
        self.assertContains(self.client.get(reverse("accounts:sign-in")), name_of(MEMBER))
        self.sign_in(MEMBER)
        self.assertIn("_auth_user_id", self.client.session)

    @override_settings(ENVIRONMENT=PRODUCTION)
    def test_production_neither_shows_them_nor_lets_them_in(self) -> None:
        self.assertEqual(demo_accounts(), [])
        self.assertNotContains(self.client.get(reverse("accounts:sign-in")), name_of(MEMBER))
        self.assertContains(self.sign_in(ADMIN), "open nothing here")
        self.assertNotIn("_auth_user_id", self.client.session)
