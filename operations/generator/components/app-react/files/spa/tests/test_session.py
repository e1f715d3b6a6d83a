"""Signing in and out as the React app does it."""

from django.contrib.auth import get_user_model
from django.test import TestCase
from rest_framework.test import APIClient

ADA = {"username": "ada", "password": "apples-and-pears"}


class SessionTests(TestCase):
    def setUp(self) -> None:
        self.client = APIClient(enforce_csrf_checks=True)
        self.client.get("/api/session/")
        token = self.client.cookies["csrftoken"].value
        self.client.credentials(HTTP_X_CSRFTOKEN=token)

    def sign_in(self, **changes: str) -> object:
        return self.client.post("/api/session/", {**ADA, **changes})

    def test_nobody_is_signed_in_at_first(self) -> None:
        self.assertIsNone(self.client.get("/api/session/").json()["user"])

    def test_signs_in_and_out(self) -> None:
        get_user_model().objects.create_user(**ADA)
        self.assertEqual(self.sign_in().json()["user"]["username"], "ada")
        self.client.credentials(HTTP_X_CSRFTOKEN=self.client.cookies["csrftoken"].value)
        self.assertEqual(self.client.delete("/api/session/").status_code, 204)
        self.assertIsNone(self.client.get("/api/session/").json()["user"])

    def test_a_wrong_password_opens_nothing(self) -> None:
        get_user_model().objects.create_user(**ADA)
        answer = self.sign_in(password="wrong")
        self.assertEqual(answer.status_code, 400)
        self.assertIn("do not match", answer.json()["detail"][0])

    def test_another_site_cannot_sign_anybody_in(self) -> None:
        get_user_model().objects.create_user(**ADA)
        self.client.credentials()
        self.assertEqual(self.sign_in().status_code, 403)

    def test_makes_an_account_and_signs_in(self) -> None:
        answer = self.client.post("/api/session/accounts/", ADA)
        self.assertEqual((answer.status_code, answer.json()["user"]["username"]), (201, "ada"))
        again = APIClient().post("/api/session/accounts/", ADA)
        self.assertEqual(again.status_code, 400)
        self.assertIn("username", again.json())

    def test_a_weak_password_is_refused_with_the_reason(self) -> None:
        answer = self.client.post("/api/session/accounts/", {"username": "ada", "password": "123"})
        self.assertEqual(answer.status_code, 400)
        self.assertIn("password", answer.json())
