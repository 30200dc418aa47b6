"""Tokens for the REST API: made by an administrator, for an organisation and one of its roles. See docs/api.md.

``issue`` prints the token once; only its hash is kept. ``--like`` names a person by mail address: the token belongs to
the same organisation and may do what the same role may do, narrowed by its scopes.

examples:
  sekisho tokens issue --by admin@carrier.example --like desk@carrier.example --name bank --days 90 \\
      --scope receipts:read --scope receipts:write
  sekisho tokens list --organisation-of desk@carrier.example
  sekisho tokens revoke --by admin@carrier.example 3f9a0c12d4e5
"""

from __future__ import annotations

import argparse
import os
import sys

from ..place import Place

DAYS = 90


def add_arguments(parser: argparse.ArgumentParser) -> None:
    subcommands = parser.add_subparsers(dest="subcommand", required=True, metavar="SUBCOMMAND")
    issue = subcommands.add_parser("issue", help="make a token and print it, once")
    issue.add_argument("--by", required=True, metavar="MAIL", help="the administrator who answers for it")
    issue.add_argument("--like", required=True, metavar="MAIL", help="whose organisation and role it has")
    issue.add_argument("--name", required=True, help="what it is for")
    issue.add_argument("--scope", action="append", required=True, metavar="SCOPE", help="such as contracts:read")
    issue.add_argument("--days", type=int, default=DAYS, help=f"how long it is good for (default: {DAYS})")
    listing = subcommands.add_parser("list", help="the tokens of an organisation, and when they were used last")
    listing.add_argument("--organisation-of", required=True, metavar="MAIL")
    revoke = subcommands.add_parser("revoke", help="end a token now")
    revoke.add_argument("--by", required=True, metavar="MAIL", help="the administrator who ends it")
    revoke.add_argument("public_id", metavar="ID", help="the part between the underscores")
    for subcommand in (issue, listing, revoke):
        subcommand.add_argument("--var", metavar="DIR", help="where everything is kept (default: SEKISHO_VAR or ./var)")


def run(arguments: argparse.Namespace) -> int:
    if not _connect(arguments.var):
        print("sekisho tokens: no running platform; start it with 'sekisho up'", file=sys.stderr)
        return 1
    from sekisho.apps.refusals import Refused  # here, because the command line shall start fast

    try:
        return {"issue": _issue, "list": _list, "revoke": _revoke}[arguments.subcommand](arguments)
    except (Refused, LookupError, ValueError) as error:
        print(f"sekisho tokens: {error}", file=sys.stderr)
        return 1


def _issue(arguments: argparse.Namespace) -> int:
    from sekisho.apps.accounts.actions import issue_token

    like = _person(arguments.like)
    _, text = issue_token(
        _person(arguments.by),
        organisation=like.organisation,
        role=like.role,
        name=arguments.name,
        scopes=arguments.scope,
        days=arguments.days,
    )
    print(text)
    return 0


def _list(arguments: argparse.Namespace) -> int:
    from sekisho.apps.accounts.queries import tokens_of

    for token in tokens_of(_person(arguments.organisation_of).organisation):
        use = getattr(token, "use", None)
        used = f"used {use.last_at:%Y-%m-%dT%H:%M:%SZ}" if use else "never used"
        state = "revoked" if token.revoked_at else f"until {token.expires_at:%Y-%m-%d}"
        print(f"{token.public_id}  {state}  {used}  {token.role}  {','.join(token.scopes)}  {token.name}")
    return 0


def _revoke(arguments: argparse.Namespace) -> int:
    from sekisho.apps.accounts.actions import revoke_token
    from sekisho.apps.accounts.queries import token_by_public_id

    token = token_by_public_id(arguments.public_id)
    if token is None:
        raise LookupError(f"there is no token {arguments.public_id}")
    revoke_token(_person(arguments.by), token=token)
    return 0


def _person(email: str):
    from sekisho.apps.accounts.queries import person_by_email

    found = person_by_email(email)
    if found is None:
        raise LookupError(f"nobody has the address {email}")
    return found


def _connect(var: str | None) -> bool:
    """Django on the database that the environment names, or on that of the platform that runs in ``var``."""
    if var or "SEKISHO_APP_DATABASE_URL" not in os.environ:
        os.environ.update((Place.of(var).state() or {}).get("env", {}))
    if "SEKISHO_APP_DATABASE_URL" not in os.environ:
        return False
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sekisho.web.settings")
    import django

    django.setup()
    return True
