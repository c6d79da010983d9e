"""Which addresses of the network a stranger's link may lead to."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

# What `is_global` of some Python versions takes for the open internet, and isn't.
_INNER = tuple(
    map(
        IPv6Network,
        ("64:ff9b:1::/48", "fec0::/10", "100::/64", "2001::/23", "3fff::/20", "5f00::/16", "::/96"),
    )
)
_INNER_4 = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"))
# Where a machine is told its own secrets (cloud metadata), and what is only ever its next neighbour.
_WITHHELD = tuple(
    map(
        ip_network,
        ("169.254.0.0/16", "100.100.100.200/32", "fe80::/10", "fd00:ec2::254/128", "fd20:ce::254/128"),
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR = IPv6Network("2002::/16")


def is_public(host: str) -> bool:
    """Whether an IP address, as the resolver gives it, lies on the open internet.

    An IPv6 address that only wraps an IPv4 one is judged by that; tunnels and what is set
    aside for tests, groups or a single network are not public.
    """
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv4Address):
        return _is_public_4(address)
    wrapped = _wrapped(address)
    if wrapped is not None:
        return _is_public_4(wrapped)
    return address.is_global and not address.is_multicast and not any(address in net for net in _INNER)


def is_withheld(host: str) -> bool:
    """Whether nobody may be led to an IP address, not even a source that may go inside the network."""
    try:
        address: IPv4Address | IPv6Address = ip_address(host.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        address = _wrapped(address) or address
    return any(address in net for net in _WITHHELD)


def _is_public_4(address: IPv4Address) -> bool:
    if address.is_multicast or address.is_reserved or any(address in net for net in _INNER_4):
        return False
    return address.is_global


def _wrapped(address: IPv6Address) -> IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    if address in _SIX_TO_FOUR:
        return address.sixtofour
    return None
