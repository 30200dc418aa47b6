"""Definitions: which versions there are, for whom, how old, and which of them are in force on how many boxes."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from sekisho.apps.accounts.permissions import allowed
from sekisho.apps.fleet import actions, queries
from sekisho.definitions.building import journal
from sekisho.definitions.repository import Repository
from sekisho_wire.definitions import Channels, Manifest

from ..entering import enters_with
from . import asked
from .money.answering import acted

JOURNAL_SHOWN = 30
KIND_WORDS = {
    "signatures": gettext_lazy("Signatures"),
    "categories": gettext_lazy("Sites by category"),
    "yara": gettext_lazy("YARA rules"),
    "clamav": gettext_lazy("Virus signatures"),
    "applications": gettext_lazy("Applications"),
    "hashes": gettext_lazy("Hashes of known files"),
    "geo": gettext_lazy("Networks by country"),
}
STEP_WORDS = {
    "build": gettext_lazy("Built and tested"),
    "offer": gettext_lazy("Given to a share of all"),
    "promote": gettext_lazy("Given to everybody"),
    "withdraw": gettext_lazy("Taken back"),
    "return": gettext_lazy("An earlier one for everybody"),
}


@require_safe
@enters_with("definitions.manage")
def definitions(request: HttpRequest) -> HttpResponse:
    repository = Repository(actions.definitions_folder())
    there = repository.exists()
    channels = repository.channels() if there else Channels()
    boxes = queries.definitions_on_boxes(request.scope)
    on = {one.version: one.boxes for one in boxes}
    manifests = [repository.manifest(version) for version in repository.versions()] if there else []
    page = {
        "place": "fleet",
        "tab": "definitions",
        "there": there,
        "channels": channels,
        "expires_at": repository.expires_at() if there else None,
        "versions": [(one, _instant(one.built_at), _counts(one), on.pop(str(one.version), 0)) for one in manifests],
        "others": [(version, count) for version, count in on.items() if version not in ("", "0")],
        "shipped": on.get("", 0) + on.get("0", 0),
        "total": sum(one.boxes for one in boxes),
        "journal": [(step, _instant(step["at"]), STEP_WORDS.get(step["what"], step["what"])) for step in _journal()],
        "may_manage": allowed(request.user, "definitions.manage"),
    }
    return render(request, "console/definitions.html", page)


@require_POST
@enters_with("definitions.manage")
def turn(request: HttpRequest) -> HttpResponse:
    """``what``: offer (with ``percent``), promote, withdraw, or return (with ``version``)."""
    percent = asked.whole_number(request.POST.get("percent")) or 0
    version = asked.whole_number(request.POST.get("version")) or 0
    acts = {
        "offer": lambda: actions.offer_definitions(request.user, percent=percent),
        "promote": lambda: actions.promote_definitions(request.user),
        "withdraw": lambda: actions.withdraw_definitions(request.user),
        "return": lambda: actions.return_definitions(request.user, version=version),
    }
    act = acts.get(request.POST.get("what", ""), acts["offer"])
    return acted(request, act, _("It is signed. Boxes take it up at their next look."), "console:definitions")


def _counts(manifest: Manifest):
    return [(KIND_WORDS.get(kind, kind), count) for kind, count in manifest.counts.items()]


def _journal() -> list[dict]:
    return journal(actions.definitions_folder())[:JOURNAL_SHOWN]


def _instant(text: str) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return None
