"""What living processes say of themselves, in a real Redis."""

import time

import redis

from studio.core import hub, presence


def wait_until(holds, seconds=30):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_last_word_of_each_process_stands():
    presence.announce("cats", "one", {"asleep": 1})
    presence.announce("cats", "two", {"asleep": 2})
    presence.announce("cats", "one", {"asleep": 3})
    presence.announce("dogs", "one", {"asleep": 4})
    assert presence.present("cats") == {"one": {"asleep": 3}, "two": {"asleep": 2}}


def test_who_withdraws_is_gone_at_once():
    presence.announce("cats", "one", {})
    presence.withdraw("cats", "one")
    assert presence.present("cats") == {}


def test_who_falls_silent_is_gone_after_the_expiry():
    presence.announce("cats", "silent", {}, expiry_seconds=0.2)
    presence.announce("cats", "alive", {})
    wait_until(lambda: set(presence.present("cats")) == {"alive"})


def test_a_clock_that_is_off_lists_nobody_out():
    """The index is kept by the clock of whoever speaks; the expiry of a word is Redis's own."""
    presence.announce("cats", "slow", {})
    client: redis.Redis = hub.client()
    client.zincrby("orchard:cats", -600, "slow")
    presence.announce("cats", "fast", {})
    assert set(presence.present("cats")) == {"slow", "fast"}


def test_names_of_processes_long_gone_do_not_pile_up():
    presence.announce("cats", "ancient", {})
    hub.client().zincrby("orchard:cats", -7200, "ancient")
    presence.announce("cats", "alive", {})
    assert hub.client().zcard("orchard:cats") == 1
