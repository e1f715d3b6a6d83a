"""Which network addresses are the public internet, and nothing of ours.

Python's `is_global` follows the IANA special-purpose registries, but calls some ranges global that
lead back inside: IPv4-compatible and NAT64 addresses carry an IPv4 address of any kind. So IPv6 is an
allow-list of the one block that is handed out (2000::/3) without the parts that tunnel.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_HANDED_OUT = ipaddress.ip_network("2000::/3")
_REFUSED = [
    ipaddress.ip_network(text)
    for text in (
        "168.63.129.16/32",  # Azure's platform channel: a public address that only its machines reach
        "192.0.0.0/24",  # protocol assignments; a cloud keeps its metadata in it
        "192.88.99.0/24",  # the relay of 6to4
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address inside
        "3fff::/20",
    )
]


def parse(text: str) -> Address:
    """An address as resolvers write it; a zone ("%eth0") goes. Raises ValueError."""
    return ipaddress.ip_address(text.partition("%")[0])


def is_public(address: Address) -> bool:
    if any(address in network for network in _REFUSED):
        return False
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    return address.version == 4 or address in _HANDED_OUT


def networks(texts: Sequence[str]) -> list[Network]:
    """Networks from "10.1.0.0/16" or "127.0.0.1". Raises ValueError."""
    return [ipaddress.ip_network(text.strip(), strict=False) for text in texts if text.strip()]
