"""Which addresses the hub refuses to connect to. Standard library alone, no network.

The blocks are those of IANA's special-purpose address registries (RFC 6890 and its updates), written out
because what `ipaddress` calls global differs between Python versions.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_REFUSED_4 = tuple(
    (IPv4Network(block), kind)
    for block, kind in (
        ("0.0.0.0/8", "an unspecified"),
        ("10.0.0.0/8", "a private"),
        ("100.64.0.0/10", "a carrier's shared"),  # holds 100.100.100.200, a cloud's metadata
        ("127.0.0.0/8", "a loopback"),
        ("168.63.129.16/32", "a metadata"),
        ("169.254.0.0/16", "a link-local"),  # holds 169.254.169.254, the metadata of most clouds
        ("172.16.0.0/12", "a private"),
        ("192.0.0.0/24", "a reserved"),
        ("192.0.2.0/24", "a documentation"),
        ("192.88.99.0/24", "a reserved"),
        ("192.168.0.0/16", "a private"),
        ("198.18.0.0/15", "a benchmarking"),
        ("198.51.100.0/24", "a documentation"),
        ("203.0.113.0/24", "a documentation"),
        ("224.0.0.0/4", "a multicast"),
        ("240.0.0.0/4", "a reserved"),
    )
)

_NAT64 = IPv6Network("64:ff9b::/96")
_GLOBAL_6 = IPv6Network("2000::/3")
_REFUSED_6 = tuple(
    (IPv6Network(block), kind)
    for block, kind in (
        ("::/128", "an unspecified"),
        ("::1/128", "a loopback"),
        ("::ffff:0:0/96", "an IPv4-mapped"),
        ("fc00::/7", "a private"),  # holds fd00:ec2::254, the metadata of EC2
        ("fe80::/10", "a link-local"),
        ("ff00::/8", "a multicast"),
        ("2001::/23", "a reserved"),  # Teredo, ORCHID, benchmarking
        ("2001:db8::/32", "a documentation"),
        ("2002::/16", "a 6to4"),
        ("3fff::/20", "a documentation"),
    )
)


def refusal(address: str) -> str | None:
    """Why the hub does not connect to this IP address (`a private address`), or None when it is a public one.

    A NAT64 address (RFC 6052) is judged by the IPv4 address inside it, since an IPv6-only network reaches
    public hosts that way. Other wrappings of IPv4 are refused whole. What is no address at all is refused.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return "no IP address"
    kind = _kind_4(parsed) if isinstance(parsed, IPv4Address) else _kind_6(parsed)
    return f"{kind} address" if kind else None


def _kind_4(address: IPv4Address) -> str | None:
    return next((kind for block, kind in _REFUSED_4 if address in block), None)


def _kind_6(address: IPv6Address) -> str | None:
    plain = IPv6Address(int(address))  # without the scope, which belongs to no block
    if plain in _NAT64:
        return _kind_4(IPv4Address(int(plain) & 0xFFFFFFFF))
    named = next((kind for block, kind in _REFUSED_6 if plain in block), None)
    return named or (None if plain in _GLOBAL_6 else "a reserved")
