"""A published list and an issued quote are final, whoever asks."""

from django.db import migrations

from sekisho.apps.row_security import append_only, settled_once

KEEP_ITEMS = """
CREATE FUNCTION tariff_refuse_published() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint[] := CASE TG_OP
        WHEN 'INSERT' THEN ARRAY[NEW.price_list_id]
        WHEN 'DELETE' THEN ARRAY[OLD.price_list_id]
        ELSE ARRAY[OLD.price_list_id, NEW.price_list_id] END;
BEGIN
    IF EXISTS (SELECT 1 FROM tariff_pricelist WHERE id = ANY(touched) AND published_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a published price list is final: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
CREATE TRIGGER refuse_published BEFORE INSERT OR UPDATE OR DELETE ON tariff_pricelistitem
    FOR EACH ROW EXECUTE FUNCTION tariff_refuse_published();
"""
DROP_KEEP_ITEMS = """
DROP TRIGGER refuse_published ON tariff_pricelistitem;
DROP FUNCTION tariff_refuse_published();
"""


class Migration(migrations.Migration):
    dependencies = [("tariff", "0001_initial"), ("audit", "0002_append_only")]

    operations = [
        settled_once("tariff_pricelist", "published_at"),
        migrations.RunSQL([KEEP_ITEMS], [DROP_KEEP_ITEMS]),
        append_only("tariff_quote"),
        append_only("tariff_quoteline"),
    ]
