"""Who can log in to the demonstration: e-mail addresses, passwords, and the one-time codes of this moment.

examples:
  sekisho demo
  sekisho demo --part analyst        one person only; the code is valid for half a minute
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import struct
import sys
import time

from ..place import Place

TOTP_SECONDS = 30
TOTP_DIGITS = 6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--var", metavar="DIR", help="where everything is kept (default: SEKISHO_VAR or ./var)")
    parser.add_argument("--part", help="one person: analyst, lead, desk, carrier_admin, story_contractor, ...")
    parser.add_argument("--json", action="store_true", help="one JSON array")


def run(arguments: argparse.Namespace) -> int:
    place = Place.of(arguments.var)
    if not place.demo_file.exists():
        print(f"sekisho demo: {place.var} has no demonstration; 'sekisho up' seeds an empty database", file=sys.stderr)
        return 1
    people = json.loads(place.demo_file.read_text())["people"]
    wanted = [person for person in people if arguments.part in (None, person["part"])]
    if not wanted:
        known = ", ".join(person["part"] for person in people)
        print(f"sekisho demo: nobody plays {arguments.part!r}; there are {known}", file=sys.stderr)
        return 2
    now = time.time()
    for person in wanted:
        person["code"] = totp(person["totp_secret"], now) if person["totp_secret"] else ""
    if arguments.json:
        print(json.dumps(wanted, ensure_ascii=False))
    else:
        _print(wanted, (place.state() or {}).get("url", ""))
    return 0


def _print(people: list[dict], url: str) -> None:
    if url:
        print(f"{url}/accounts/login/\n")
    for person in people:
        print(f"{person['name']}  {person['organisation']}  ({person['part']})")
        print(f"  e-mail    {person['email']}")
        print(f"  password  {person['password']}")
        if person["code"]:
            print(f"  code      {person['code']}")


def totp(secret: str, at: float) -> str:
    """The one-time code of an instant (RFC 6238, SHA-1, 30 s, 6 digits), as an authenticator app shows it."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8), casefold=True)
    digest = hmac.new(key, struct.pack(">Q", int(at) // TOTP_SECONDS), hashlib.sha1).digest()
    start = digest[-1] & 0x0F
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**TOTP_DIGITS:0{TOTP_DIGITS}}"
