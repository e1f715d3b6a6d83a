"""Coming in by password or by a link that works once."""

from __future__ import annotations

from datetime import timedelta
from unittest.mock import ANY

import pytest
from django.test import Client
from django.urls import reverse

from studio import services
from studio.attempts import PER_ADDRESS, PER_NAME, Attempts
from studio.core.errors import Conflict
from studio.models import SignInLink


def path_of(link, settings):
    assert link.startswith(settings.ORCHARD_URL)
    return link.removeprefix(settings.ORCHARD_URL)


def is_signed_in(client):
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("name", ["ada", "ada@example.org", "ADA@example.org"])
def test_a_person_signs_in_by_user_name_or_email(ada, name):
    client = Client()
    answer = client.post(reverse("sign-in"), {"username": name, "password": "apples-and-pears"})
    assert answer.status_code == 302 and is_signed_in(client)


def test_a_wrong_password_is_named_and_signs_nobody_in(ada):
    client = Client()
    answer = client.post(reverse("sign-in"), {"username": "ada", "password": "wrong"})
    assert answer.status_code == 200 and not is_signed_in(client)
    assert "do not belong together" in answer.content.decode()


def try_password(name, password, address="192.0.2.1"):
    client = Client(REMOTE_ADDR=address)
    answer = client.post(reverse("sign-in"), {"username": name, "password": password})
    return is_signed_in(client), answer.content.decode()


def test_guessing_a_password_comes_to_an_end(ada, ben):
    for number in range(PER_NAME):
        assert try_password("ada", "wrong", address=f"192.0.2.{number}") == (False, ANY)
    signed_in, page = try_password("ada", "apples-and-pears")
    assert not signed_in and "Too many attempts" in page
    assert try_password("ADA@example.org", "apples-and-pears")[0] is False
    assert try_password("ben", "apples-and-pears")[0]


def test_one_address_cannot_try_one_password_on_everybody(ada):
    for number in range(PER_ADDRESS):
        Attempts(name=f"guess-{number}", address="192.0.2.1").take()
    assert "Too many attempts" in try_password("ada", "apples-and-pears", address="192.0.2.1")[1]
    assert try_password("ada", "apples-and-pears", address="192.0.2.2")[0]


def test_who_remembers_the_password_may_have_mistyped_it_before(ada):
    for _ in range(2):
        for _ in range(PER_NAME - 1):
            try_password("ada", "wrong")
        assert try_password("ada", "apples-and-pears")[0]


def test_the_administration_has_no_door_of_its_own(ada):
    answer = Client().post("/admin/login/?next=/admin/auth/user/")
    assert answer["Location"] == f"{reverse('sign-in')}?next=/admin/auth/user/"
    client = Client()
    client.force_login(ada)
    assert client.get("/admin/", follow=True).status_code == 403


def test_an_email_that_two_people_share_signs_neither_in(ada, cleo):
    cleo.email = ada.email
    cleo.set_password("apples-and-pears")
    cleo.save()
    client = Client()
    client.post(reverse("sign-in"), {"username": ada.email, "password": "apples-and-pears"})
    assert not is_signed_in(client)


def test_sign_in_follows_only_addresses_of_the_studio(ada):
    for target, expected in [("/p/aeries/", "/p/aeries/"), ("https://evil.example/", reverse("home"))]:
        answer = Client().post(
            reverse("sign-in"), {"username": "ada", "password": "apples-and-pears", "next": target}
        )
        assert answer["Location"] == expected


def test_a_link_signs_its_person_in_once(ada, settings):
    path = path_of(services.create_sign_in_link(ada), settings)
    first, second = Client(), Client()
    assert first.get(path).status_code == 302 and is_signed_in(first)
    answer = second.get(path)
    assert answer.status_code == 410 and not is_signed_in(second)
    assert "used before or has expired" in answer.content.decode()
    assert first.get(path).status_code == 302  # opening it again does no harm to who is in


def test_prefetching_does_not_use_a_link_up(ada, settings):
    path = path_of(services.create_sign_in_link(ada), settings)
    assert Client().get(path, headers={"Sec-Purpose": "prefetch;prerender"}).status_code == 503
    client = Client()
    client.get(path)
    assert is_signed_in(client)


def test_a_link_expires(ada, settings):
    link = services.create_sign_in_link(ada, lifetime=timedelta(seconds=-1))
    assert Client().get(path_of(link, settings)).status_code == 410


def test_a_link_of_somebody_who_left_does_nothing(ada):
    token = services.create_sign_in_link(ada).rstrip("/").rsplit("/", 1)[1]
    ada.is_active = False
    ada.save()
    with pytest.raises(Conflict):
        services.use_sign_in_link(token)


def test_only_a_hash_of_a_link_is_stored(ada):
    token = services.create_sign_in_link(ada).rstrip("/").rsplit("/", 1)[1]
    assert token not in str(SignInLink.objects.values().get())


def test_signing_out_ends_the_session(ada):
    client = Client()
    client.force_login(ada)
    client.post(reverse("sign-out"))
    assert not is_signed_in(client)
