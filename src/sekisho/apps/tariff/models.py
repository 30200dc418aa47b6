"""Price lists, quotes, and how the carrier reads the terms where they leave a choice.

What was published, issued or settled never changes; the database refuses it (migrations 0002 and 0004).
"""

from __future__ import annotations

from django.db import models


class PriceList(models.Model):
    """One version of the prices. A draft until ``published_at`` is set, final from then on.

    ``binds_existing_from``: from this day contracts accepted under earlier lists pay by it too (Art. 2-1); None:
    it is for new contracts alone. ``terms_version``: the version of the terms that it came with, or "".
    """

    version = models.TextField(unique=True)
    valid_from = models.DateField()
    binds_existing_from = models.DateField(null=True)
    terms_version = models.TextField(blank=True)
    note = models.TextField(blank=True)
    published_at = models.DateTimeField(null=True)
    published_by = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.version


class PriceListItem(models.Model):
    """The price of one item in yen, without tax."""

    price_list = models.ForeignKey(PriceList, on_delete=models.CASCADE, related_name="items")
    item = models.TextField()
    yen = models.PositiveBigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["price_list", "item"], name="price_once_a_list"),)


class Quote(models.Model):
    """Prices made for one customer, over a list (the premium plan, Art. 5-1). Final when issued."""

    number = models.TextField(unique=True)
    customer = models.TextField()
    price_list = models.ForeignKey(PriceList, on_delete=models.PROTECT, related_name="quotes")
    issued_at = models.DateTimeField()
    issued_by = models.TextField()
    valid_until = models.DateField()
    note = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.number


class QuoteLine(models.Model):
    """``yen`` without tax; ``words`` is what the customer reads about it."""

    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="lines")
    item = models.TextField()
    yen = models.PositiveBigIntegerField()
    words = models.TextField(blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["quote", "item"], name="price_once_a_quote"),)


class CarrierSettings(models.Model):
    """The open questions of the terms as this carrier settled them from a day on; a change is a new row.

    ``switches``: name -> setting as text (``terms.switches``), all that is settled; the rest is as the terms have it.
    """

    valid_from = models.DateField()
    switches = models.JSONField(default=dict)
    recorded_at = models.DateTimeField()
    recorded_by = models.TextField()

    def __str__(self) -> str:
        return f"{self.valid_from}: {self.switches}"
