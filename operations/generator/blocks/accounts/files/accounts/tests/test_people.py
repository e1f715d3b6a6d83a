"""Administrators see who has an account, and say what they may do."""

from django.test import TestCase
from django.urls import reverse

from accounts.models import User
from accounts.roles import ADMIN, MEMBER, NAMED, ROLES, give_role, having, role_of


class PeopleTests(TestCase):
    def setUp(self) -> None:
        self.admin = User.objects.create_user("vera", "vera@example.org")
        give_role(self.admin, ADMIN)
        self.ben = User.objects.create_user("ben", "ben@example.org")
        self.client.force_login(self.admin)

    def give(self, person: User, role: str):
        address = reverse("accounts:change-role", args=[person.pk])
        return self.client.post(address, {"role": role}, follow=True)

    def test_everybody_is_listed_and_found(self) -> None:
        address = reverse("accounts:people")
        self.assertContains(self.client.get(address), "ben@example.org")
        self.assertNotContains(self.client.get(address, {"q": "vera"}), "ben@example.org")
        self.assertContains(self.client.get(address, {"q": "nobody"}), "No matches")
        self.assertNotContains(self.client.get(address, {"role": ADMIN}), "ben@example.org")

    def test_every_role_can_be_given_and_taken(self) -> None:
        for role in (*ROLES, MEMBER):
            self.give(self.ben, role)
            self.ben = User.objects.get(pk=self.ben.pk)
            self.assertEqual(role_of(self.ben), role)
            self.assertIn(self.ben, having(role))
            self.assertEqual(self.ben.is_superuser, role == ADMIN)
            self.assertLessEqual(self.ben.groups.filter(name__in=NAMED).count(), 1)

    def test_there_is_no_other_role(self) -> None:
        self.assertContains(self.give(self.ben, "emperor"), "There is no such role")
        with self.assertRaises(ValueError):
            give_role(self.ben, "emperor")

    def test_the_last_administrator_stays_one(self) -> None:
        self.assertContains(self.give(self.admin, MEMBER), "has to stay administrator")
        self.client.post(reverse("accounts:change-access", args=[self.admin.pk]))
        self.admin.refresh_from_db()
        self.assertTrue(self.admin.is_staff and self.admin.is_active)

    def test_somebody_is_shut_out_and_let_in_again(self) -> None:
        address = reverse("accounts:change-access", args=[self.ben.pk])
        self.assertContains(self.client.post(address, follow=True), "no longer sign in")
        self.assertContains(self.client.post(address, follow=True), "can sign in again")

    def test_only_administrators_are_shown_the_way(self) -> None:
        address = reverse("accounts:people")
        self.assertContains(self.client.get(reverse("overview")), address)
        self.client.force_login(self.ben)
        self.assertNotContains(self.client.get(reverse("overview")), address)

    def test_nobody_else_gets_there(self) -> None:
        for name, args in (
            ("people", []),
            ("change-role", [self.ben.pk]),
            ("change-access", [self.ben.pk]),
        ):
            address = reverse(f"accounts:{name}", args=args)
            self.client.force_login(self.ben)
            method = self.client.get if name == "people" else self.client.post
            self.assertEqual(method(address, {"role": ADMIN}).status_code, 403)
            self.client.logout()
            self.assertEqual(method(address, {"role": ADMIN}).status_code, 302)
        self.assertEqual(role_of(User.objects.get(pk=self.ben.pk)), MEMBER)
