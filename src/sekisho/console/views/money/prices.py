"""Price lists: every version with its items; the next one drafted from the last and published for good."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sekisho.apps.accounts.permissions import allowed
from sekisho.apps.tariff.actions import PRICE_YEN_MAX, draft_price_list, publish_price_list
from sekisho.apps.tariff.items import CLOSED_ITEMS, item_words
from sekisho.apps.tariff.models import PriceList
from sekisho.apps.tariff.queries import price_list_by_version, price_lists

from ...acting import Ask, Consequences, Tile, asked, posted, trial
from ...entering import enters_with
from ...forms import fields
from .. import asked as request_asked
from .. import ranges
from .answering import acted

VERSION_CHARACTERS_MAX = 40


@require_safe
@enters_with("billing.view")
def lists(request: HttpRequest) -> HttpResponse:
    page = {"place": "money", "lists": price_lists(), "may": allowed(request.user, "tariff.manage")}
    return render(request, "console/price_lists.html", page)


@require_safe
@enters_with("billing.view")
def price_list(request: HttpRequest, version: str) -> HttpResponse:
    """One list; a draft as a form. ``?from=VERSION`` starts a new draft with that one's prices."""
    found = price_list_by_version(version)
    pattern = price_list_by_version(request.GET.get("from", "")) if found is None else found
    if found is None and (pattern is None or not allowed(request.user, "tariff.manage")):
        raise Http404
    prices = {item.item: item.yen for item in pattern.items.all()}
    page = {
        "place": "money",
        "version": version,
        "list": found,
        "rows": [(code, item_words(code), prices.get(code)) for code in [*CLOSED_ITEMS, *_others(prices)]],
        "editable": (found is None or found.published_at is None) and allowed(request.user, "tariff.manage"),
    }
    return render(request, "console/price_list.html", page)


@require_POST
@enters_with("tariff.manage")
def new(request: HttpRequest) -> HttpResponse:
    """The page of a draft that does not exist yet, with the prices of another."""
    version = request_asked.text(request, "version").strip()[:VERSION_CHARACTERS_MAX]
    pattern = request_asked.text(request, "from")
    if not version or "/" in version or price_list_by_version(version):
        messages.error(request, _("Give the new list a version that is not taken, such as 2027-04."))
        return redirect("console:price_lists")
    answer = redirect("console:price_list", version)
    answer["Location"] += f"?from={pattern}"
    return answer


@require_POST
@enters_with("tariff.manage")
def draft(request: HttpRequest, version: str) -> HttpResponse:
    valid_from = ranges.day_of(request.POST.get("valid_from", ""))
    items, wrong = _prices(request)
    if valid_from is None or wrong:
        messages.error(request, _("A day or a price can't be read: %(what)s") % {"what": ", ".join(wrong) or "—"})
        return redirect("console:price_lists")
    return acted(
        request,
        lambda: draft_price_list(
            request.user,
            version=version,
            valid_from=valid_from,
            items=items,
            binds_existing_from=ranges.day_of(request.POST.get("binds_existing_from", "")),
            note=request_asked.text(request, "note"),
        ),
        _("The draft is saved. Nobody pays by it before it is published."),
        "console:price_list",
        version,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@enters_with("tariff.manage")
def publish(request: HttpRequest, version: str) -> HttpResponse:
    """A draft becomes final."""
    found = _or_404(version)
    form = fields.Nothing(posted(request))

    def act() -> object:
        return publish_price_list(request.user, price_list=found)

    def consequences() -> Consequences:
        _published, refusals = trial(act)
        binds = Tile(_("Binds existing contracts from"), day=found.binds_existing_from)
        nobody = Tile(_("Existing contracts"), text=_("keep their prices"))
        return Consequences(
            tiles=(
                Tile(_("For new contracts from"), day=found.valid_from),
                binds if found.binds_existing_from else nobody,
                Tile(_("Items"), text=str(found.items.count())),
            ),
            notes=(_("Published, it is final: contracts are accepted under it from its day on."),),
            refusals=refusals,
        )

    return asked(
        request,
        Ask(
            title=_("Publish the price list"),
            button=_("Publish it"),
            done=_("The list is published and final."),
            place="money",
            back=reverse("console:price_list", args=[version]),
            about=version,
            form=form,
            consequences=consequences,
            act=act,
        ),
    )


def _prices(request: HttpRequest) -> tuple[dict[str, int], list[str]]:
    """Item -> yen as written, and the items whose price is no number."""
    items, wrong = {}, []
    for name, text in request.POST.items():
        code = name.removeprefix("item:")
        if code == name or not text.strip():
            continue
        yen = request_asked.whole_number(text.replace(",", "").strip())
        if yen is None or yen > PRICE_YEN_MAX:
            wrong.append(code)
        else:
            items[code] = yen
    return items, wrong


def _others(prices: dict[str, int]) -> list[str]:
    return sorted(set(prices) - set(CLOSED_ITEMS))


def _or_404(version: str) -> PriceList:
    found = price_list_by_version(version)
    if found is None:
        raise Http404
    return found
