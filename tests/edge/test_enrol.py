"""Enrolment against a real HTTP server: the key stays here, and a wrong answer changes nothing."""

from __future__ import annotations

import contextlib
import json
import stat
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509

from sekisho_edge import cli
from sekisho_edge.enrol import enrol, stored_enrolment
from sekisho_edge.link import client_context
from sekisho_wire.enrolment import ENROL_PATH, EnrolmentError, read_enrolment

from .centre import issue, make_ca

Answer = Callable[[dict], tuple[int, dict]]


@contextlib.contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """An enrolment door that answers as told; yields its address."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.path == ENROL_PATH
            status, body = answer(request)
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def good(tmp_path: Path) -> Answer:
    ca = make_ca(tmp_path)

    def answer(request: dict) -> tuple[int, dict]:
        if request["code"] != "right-code":
            return 403, {"detail": "the code is not known"}
        csr = x509.load_pem_x509_csr(request["csr_pem"].encode())
        assert csr.is_signature_valid
        return 200, {
            "device": "UTM100001",
            "certificate_pem": issue(ca, csr.public_key(), "UTM100001"),
            "ca_pem": (tmp_path / "ca.pem").read_text(),
            "centre": "127.0.0.1:6514",
            "signing_pem": "the centre's public keys",
            "later_additions": "are ignored",
        }

    return answer


def test_a_code_becomes_a_certificate(good: Answer, tmp_path: Path, capsys: pytest.CaptureFixture):
    state = tmp_path / "state"
    with serving(good) as url:
        assert cli.main(["enrol", "--url", url, "--code", "right-code", "--state", str(state)]) == 0
    assert json.loads(capsys.readouterr().out) == {"device": "UTM100001", "centre": "127.0.0.1:6514"}
    assert stored_enrolment(state) == {"device": "UTM100001", "centre": "127.0.0.1:6514"}
    client_context(state / "ca.pem", state / "device.pem", state / "device.key")
    assert (state / "signing.pem").read_text() == "the centre's public keys"


def test_nobody_else_can_read_the_key(good: Answer, tmp_path: Path):
    with serving(good) as url:
        enrol(url, "right-code", tmp_path / "state")
    assert stat.S_IMODE((tmp_path / "state" / "device.key").stat().st_mode) == 0o600


def test_a_wrong_code_says_what_the_centre_said(good: Answer, tmp_path: Path, capsys: pytest.CaptureFixture):
    state = tmp_path / "state"
    with serving(good) as url:
        assert cli.main(["enrol", "--url", url, "--code", "wrong", "--state", str(state)]) == 1
    assert "the code is not known" in capsys.readouterr().err
    assert not state.exists()


def test_a_certificate_for_somebody_elses_key_is_refused(good: Answer, tmp_path: Path):
    kept: list[dict] = []

    def stale(request: dict) -> tuple[int, dict]:
        kept.append(good(request)[1])
        return 200, kept[0]

    with serving(stale) as url:
        enrol(url, "right-code", tmp_path / "first")
        with pytest.raises(EnrolmentError, match="not for this box"):
            enrol(url, "right-code", tmp_path / "second")
    assert not (tmp_path / "second").exists()


def test_no_centre_is_said_plainly(tmp_path: Path):
    with pytest.raises(EnrolmentError, match="no answer"):
        enrol("http://127.0.0.1:9", "code", tmp_path)


def test_a_box_that_is_not_enrolled_says_how_to(tmp_path: Path):
    with pytest.raises(EnrolmentError, match="sekisho-edge enrol"):
        stored_enrolment(tmp_path)


@pytest.mark.parametrize("device", ["../etc", "", "utm1", "UTM100001\n", "U" * 40])
def test_a_device_id_that_could_be_a_path_is_refused(device: str):
    body = json.dumps({"device": device, "certificate_pem": "", "ca_pem": "", "centre": ""}).encode()
    with pytest.raises(EnrolmentError, match="device id"):
        read_enrolment(body)
