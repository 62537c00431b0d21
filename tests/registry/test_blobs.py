"""Blobs: resumed where a connection broke, verified to the last byte, from whichever place has them."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from sregistry.digests import Digest
from sregistry.oci.descriptors import Descriptor
from tests.registry.scripted import Contents, Request, Script, Server, behave, tiny
from tests.registry.sessions import AMD64, fails, options, session
from tests.support import images

DATA = bytes(range(256)) * 4096
HALF = len(DATA) // 2
HELD = Contents(blobs={images.Blob("", DATA).digest: DATA})
PROMISED = Descriptor("application/octet-stream", Digest.of(DATA), len(DATA))


def fetch(script: Script, promised: Descriptor = PROMISED, **more: Any) -> tuple[bytes, Server]:
    """The blob as it came from a registry that behaves as `script` says, and that registry."""
    with Server(script, HELD) as server, session(**more) as one, one.open_blob(server.reference(), promised) as stream:
        return stream.read(), server


def ranges(server: Server) -> list[str | None]:
    return [one.headers.get("Range") for one in server.seen if one.kind == "blob"]


def half(request: Request) -> bool:
    """Announce everything, send a half, hang up."""
    request.head(200, {"Content-Length": len(DATA)})
    request.write(DATA[:HALF])
    return request.hang_up()


def endless(request: Request) -> bool:
    """More than was promised, its length not announced."""
    request.head(200, {"Connection": "close"})
    request.write(DATA * 2)
    return request.hang_up()


def once(fault: Script) -> Script:
    """`fault` at the first request for a blob."""
    return lambda request: request.kind == "blob" and request.number("blob") == 1 and fault(request)


def test_what_was_dropped_goes_on_where_it_broke_off() -> None:
    data, server = fetch(once(half))
    assert data == DATA
    assert ranges(server) == [None, f"bytes={HALF}-"]


def test_a_server_without_ranges_is_asked_for_everything_again() -> None:
    def script(request: Request) -> bool:
        if request.kind != "blob":
            return False
        return half(request) if request.number("blob") == 1 else request.reply(200, DATA)

    data, server = fetch(script)
    assert data == DATA
    assert ranges(server) == [None, f"bytes={HALF}-"]


@pytest.mark.parametrize("shown", ["bytes 0-9/10", "bytes", f"bytes {HALF + 1}-{len(DATA) - 1}/{len(DATA)}", None])
def test_a_part_that_is_not_the_one_asked_for_is_not_used(shown: str | None) -> None:
    def script(request: Request) -> bool:
        if request.kind != "blob" or not request.headers.get("Range"):
            return once(half)(request)
        return request.reply(206, DATA[HALF:], Content_Range=shown)

    data, server = fetch(script)
    assert data == DATA
    assert ranges(server)[-1] is None


def test_416_means_from_the_start() -> None:
    def script(request: Request) -> bool:
        return request.reply(416) if request.headers.get("Range") else once(half)(request)

    assert fetch(script)[0] == DATA


def test_storage_is_asked_anew_after_a_drop_because_its_addresses_expire() -> None:
    def script(request: Request) -> bool:
        if request.kind == "blob":
            return request.redirect(f"/store/{request.name}?signature={request.number('signature')}")
        return request.kind == "store" and request.number("store") == 1 and half(request)

    _, server = fetch(script)
    assert [one.query for one in server.seen if one.kind == "store"] == ["signature=1", "signature=2"]


def test_one_byte_too_many_is_noticed() -> None:
    def script(request: Request) -> bool:
        if request.kind != "blob":
            return False
        request.head(200, {"Connection": "close"})
        request.write(DATA + b"!")
        return request.hang_up()

    assert fails("size-long", lambda: fetch(script)).facts["expected_size"] == len(DATA)


def test_other_bytes_of_the_same_length_are_noticed() -> None:
    def script(request: Request) -> bool:
        return request.kind == "blob" and request.reply(200, b"x" * len(DATA))

    error = fails("digest-mismatch", lambda: fetch(script))
    assert error.facts["layer"] == str(PROMISED.digest)
    assert error.facts["actual_size"] == len(DATA)


def test_a_length_that_is_announced_wrongly_is_not_downloaded() -> None:
    def script(request: Request) -> bool:
        return request.kind == "blob" and request.head(200, {"Content-Length": 1 << 40}) and request.hang_up()

    assert fails("blob-wrong-size", lambda: fetch(script)).facts["actual_size"] == 1 << 40


@pytest.mark.parametrize("promised", [len(DATA) - 1, len(DATA) + 1])
def test_a_size_that_the_manifest_states_wrongly_is_told_from_other_bytes(promised: int) -> None:
    wrong = replace(PROMISED, size=promised)
    error = fails("blob-wrong-size", lambda: fetch(lambda request: False, wrong))
    assert error.facts["right_digest"] is True
    error = fails("blob-wrong-size", lambda: fetch(lambda request: request.kind == "blob" and request.reply(200, b"x")))
    assert error.facts["right_digest"] is False


def test_bytes_that_are_refused_stay_refused() -> None:
    """Who reads on after a failure, to find out more about it, gets the same failure."""
    with Server(lambda request: request.kind == "blob" and endless(request), HELD) as server, session() as one:
        stream = one.open_blob(server.reference(), PROMISED)
        with stream:
            for _ in range(2):
                fails("size-long", stream.read)


def test_content_encoding_is_not_undone() -> None:
    """The digest is that of the bytes as stored, whatever a proxy says about them."""

    def script(request: Request) -> bool:
        return request.kind == "blob" and request.reply(200, DATA, Content_Encoding="gzip")

    assert fetch(script)[0] == DATA


def test_two_lengths_are_no_http() -> None:
    def script(request: Request) -> bool:
        return request.kind == "blob" and request.raw(
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc"
        )

    assert "Content-Length" in fails("network-protocol", lambda: fetch(script)).facts["reason"]


def test_time_spent_in_reads_that_fail_is_charged() -> None:
    """Each attempt gets as far as the header; the patience of four seconds ends it, not the number of attempts."""

    def script(request: Request) -> bool:
        return request.kind == "blob" and request.head(200, {"Content-Length": len(DATA)}) and request.wait()

    error = fails("network-stalled", lambda: fetch(script))
    assert error.facts["attempts"] < options().retries.attempts
    assert error.facts["elapsed"] >= 1


def test_bytes_that_are_skipped_are_no_progress() -> None:
    """A server without ranges that breaks off at the same place every time is given up."""

    def script(request: Request) -> bool:
        return request.kind == "blob" and half(request)

    error = fails("network-truncated", lambda: fetch(script))
    assert error.facts["attempts"] == options().retries.attempts
    assert error.facts["ended_at"] == [HALF] * options().retries.attempts
    assert (error.facts["actual_size"], error.facts["expected_size"]) == (HALF, len(DATA))


def test_silence_after_a_half_is_not_waited_for_as_if_the_half_were_new_each_time() -> None:
    """Patience of some seconds: the halves that come again do not renew it."""

    def script(request: Request) -> bool:
        if request.kind != "blob":
            return False
        request.head(200, {"Content-Length": len(DATA)})
        request.write(DATA[:HALF])
        return request.wait()

    # The error that is shown is that of the first attempt, as the last has less time; what it says is true of all.
    given = {
        "retries": replace(options().retries, attempts=50, patience=3.5),
        "timeouts": replace(options().timeouts, read=2.0, stall=9.0),
    }
    error = fails("network-stalled", lambda: fetch(script, **given))
    assert 2 <= error.facts["attempts"] < 10
    assert set(error.facts["ended_at"]) == {HALF}
    assert len(error.facts["ended_at"]) == error.facts["attempts"]


def test_a_foreign_layer_comes_from_its_own_address_without_a_login() -> None:
    with Server(behave, HELD) as owner, Server() as registry:
        url = f"http://127.0.0.2.nip.invalid/{PROMISED.digest}"
        promised = Descriptor(
            "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
            PROMISED.digest,
            PROMISED.size,
            urls=(url, f"{owner.url}/store/{PROMISED.digest}"),
        )
        environ = {"APPTAINER_DOCKER_USERNAME": "somebody", "APPTAINER_DOCKER_PASSWORD": "canary"}
        with session(environ=environ) as one, one.open_blob(registry.reference(), promised) as stream:
            assert stream.read() == DATA
        assert [one.authorization for one in owner.seen] == [None]


def test_a_foreign_layer_that_is_refused_says_where_it_is_kept() -> None:
    def refuse(request: Request) -> bool:
        return request.reply(403, b"no")

    with Server(refuse) as owner, Server() as registry:
        promised = Descriptor(PROMISED.media_type, PROMISED.digest, PROMISED.size, urls=(f"{owner.url}/layer?key=1",))
        with session() as one, one.open_blob(registry.reference(), promised) as stream:
            error = fails("blob-foreign", stream.read)
    assert error.facts["urls"] == [f"{owner.url}/layer?key=***"]
    assert (error.facts["status"], error.facts["attempts"]) == (403, 2), "the registry once, the owner once"


def test_an_error_page_may_be_larger_than_is_read_of_it() -> None:
    def script(request: Request) -> bool:
        return request.kind == "blob" and request.reply(404, b"x" * (1 << 20), "text/plain")

    assert fails("blob-unknown", lambda: fetch(script)).facts["status"] == 404


def test_an_error_page_that_breaks_off_does_not_hide_the_status() -> None:
    def script(request: Request) -> bool:
        return request.kind == "blob" and request.head(404, {"Content-Length": 100}) and request.hang_up()

    assert fails("blob-unknown", lambda: fetch(script)).facts["status"] == 404


def test_a_config_is_not_asked_for_more_often_than_anything_else() -> None:
    """The repetition of what arrives damaged does not multiply that of what does not arrive."""

    def script(request: Request) -> bool:
        return request.kind == "blob" and request.reply(503)

    with Server(script) as server, session() as one:
        error = fails("registry-unavailable", lambda: one.get_config(server.reference(), PROMISED))
    assert error.facts["attempts"] == len(server.paths("blob")) == options().retries.attempts


def test_a_config_that_arrives_damaged_is_fetched_once_more() -> None:
    def script(request: Request) -> bool:
        return request.kind == "blob" and request.number("blob") == 1 and request.reply(200, b"x" * len(DATA))

    with Server(script, HELD) as server, session() as one:
        assert one.get_config(server.reference(), PROMISED) == DATA


def test_what_others_have_waited_for_is_no_reason_to_give_up_a_small_blob_that_comes() -> None:
    with Server(contents=Contents().add(tiny(), "1")) as server, session() as one:
        found = one.resolve(server.reference(), AMD64)
        time.sleep(0.05)
        one.budget.spend(0.05, share=1000.0)
        smallest = min(found.layers, key=lambda layer: layer.descriptor.size)
        with one.open_blob(found.reference, smallest.descriptor) as stream:
            assert len(stream.read()) == smallest.descriptor.size
