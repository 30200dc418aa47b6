"""What was received or screened can be emptied of its words, once the application's erasure is on record."""

from django.db import migrations

from sekisho.apps.row_security import append_only, append_only_but_erasable, guard_whole, settled_once_but_erasable

_ERASED = "EXISTS (SELECT FROM contracts_applicationerasure e WHERE e.application_id = ($1).{})"
# A screening speaks of the applicant: it goes with the last of the applicant's applications.
_ALL_ERASED = """
    EXISTS (SELECT FROM contracts_application a WHERE a.applicant_id = ($1).applicant_id)
    AND NOT EXISTS (
        SELECT FROM contracts_application a WHERE a.applicant_id = ($1).applicant_id AND NOT EXISTS (
            SELECT FROM contracts_applicationerasure e WHERE e.application_id = a.id))
"""
_SCREENING_EMPTIED = "EXISTS (SELECT FROM contracts_screening s WHERE s.id = ($1).screening_id AND s.subjects = '[]')"


class Migration(migrations.Migration):
    dependencies = [("contracts", "0008_application_erasures")]

    operations = [
        guard_whole("contracts_applicationerasure"),
        append_only("contracts_applicationerasure"),
        settled_once_but_erasable("contracts_application", "received_at", _ERASED.format("id"), "form"),
        append_only_but_erasable(
            "contracts_applicationstep", _ERASED.format("application_id"), "details", "actor_name"
        ),
        append_only_but_erasable("contracts_screening", _ALL_ERASED, "subjects", "source", "evidence"),
        append_only_but_erasable("contracts_screeningreview", _SCREENING_EMPTIED, "reason"),
    ]
