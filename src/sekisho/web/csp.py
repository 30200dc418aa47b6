"""What a page of ours may load, run, send to and be framed by: nothing but our own files.

There is no inline script and no inline style anywhere, so neither is allowed. Trusted Types close
the last door for script injection through the DOM; the one policy (``static/sekisho/js/trust.js``)
lets htmx swap our own HTML and refuses scripts and script addresses.
"""

from __future__ import annotations

from csp.constants import NONE, SELF

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["default"],
    }
}
