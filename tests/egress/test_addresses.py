"""Which addresses are the public internet: nothing else may be reached for a stranger's page."""

from __future__ import annotations

import pytest

from studio.core.egress.addresses import is_public, networks, parse


@pytest.mark.parametrize(
    "text", ["93.184.215.14", "1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "2a00:1450::8a"]
)
def test_addresses_that_are_handed_out_are_public(text):
    assert is_public(parse(text))


@pytest.mark.parametrize(
    "text",
    """
    0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1
    172.31.255.255 192.0.0.192 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1
    239.255.255.250 240.0.0.1 255.255.255.255 168.63.129.16
    :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 64:ff9b::7f00:1 64:ff9b:1::a00:1 100::1 2001::1 2001:db8::1
    2002:7f00:1::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 fec0::1 ff02::1 4000::1
    """.split(),
)
def test_every_other_address_is_not(text):
    assert not is_public(parse(text))


def test_networks_are_read_as_people_write_them():
    assert [str(network) for network in networks(["10.1.2.3/16", " 127.0.0.1 ", "", "fd00::/8"])] == [
        "10.1.0.0/16",
        "127.0.0.1/32",
        "fd00::/8",
    ]
    with pytest.raises(ValueError, match="intranet"):
        networks(["intranet"])
