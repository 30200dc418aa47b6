"""A call of every operation that is well formed: for tests that ask all of them."""

from __future__ import annotations

from typing import Any

from sekisho.api.v1.operation import Operation

QUERIES: dict[str, str] = {"read_standing": "?on=2026-05-04", "import_receipt_file": "?name=bank.txt"}
BODIES: dict[str, dict[str, Any]] = {
    "preview_change": {"body": {"form": {"add_accounts": 1}}},
    "request_change": {"body": {"form": {"add_accounts": 1}}},
    "preview_option_stop": {"body": {"threads": ["operations.5"]}},
    "stop_options": {"body": {"threads": ["operations.5"]}},
    "preview_ancillary_stop": {"body": {"threads": ["ancillary.1"]}},
    "stop_ancillary": {"body": {"threads": ["ancillary.1"]}},
    "withdraw_cancellation": {"body": {"reason": "agreed by telephone"}},
    "withdraw_application": {"body": {}},
    "agree_fee": {
        "body": {
            "item": "monthly.operations",
            "yen": 1,
            "from_on": "2026-06-01",
            "ground": "circumstances",
            "agreement": "AG-1",
        }
    },
    "preview_cancellation": {"body": {}},
    "cancel_contract": {"body": {}},
    "submit_application": {"body": {"line": "LINE-1", "form": {}}},
    "import_receipt_file": {"body": b"1", "content_type": "application/octet-stream"},
    "confirm_receipt": {"body": {"uses": [{"contract": "SK100002", "yen": 1}]}},
}


def sample_path(operation: Operation, things: dict[str, str]) -> str:
    """The operation's path, about these things."""
    return operation.path.format(**{name: things[name] for name in operation.parameters})
