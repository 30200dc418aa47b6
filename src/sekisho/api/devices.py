"""A device joins: ``POST /api/devices/enrol``. No session; the one-time code is what it proves itself with."""

from __future__ import annotations

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from sekisho.apps.fleet.actions import enrol_device
from sekisho.apps.refusals import Refused
from sekisho.gateways.signing import public_keys
from sekisho_wire.enrolment import CODE_CHARS_MAX, PEM_BYTES_MAX, Enrolment, EnrolmentRequest

from .limits import within_limit

CALLS_A_MINUTE_MAX = 10
BODY_BYTES_MAX = PEM_BYTES_MAX + CODE_CHARS_MAX


@csrf_exempt
@require_POST
def enrol(request: HttpRequest) -> HttpResponse:
    """200 with the certificate; 400 not a request; 403 refused, with code and words; 429 too often."""
    if not within_limit(request, "enrol", CALLS_A_MINUTE_MAX):
        return _refusal(429, "too_often", "Too many attempts: wait a minute.")
    asked = _read(request)
    if asked is None:
        return _refusal(400, "not_a_request", 'Send {"code": ..., "csr_pem": ...} as JSON.')
    try:
        device, certificate = enrol_device(code=asked.code, csr_pem=asked.csr_pem)
    except Refused as refused:
        return _refusal(403, refused.code, refused.words.en)
    answer = Enrolment(
        device.device_id,
        certificate.certificate_pem,
        certificate.ca_pem,
        _centre(request),
        public_keys(settings.CA_DIR),
    )
    return HttpResponse(msgspec.json.encode(answer), content_type="application/json")


def _read(request: HttpRequest) -> EnrolmentRequest | None:
    if int(request.META.get("CONTENT_LENGTH") or 0) > BODY_BYTES_MAX:
        return None
    try:
        asked = msgspec.json.decode(request.body, type=EnrolmentRequest)
    except msgspec.MsgspecError:
        return None
    return asked if 0 < len(asked.code) <= CODE_CHARS_MAX else None


def _centre(request: HttpRequest) -> str:
    """Where this edge dials for the log link: the collector's address on the host that it reached us by."""
    host = request.get_host().rpartition(":")[0] or request.get_host()
    centres = settings.EDGE_CENTRES
    return next((centre for centre in centres if centre.rpartition(":")[0] == host), centres[0] if centres else "")


def _refusal(status: int, code: str, words: str) -> JsonResponse:
    return JsonResponse({"code": code, "words": words}, status=status)
