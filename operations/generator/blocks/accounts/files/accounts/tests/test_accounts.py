"""People sign up, in and out."""

from django.test import TestCase
from django.urls import reverse

from accounts.models import User

SECRET = "a long enough secret"


class SignUpTests(TestCase):
    def sign_up(self, **changes: str):
        sent = {
            "username": "ada",
            "email": "ada@example.org",
            "password1": SECRET,
            "password2": SECRET,
        }
        return self.client.post(reverse("accounts:sign-up"), sent | changes)

    def test_signing_up_signs_in(self) -> None:
        self.assertRedirects(self.sign_up(), reverse("home"), fetch_redirect_response=False)
        self.assertEqual(
            int(self.client.session["_auth_user_id"]), User.objects.get(username="ada").pk
        )

    def test_weak_passwords_are_explained(self) -> None:
        answer = self.sign_up(password1="123", password2="123")
        self.assertContains(answer, "too short")
        self.assertFalse(User.objects.exists())

    def test_a_taken_name_is_explained(self) -> None:
        User.objects.create_user("ada")
        self.assertContains(self.sign_up(), "already exists")


class SignInTests(TestCase):
    def setUp(self) -> None:
        self.ada = User.objects.create_user("ada", password=SECRET)

    def test_signing_in_and_out(self) -> None:
        self.client.post(reverse("accounts:sign-in"), {"username": "ada", "password": SECRET})
        self.assertIn("_auth_user_id", self.client.session)
        self.client.post(reverse("accounts:sign-out"))
        self.assertNotIn("_auth_user_id", self.client.session)

    def test_a_wrong_password_is_explained(self) -> None:
        sent = {"username": "ada", "password": "wrong"}
        self.assertContains(self.client.post(reverse("accounts:sign-in"), sent), "correct username")

    def test_nobody_is_sent_to_another_site(self) -> None:
        sent = {"username": "ada", "password": SECRET, "next": "https://elsewhere.example/"}
        answer = self.client.post(reverse("accounts:sign-in"), sent)
        self.assertRedirects(answer, reverse("home"), fetch_redirect_response=False)

    def test_pages_show_who_is_signed_in(self) -> None:
        self.client.force_login(self.ada)
        self.assertContains(self.client.get(reverse("overview")), "ada")
