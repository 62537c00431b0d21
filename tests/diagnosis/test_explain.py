"""Any exception is explained; what is not ours is a bug of ours, and errors of the system are told as such."""

import errno

import pytest

from sregistry.codes import Code, Page, Sample
from sregistry.diagnosis import Kind, Who, explain, pages
from sregistry.errors import NotFound, SregistryError
from tests.codes.declaring import declaring


def test_a_code_of_another_package_is_explained_by_its_declaration() -> None:
    page = Page("The shelf is empty.", known="It was looked at.", todo="Fill it.")
    code = Code("lab-shelf-empty", Kind.NOT_FOUND, Who.SITE, Sample("the shelf is empty", {}), page)
    with declaring(code):
        error = SregistryError(code.name, "the shelf of the lab is empty", host="lab.example.org")
        diagnosis = explain(error)
        assert "sregistry explain" not in str(diagnosis)
        assert isinstance(error, NotFound)
        assert pages.page(code.name) == page.markdown(code.name)
    assert (diagnosis.code, diagnosis.kind, diagnosis.who) == (code.name, Kind.NOT_FOUND, Who.SITE)
    assert diagnosis.title == "The shelf of the lab is empty"
    assert [step.comment for step in diagnosis.steps] == ["Fill it."]


def test_a_foreign_exception_is_our_bug_and_is_named() -> None:
    diagnosis = explain(IndexError("list index out of range"))
    assert (diagnosis.code, diagnosis.who) == ("bug", Who.SREGISTRY)
    assert diagnosis.what == ("IndexError: list index out of range",)


def test_an_interrupt_is_no_bug() -> None:
    diagnosis = explain(KeyboardInterrupt())
    assert (diagnosis.code, diagnosis.exit_code, diagnosis.title) == ("interrupted", 130, "Stopped")


@pytest.mark.parametrize(
    "number, code",
    [
        (errno.ENOSPC, "disk-full"),
        (errno.EDQUOT, "disk-quota"),
        (errno.EACCES, "disk-permission"),
        (errno.EROFS, "disk-read-only"),
        (errno.ENOENT, "disk-no-such-path"),
        (errno.EISDIR, "disk-no-such-path"),
        (errno.ENAMETOOLONG, "disk-no-such-path"),
        (errno.ELOOP, "disk-no-such-path"),
        (errno.EIO, "disk-failed"),
        (errno.ECONNRESET, "bug"),
    ],
)
def test_errors_of_the_system_about_files_are_told_as_such(number: int, code: str) -> None:
    error = OSError(number, "the system's words", "/srv/images/tool.sif")
    diagnosis = explain(error)
    assert diagnosis.code == code
    assert code == "bug" or "/srv/images" in diagnosis.title


def test_a_file_name_that_is_not_text_can_be_told() -> None:
    assert explain(OSError(errno.EACCES, "Permission denied", b"/srv/\xff")).code == "disk-permission"


def test_the_dictionary_has_every_part_in_types_of_json() -> None:
    found = explain(SregistryError("digest-malformed", "'x' is not a digest", text="x")).as_dict()
    assert set(found) == {
        "code",
        "title",
        "kind",
        "exit_code",
        "what",
        "why",
        "checked",
        "evidence",
        "who",
        "steps",
        "page",
        "related",
    }
    assert found["page"] == "docs/errors/digest-malformed.md"
    assert found["why"][0]["likelihood"] == "certain"


def test_what_the_title_says_is_not_said_again() -> None:
    error = SregistryError("network-refused", "h refused the connection on port 5000", host="h", port=5000)
    assert explain(error).what == ()


def test_evidence_that_was_shown_already_is_left_out() -> None:
    facts = {"file": "auth.json", "setting": "--authfile"}
    assert explain(SregistryError("setting-authfile", "there is no file auth.json", **facts)).evidence == ()


def test_a_well_known_name_is_not_said_to_be_wrong() -> None:
    facts = {"host": "ghcr.io", "registry": "ghcr.io", "reference": "ghcr.io/acme/tool:1.2"}
    diagnosis = explain(SregistryError("network-dns", "the host name ghcr.io does not exist", **facts))
    assert diagnosis.title == "The host name ghcr.io cannot be resolved on this machine"
    words = " ".join([*(cause.text for cause in diagnosis.why), *(step.comment for step in diagnosis.steps)])
    assert "login node" in words
    assert "proxy" in words
    assert "spelling" not in words
