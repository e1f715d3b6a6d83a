"""People keep their own profile, password and looks."""

from django.test import TestCase
from django.urls import reverse

from accounts.models import User

SECRET, OTHER = "a long enough secret", "another long secret"


class SettingsTests(TestCase):
    def setUp(self) -> None:
        self.ada = User.objects.create_user("ada", "ada@example.org", SECRET)
        self.client.force_login(self.ada)
        self.address = reverse("accounts:settings")

    def test_a_profile_is_saved(self) -> None:
        sent = {"part": "profile", "first_name": "Ada", "email": "new@example.org"}
        self.assertContains(self.client.post(self.address, sent, follow=True), "profile is saved")
        self.ada.refresh_from_db()
        self.assertEqual((self.ada.first_name, self.ada.email), ("Ada", "new@example.org"))

    def test_a_wrong_address_is_explained(self) -> None:
        answer = self.client.post(self.address, {"part": "profile", "email": "not one"})
        self.assertContains(answer, "to fix before saving")
        self.ada.refresh_from_db()
        self.assertEqual(self.ada.email, "ada@example.org")

    def test_nobody_makes_herself_more_than_she_is(self) -> None:
        sent = {"part": "profile", "is_staff": "on", "is_superuser": "on", "username": "root"}
        self.client.post(self.address, sent | {"email": "ada@example.org"})
        self.ada.refresh_from_db()
        self.assertFalse(self.ada.is_staff or self.ada.is_superuser)
        self.assertEqual(self.ada.username, "ada")

    def test_a_password_is_changed_and_one_stays_signed_in(self) -> None:
        sent = {"part": "password", "old_password": SECRET}
        sent |= {"new_password1": OTHER, "new_password2": OTHER}
        self.assertContains(self.client.post(self.address, sent, follow=True), "is changed")
        self.ada.refresh_from_db()
        self.assertTrue(self.ada.check_password(OTHER))

    def test_the_old_password_is_needed(self) -> None:
        sent = {"part": "password", "old_password": "wrong"}
        sent |= {"new_password1": OTHER, "new_password2": OTHER}
        self.assertContains(self.client.post(self.address, sent), "to fix before saving")
        self.ada.refresh_from_db()
        self.assertTrue(self.ada.check_password(SECRET))

    def test_looks_are_kept_on_the_device(self) -> None:
        page = self.client.post(self.address, {"part": "looks", "look": "dark"}, follow=True)
        self.assertContains(page, 'data-mode="dark"')
        self.client.post(self.address, {"part": "looks", "look": '"><script>'})
        self.assertEqual(self.client.cookies["appearance"].value, "dark")

    def test_strangers_sign_in_first(self) -> None:
        self.client.logout()
        self.assertEqual(self.client.get(self.address).status_code, 302)
