"""The terms: their versions and slips, the rules that can be asked, and the year they are kept in.

These pages hold nothing of any contract; whoever enters the console may read them.
"""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from sekisho.terms.articles import PROVISIONS
from sekisho.terms.asking.catalogue import RULES
from sekisho.terms.asking.rule import Rule
from sekisho.terms.calendar import CalendarName
from sekisho.terms.errata import ERRATA
from sekisho.terms.moments import tokyo_date

from ..entering import enters
from ..termbook import versions, year
from ..termbook.question import question, tidy
from ..termbook.wording import article_name, word
from . import asked

_ARTICLES = {number: place for place, number in enumerate(PROVISIONS)}


@require_safe
@enters
def terms(request: HttpRequest) -> HttpResponse:
    compared = [
        (_("Figures"), versions.figure_rows()),
        (_("Switches: what the text leaves open"), versions.switch_rows()),
    ]
    page = {
        "place": "terms",
        "part": "versions",
        "versions": versions.columns(),
        "compared": [(title, rows, all(row.same for row in rows)) for title, rows in compared],
        "errata": [([article_name(number) for number in one.articles], one) for one in ERRATA],
        "provisions": versions.provisions(),
    }
    return render(request, "console/terms.html", page)


@require_safe
@enters
def rules(request: HttpRequest) -> HttpResponse:
    search = request.GET.get("q", "").strip()[: asked.SEARCH_CHARACTERS_MAX]
    found = sorted((rule for rule in RULES.values() if _matches(rule, search)), key=_by_article)
    page = {
        "place": "terms",
        "part": "rules",
        "search": search,
        "rules": [([article_name(number) for number in rule.articles], rule) for rule in found],
        "rules_in_all": len(RULES),
    }
    return render(request, "console/terms_rules.html", page)


@require_safe
@enters
def rule(request: HttpRequest, name: str) -> HttpResponse:
    """The form and, if the address holds a question, its answer. A browser's empty fields leave the address."""
    found = RULES.get(name)
    if found is None:
        raise Http404
    texts = tidy(found, dict(request.GET.lists()))
    if texts and texts != request.GET.dict():
        return redirect(f"{reverse('console:terms_rule', args=[name])}?{urlencode(texts)}")
    page = {
        "place": "terms",
        "part": "rules",
        "question": question(found, texts, timezone.now()),
        "articles": [article_name(number) for number in found.articles],
    }
    return render(request, "console/terms_rule.html", page)


@require_safe
@enters
def this_year(request: HttpRequest) -> HttpResponse:
    return redirect("console:terms_calendar", tokyo_date(timezone.now()).year)


@require_safe
@enters
def calendar(request: HttpRequest, year_number: int) -> HttpResponse:
    name = request.GET.get("calendar", CalendarName.OPS)
    shown = year.year_of(year_number, CalendarName(name)) if name in set(CalendarName) else None
    if shown is None:
        raise Http404
    page = {
        "place": "terms",
        "part": "calendar",
        "year": shown,
        "weekdays": list(WEEKDAYS_ABBR.values()),
        "calendars": [(str(one), word(one), one == shown.calendar) for one in CalendarName],
    }
    return render(request, "console/terms_calendar.html", page)


def _matches(rule: Rule, search: str) -> bool:
    """Every word of the search occurs in the rule's name, meaning, parameters or articles."""
    told = [rule.name, *rule.words, *rule.articles, *map(article_name, rule.articles)]
    told += [text for parameter in rule.parameters for text in (parameter.name, *parameter.words)]
    text = "\n".join(told).casefold()
    return all(part in text for part in search.casefold().split())


def _by_article(rule: Rule) -> tuple[int, str]:
    return _ARTICLES[rule.article], rule.name
