#!/usr/bin/env python3
"""Picks seeded random addresses of a prefix, sorted, one a line; checks the scale lab's prefix."""

import argparse
import ipaddress
import random
import sys

# The lab's own ranges, private or for benchmarks: they never collide with a real host.
ALLOWED = [ipaddress.ip_network(text) for text in ("10.0.0.0/8", "198.18.0.0/16")]


def network(text):
    try:
        found = ipaddress.IPv4Network(text)
    except ValueError as error:
        sys.exit(f"lab: prefix '{text}': {error}")
    if not any(found.subnet_of(allowed) for allowed in ALLOWED) or found.prefixlen < 12:
        sys.exit(f"lab: prefix '{text}': at most a /12 inside 10.0.0.0/8 or 198.18.0.0/16")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=("check", "pick"))
    parser.add_argument("prefix")
    parser.add_argument("--within")
    parser.add_argument("--count", type=int)
    parser.add_argument("--seed", type=int)
    options = parser.parse_args()
    prefix = network(options.prefix)
    if options.action == "check":
        return
    within = network(options.within)
    if not within.subnet_of(prefix):
        sys.exit(f"lab: --within {within} is not inside the lab's {prefix}")
    if options.count > within.num_addresses:
        sys.exit(f"lab: --unbind {options.count}: {within} has {within.num_addresses} addresses")
    first = int(within.network_address)
    chosen = random.Random(options.seed).sample(range(within.num_addresses), options.count)
    for offset in sorted(chosen):
        print(ipaddress.IPv4Address(first + offset))


main()
