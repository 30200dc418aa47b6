"""The policy of a line: its layers as a form or as text, checked and compared while nobody has saved anything."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.apps.accounts.permissions import allowed
from sekisho.apps.fleet import actions, queries
from sekisho.apps.fleet.models import LayerKind, PolicyLayer, SecurityDevice
from sekisho.apps.refusals import Refused
from sekisho_wire.policy import PolicyError, Problem
from sekisho_wire.policy.diff import diff
from sekisho_wire.policy.diff_words import change_words
from sekisho_wire.policy.overlay import merge

from .. import policy_form
from ..entering import enters_with
from . import asked
from .fleet import device_or_404
from .money.answering import acted

RULES_SHOWN_MAX = 500
CHANGES_SHOWN_MAX = 300


@dataclass
class Editing:
    """A layer on somebody's screen: ``document`` as it is there, ``text`` as it was typed, ``began`` the revision."""

    device: SecurityDevice
    kind: LayerKind
    layer: PolicyLayer
    began: int
    document: dict[str, Any]
    locked: tuple[str, ...] = ()
    text: str = ""
    problems: tuple[Problem, ...] = ()
    why: str = ""
    ticket: str = ""
    checked: bool = False
    views: list[queries.LayerView] = field(default_factory=list)


@require_http_methods(["GET", "HEAD", "POST"])
@enters_with("policies.view")
def policy(request: HttpRequest, device_id: str) -> HttpResponse:
    """The editor. A POST shows what was typed with everything that speaks against it; nothing is kept by it."""
    editing = _editing(request, device_or_404(request, device_id))
    if request.method == "POST":
        _take_answers(request, editing)
        editing.checked = True
    return _shown(request, editing)


@require_POST
@enters_with("policies.edit")
def publish(request: HttpRequest, device_id: str) -> HttpResponse:
    """Keep the layer and, unless ``save`` is asked for, publish what the line's layers come to: both or nothing."""
    editing = _editing(request, device_or_404(request, device_id))
    _take_answers(request, editing)
    editing.checked = True
    newest = _began(editing.views, editing.kind)
    if editing.problems:
        return _shown(request, editing)
    if newest != editing.began:
        messages.error(request, _("Somebody has changed this layer meanwhile. Compare, and begin again from theirs."))
        return _shown(request, editing)
    try:
        with transaction.atomic():
            _write(request, editing)
            if "save" not in request.POST:
                actions.publish_policy(request.user, device=editing.device, why=editing.why, ticket=editing.ticket)
    except Refused as refused:
        editing.problems = getattr(refused, "problems", ())
        messages.error(request, asked.refusal(refused))
        return _shown(request, editing)
    saved = _("The layer is saved. Nothing is published yet.")
    messages.success(request, saved if "save" in request.POST else _("It is published and on its way to the device."))
    return redirect("console:device", device_id)


@require_POST
@enters_with("policies.edit")
def use_template(request: HttpRequest, device_id: str) -> HttpResponse:
    """Another template for this line, or a new one."""
    device = device_or_404(request, device_id)
    chosen = asked.whole_number(request.POST.get("template"))
    template = queries.layer_by_id(request.scope, chosen) if chosen is not None else None
    if chosen is not None and template is None:
        raise Http404

    def act():
        name = asked.text(request, "name").strip()
        made = actions.add_template(request.user, name=name) if name else template
        actions.use_template(request.user, device=device, template=made)

    return acted(request, act, _("The template is chosen. Nothing is published by that."), "console:policy", device_id)


@require_safe
@enters_with("policies.view")
def revision(request: HttpRequest, device_id: str, revision_number: int) -> HttpResponse:
    """One published revision, and what returning to it would change."""
    device = device_or_404(request, device_id)
    found = queries.revision_by_number(request.scope, device, revision_number)
    if found is None:
        raise Http404
    newest = queries.revisions_of(request.scope, device, 1)[0]
    now = queries.revision_by_number(request.scope, device, newest.number)
    page = {
        "place": "fleet",
        "device": device,
        "revision": found,
        "newest": newest.number,
        "text": policy_form.written(msgspec.to_builtins(found.policy)),
        "changes": [change_words(one) for one in diff(now.policy, found.policy)][:CHANGES_SHOWN_MAX],
        "may_publish": allowed(request.user, "policies.publish"),
    }
    return render(request, "console/revision.html", page)


@require_POST
@enters_with("policies.publish")
def return_to(request: HttpRequest, device_id: str, revision_number: int) -> HttpResponse:
    """Undo: publish an earlier revision's content as a new one."""
    device = device_or_404(request, device_id)
    found = queries.revision_by_number(request.scope, device, revision_number)
    if found is None:
        raise Http404
    why, ticket = asked.text(request, "why"), asked.text(request, "ticket")
    return acted(
        request,
        lambda: actions.publish_again(request.user, device=device, revision=found, why=why, ticket=ticket),
        _("It is published and on its way to the device."),
        "console:device",
        device_id,
    )


def _editing(request: HttpRequest, device: SecurityDevice) -> Editing:
    views = queries.layers_of(request.scope, device)
    kind = _kind(request)
    view = next((one for one in views if one.layer.kind == kind), None)
    if view is None and kind == LayerKind.TEMPLATE:
        layer, revision_now = PolicyLayer(kind=kind, name="—"), None
    elif view is None:
        layer, revision_now = _new_layer(kind, device), None
    else:
        layer, revision_now = view.layer, view.revision
    document = revision_now.document if revision_now else {}
    locked = tuple(revision_now.locked) if revision_now else ()
    began = revision_now.number if revision_now else 0
    return Editing(device, kind, layer, began, document, locked, policy_form.written(document), views=views)


def _kind(request: HttpRequest) -> LayerKind:
    try:
        return LayerKind(request.POST.get("layer") or request.GET.get("layer") or LayerKind.LINE)
    except ValueError:
        raise Http404 from None


def _new_layer(kind: LayerKind, device: SecurityDevice) -> PolicyLayer:
    """A layer that nobody has written into yet; it is made when somebody does."""
    if kind == LayerKind.LINE:
        return PolicyLayer(kind=kind, name=device.device_id, device=device, contract_id=device.contract_id)
    return PolicyLayer(kind=kind, name=device.contract.contractor.name, organisation=device.contract.contractor)


def _take_answers(request: HttpRequest, editing: Editing) -> None:
    """What was typed: the text, then the form's answers over it, then a rule to add or to take away."""
    editing.began = asked.whole_number(request.POST.get("began")) or 0
    editing.why, editing.ticket = asked.text(request, "why"), asked.text(request, "ticket")
    editing.text = request.POST.get("document", "")[: policy_form.TEXT_CHARACTERS_MAX]
    editing.locked = tuple(line.strip() for line in asked.text(request, "locked").splitlines() if line.strip())
    try:
        document = policy_form.read_text(editing.text)
    except PolicyError as error:
        editing.problems = error.problems
        return
    answers = {key[6:]: value for key, value in request.POST.items() if key.startswith("field:")}
    document = policy_form.with_answers(document, answers) if answers else document
    editing.document = policy_form.with_rule(document, request.POST) if "rule:name" in request.POST else document
    if gone := request.POST.get("remove_rule"):
        editing.document = policy_form.without_rule(editing.document, gone[: asked.TEXT_CHARACTERS_MAX])
    editing.text = policy_form.written(editing.document)


def _shown(request: HttpRequest, editing: Editing) -> HttpResponse:
    draft = None
    if not editing.problems:
        draft = queries.draft_policy(request.scope, editing.device, editing.layer, editing.document, editing.locked)
    problems = editing.problems or (draft.problems if draft else ())
    effective = draft.effective if draft else None
    template_only = editing.kind == LayerKind.TEMPLATE and editing.layer.pk is None
    page = {
        "place": "fleet",
        "device": editing.device,
        "editing": editing,
        "layers": _tabs(editing),
        "problems": problems,
        "changes": _changes(draft, editing),
        "first_publication": draft is not None and draft.changes is None and not problems,
        "sections": policy_form.sections(editing.document, _below(editing), effective),
        "rules": _rules(effective),
        "own_rules": {rule.get("name") for rule in policy_form.rules_of(editing.document)},
        "zones": [zone.name for zone in effective.policy.zones] if effective else (),
        "templates": queries.templates(request.scope),
        "may_edit": _may_edit(request, editing.kind) and not template_only,
        "may_publish": allowed(request.user, "policies.publish"),
        "may_choose": allowed(request.user, "policies.edit"),
        "may_make": allowed(request.user, "policies.template"),
        "of_many": editing.kind != LayerKind.LINE,
    }
    return render(request, "console/policy.html", page, status=422 if editing.checked and problems else 200)


def _changes(draft, editing: Editing):
    if draft is None or draft.changes is None or not (editing.checked or draft.changes):
        return None
    return [change_words(one) for one in draft.changes][:CHANGES_SHOWN_MAX]


def _rules(effective):
    """(rule, its action in words) in the order in which they are asked."""
    rules = effective.policy.rules[:RULES_SHOWN_MAX] if effective else ()
    return [(rule, policy_form.value_words(rule.action)) for rule in rules]


def _tabs(editing: Editing) -> list[tuple[str, int]]:
    """(kind, newest revision) of the three layers, the most general first."""
    return [(kind.value, _began(editing.views, kind)) for kind in LayerKind]


def _began(views, kind: LayerKind) -> int:
    return next((view.revision.number for view in views if view.layer.kind == kind and view.revision), 0)


def _below(editing: Editing) -> dict[str, Any]:
    """What the layers below the edited one say together."""
    document: dict[str, Any] = {}
    for view in editing.views:
        if view.layer.kind == editing.kind:
            break
        if view.revision and list(LayerKind).index(LayerKind(view.layer.kind)) < list(LayerKind).index(editing.kind):
            document = merge(document, view.revision.document)
    return document


def _may_edit(request: HttpRequest, kind: LayerKind) -> bool:
    return allowed(request.user, "policies.edit" if kind == LayerKind.LINE else "policies.template")


def _write(request: HttpRequest, editing: Editing) -> None:
    layer = editing.layer
    if editing.kind == LayerKind.LINE:
        layer = actions.line_layer(request.user, device=editing.device)
    elif editing.kind == LayerKind.CONTRACTOR:
        layer = actions.contractor_layer(request.user, organisation=editing.device.contract.contractor)
    actions.write_layer(
        request.user,
        layer=layer,
        document=editing.document,
        locked=editing.locked,
        why=editing.why,
        ticket=editing.ticket,
    )
