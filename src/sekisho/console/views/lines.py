"""The lines under the contracts (Art. 7-1): looked for, entered, and their state as the line service tells it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_http_methods, require_safe

from sekisho.apps.accounts.models import Organisation
from sekisho.apps.accounts.queries import contractors_named
from sekisho.apps.contracts import actions
from sekisho.apps.contracts.queries.lists import PAGE_LINES, line_by_id, line_named, lines_found
from sekisho.apps.refusals import Refused
from sekisho.gateways import clock
from sekisho.terms.applications import LineKind

from ..acting import Ask, Consequences, Tile, asked, posted
from ..entering import enters_with
from ..forms import fields
from ..forms.applications import LINE_KINDS
from . import ranges

HOLDERS_MAX = 50
KIND_NAMES = dict(LINE_KINDS)


class LineForm(forms.Form):
    """A line that nobody has entered yet."""

    identifier = fields.line(
        gettext_lazy("Line"), gettext_lazy("The line's identifier, as the line service calls it."), required=True
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind of the line"), choices=LINE_KINDS)
    holder = fields.line(
        gettext_lazy("Whose line it is"), gettext_lazy("The name of a contractor that is known."), required=True
    )
    active = forms.BooleanField(label=gettext_lazy("The line is in service"), required=False)

    def clean_holder(self) -> Organisation:
        return _holder(self.cleaned_data["holder"].strip())

    def clean_identifier(self) -> str:
        return self.cleaned_data["identifier"].strip()


class StateForm(forms.Form):
    active = forms.BooleanField(label=gettext_lazy("The line is in service"), required=False)


@require_safe
@enters_with("contracts.manage")
def lines(request: HttpRequest) -> HttpResponse:
    """A page of lines, each with the contract on it."""
    sought, before = ranges.words(request), ranges.words(request, "before")
    rows = lines_found(sought, clock.now(), after=before, limit=PAGE_LINES + 1)
    shown = rows[:PAGE_LINES]
    page = {
        "place": "applications",
        "q": sought,
        "rows": [(line, KIND_NAMES[line.kind]) for line in shown],
        "first": bool(before),
        "following": shown[-1].identifier if len(rows) > len(shown) else "",
    }
    return render(request, "console/lines.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@enters_with("contracts.manage")
def new(request: HttpRequest) -> HttpResponse:
    """Enter a line. One that is there already is not taken from its holder by being entered again."""
    form = LineForm(posted(request))

    def consequences() -> Consequences:
        told = form.cleaned_data
        if line_named(told["identifier"]) is not None:
            raise Refused("line.known", "この回線は登録済みです。", "This line is entered already.", "7-1")
        return _foreseen(told["holder"].name, told["kind"], told["active"])

    def act() -> None:
        told = form.cleaned_data
        actions.register_line(
            request.user,
            identifier=told["identifier"],
            kind=LineKind(told["kind"]),
            holder=told["holder"],
            active=told["active"],
        )

    return asked(request, _ask(_("Enter a line"), _("Enter it"), _("The line is entered."), form, consequences, act))


@require_http_methods(["GET", "HEAD", "POST"])
@enters_with("contracts.manage")
def state(request: HttpRequest, line_key: int) -> HttpResponse:
    """Whether a line is in service, as the line service says today."""
    line = line_by_id(line_key)
    if line is None:
        raise Http404
    form = StateForm(posted(request), initial={"active": line.active})

    def act() -> None:
        active = form.cleaned_data["active"]
        kind = LineKind(line.kind)
        actions.register_line(request.user, identifier=line.identifier, kind=kind, holder=line.holder, active=active)

    def consequences() -> Consequences:
        return _foreseen(line.holder.name, line.kind, form.cleaned_data["active"])

    title = _("State of the line %(line)s") % {"line": line.identifier}
    return asked(request, _ask(title, _("Record it"), _("The line's state is recorded."), form, consequences, act))


def _foreseen(holder: str, kind: str, active: bool) -> Consequences:
    can = kind != LineKind.OTHER
    notes = [_("One contract can be made on it (Article 8).") if can else _("No contract can be made on such a line.")]
    if not active:
        notes.append(_("Service cannot start before the line is in service."))
        notes.append(_("Where the line's own contract has ended, enter that at the contract: it ends on the same day."))
    return Consequences(
        tiles=(Tile(_("Whose line it is"), text=holder), Tile(_("Kind of the line"), text=str(KIND_NAMES[kind]))),
        notes=tuple(notes),
    )


def _holder(name: str) -> Organisation:
    found = [one for one in contractors_named(name)[:HOLDERS_MAX] if one.name == name]
    if len(found) != 1:
        raise forms.ValidationError(_("No contractor of exactly this name is known. Enter the company first."))
    return found[0]


def _ask(title: str, button: str, done: str, form: Any, consequences: Any, act: Any) -> Ask:
    return Ask(
        title=title,
        button=button,
        done=done,
        place="applications",
        back=reverse("console:lines"),
        about=pgettext("access", "Lines"),
        form=form,
        consequences=consequences,
        act=act,
    )
