"""Papers that failed to be made: which act each is of, what went wrong, and trying it again."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from sekisho.apps.contracts.queries.lists import numbers_of
from sekisho.apps.documents.paperwork import try_again
from sekisho.apps.documents.queries.paperwork import paperwork_in_trouble, paperwork_waiting

from ..acting import act_now
from ..entering import enters_with


@require_safe
@enters_with("contracts.manage")
def trouble(request: HttpRequest) -> HttpResponse:
    """What waits, and what is tried again and again."""
    works = paperwork_in_trouble(request.scope)
    numbers = numbers_of(request.scope, {work.contract_id for work in works if work.contract_id})
    page = {
        "place": "money",
        "works": [(work, numbers.get(work.contract_id, "")) for work in works],
        "waiting": paperwork_waiting(request.scope),
    }
    return render(request, "console/paper_trouble.html", page)


@require_POST
@enters_with("contracts.manage")
def again(request: HttpRequest, work_id: int) -> HttpResponse:
    """Try it with the next run."""
    found = next((work for work in paperwork_in_trouble(request.scope) if work.pk == work_id), None)
    if found is None:
        raise Http404
    done = _("It is tried again within half a minute.")
    return act_now(request, lambda: try_again(request.user, work=found), done, reverse("console:paper_trouble"))
