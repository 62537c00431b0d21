"""What is not there: repositories, tags, digests, parts of an index; and registries that word it oddly."""

from __future__ import annotations

from tests.sick.answer import Answer, document, error, page, text
from tests.sick.registry import challenged, with_token
from tests.sick.repository import Repository, healthy, of_index
from tests.sick.request import Request
from tests.sick.scenario import Expectation, Family, fails

FAMILY = Family("missing")

_GONE = "sha256:" + "0" * 64
_NO_REPOSITORY = fails("repository-unknown", r"no repository|not found|not exist", r"spell|check|misspel")


def _tags(*tags: str) -> object:
    """A maker of one image under tags."""

    def make(name: str) -> Repository:
        repository = healthy(name)
        manifest = repository.manifests.pop("latest")
        return repository.put(manifest, *tags)

    return make


def _says(
    name: str, refusal: Answer, expect: Expectation, does: str, cause: str = "there is no such repository"
) -> None:
    """Every request inside the repository is refused in the same way."""

    def handle(request: Request) -> Answer | None:
        return None if request.kind in ("ping", "other") else refusal

    FAMILY.add(name, expect, does, cause, handle=handle)


_says("repository-unknown", error(404, "NAME_UNKNOWN", "repository name not known to registry"), _NO_REPOSITORY, "404")
_says(
    "repository-unknown-project",
    error(404, "PROJECT_UNKNOWN", "project sick not found"),
    fails("repository-unknown", r"project sick not found", r"spell|check|misspel"),
    "404 in Harbor's words",
)
_says(
    "repository-not-found",
    error(404, "NOT_FOUND", "repository sick not found"),
    fails("repository-unknown", r"not found", r"spell|check|misspel"),
    "404 with a code that the specification does not have",
)
_says(
    "repository-404-text",
    text(404, "404 page not found\n"),
    fails(
        "manifest-unknown repository-unknown tag-unknown",
        r"not found|no (tag|manifest|repository)",
        r"spell|check",
        never=(r"has no tag",),
    ),
    "404 in plain text",
)
_says(
    "repository-404-empty",
    Answer(404),
    fails("manifest-unknown repository-unknown tag-unknown", r"\b404\b", r"spell|check", never=(r"has no tag",)),
    "404 and nothing else",
)
_says(
    "repository-404-page",
    page(404, "404 Not Found", "nginx"),
    fails("registry-web-page", r"web page|HTML", r"404 Not Found", r"check|proxy|host"),
    "404 and a web page, though /v2/ is a registry's",
    "another web server has this part of the name space",
)
_says(
    "repository-404-other-json",
    document({"status": 404, "message": "No static resource v2/sick."}, 404),
    fails(
        "manifest-unknown repository-unknown tag-unknown", r"No static resource", r"spell|check", never=(r"has no tag",)
    ),
    "404 and JSON of another kind",
)
_says(
    "repository-gone",
    error(410, "NAME_UNKNOWN", "this repository was removed by its owner"),
    fails("repository-unknown", r"removed by its owner", r"spell|check"),
    "410",
    "the owner removed it",
)
_says(
    "repository-name-invalid",
    error(400, "NAME_INVALID", "invalid repository name"),
    fails("repository-invalid", r"not accept|invalid", r"invalid repository name"),
    "400 NAME_INVALID",
    "this registry has other rules for names",
)
_says(
    "repository-moved-elsewhere",
    error(403, "DENIED", "This repository has moved to registry.example/new"),
    fails("auth-denied", r"registry\.example/new", r"pull it from the place"),
    "403 with words about a new place",
    "the repository has moved",
)

FAMILY.add(
    "tag-unknown",
    fails("tag-unknown", r"tag", r"1\.2\.[01]", r"sregistry pull"),
    "404 for a tag; the list of tags can be read",
    "the repository exists, the tag does not",
    make=_tags("1.2.0", "1.2.1", "1.1.9", "nightly"),
    tag="1.2",
)
FAMILY.add(
    "tag-misspelt",
    fails("tag-unknown", r'"?lastest"?', r"latest", r"sregistry pull .*:latest"),
    "404 for `lastest`",
    "the tag is misspelt",
    tag="lastest",
)
FAMILY.add(
    "tag-latest-absent",
    fails("tag-unknown", r"latest", r"v2|v3"),
    "404 for `latest`; there are others",
    "nothing was pushed under latest",
    make=_tags("v2", "v3"),
)
FAMILY.add(
    "digest-unknown",
    fails("manifest-unknown", r"digest|manifest", r"exists|deleted|check"),
    "404 for a digest",
    "the manifest was deleted, or the digest is another repository's",
    digest=lambda repository: _GONE,
)


def _list(name: str, answer: Answer, does: str, *says: str, never: tuple[str, ...] = ()) -> None:
    """The tag is absent, and the list of tags, which would help, is odd."""

    def handle(request: Request) -> Answer | None:
        return answer if request.kind == "tags" else None

    FAMILY.add(
        name,
        fails("tag-unknown", r"no such tag|has no tag|not (exist|found)|does not|unknown", *says, never=never),
        does,
        "the tag does not exist",
        handle=handle,
        tag="absent",
    )


_list("tag-list-null", document({"name": "sick", "tags": None}), "the list of tags is null")
_list("tag-list-empty", document({"name": "sick", "tags": []}), "the list of tags is empty")
_list("tag-list-404", text(404, "404 page not found"), "the list of tags answers 404")
_list("tag-list-401", error(401, "UNAUTHORIZED", "no listing"), "the list of tags answers 401")
_list("tag-list-500", text(500, "boom"), "the list of tags answers 500")
_list("tag-list-page", page(200, "Tags", "a page"), "the list of tags is a web page")
_list("tag-list-wrong", document({"tags": [1, None, "absend", {"name": "x"}]}), "the list of tags holds other things")
_list(
    "tag-list-many",
    document({"tags": [f"build-{n}" for n in range(20_000)] + ["absent2"]}),
    "20,001 tags",
    r"absent2",
    never=(r"\b2,000 tags are there",),
)


@FAMILY.scenario(
    "tag-list-pages",
    fails("tag-unknown", r"v1\.6\.1", never=(r"could not be listed",)),
    "the list of tags comes in pages, of which the last has the near name",
    "the tag does not exist",
    tag="1.6.1",
)
def pages(request: Request) -> Answer | None:
    if request.kind != "tags":
        return None
    number = int(request.query.get("last", ["0"])[0])
    tags = [f"v1.{number + 4}.{patch}" for patch in range(3)]
    answer = document({"name": request.name, "tags": tags})
    following = f'</v2/{request.name}/tags/list?last={number + 1}>; rel="next"'
    return answer.adding(("Link", following)) if number < 3 else answer


@FAMILY.scenario(
    "tag-list-endless",
    fails("tag-unknown", r"no such tag|has no tag|not (exist|found)|does not|unknown"),
    "the pages of the list of tags lead in a circle",
    "the tag does not exist",
    tag="absent",
)
def endless(request: Request) -> Answer | None:
    if request.kind != "tags":
        return None
    return document({"tags": ["a", "b"]}).adding(("Link", f'</v2/{request.name}/tags/list?last=b>; rel="next"'))


@FAMILY.scenario(
    "index-child-missing",
    fails("manifest-child-unknown", r"index", r"missing|not have|gone", r"author|pushed|another"),
    "the index is there, the manifest it lists is not",
    "the image was copied or cleaned up incompletely",
    make=of_index("linux/amd64", "linux/arm64"),
)
def child_missing(request: Request) -> Answer | None:
    if request.kind == "manifest" and request.reference != "latest":
        return error(404, "MANIFEST_UNKNOWN", "manifest unknown")
    return None


@FAMILY.scenario(
    "not-a-registry",
    fails(
        "registry-not-a-registry registry-web-page", r"not (speak|a registry)|nothing at /v2/|registry", r"host|port"
    ),
    "404 in plain text for everything, /v2/ too",
    "another kind of server",
)
def not_a_registry(request: Request) -> Answer | None:
    return text(404, "404 page not found\n")


@FAMILY.scenario(
    "hidden-until-login",
    fails("repository-unknown", r"private|not exist|no repository", r"spell|check", r"login"),
    "404 for a repository that those without a login may not see",
    "the repository is private, and hidden",
)
def hidden(request: Request) -> Answer | None:
    if request.kind in ("ping", "token"):
        return with_token(request)
    return error(404, "NAME_UNKNOWN", "repository name not known to registry")


@FAMILY.scenario(
    "hub-words",
    fails("auth-required", r"private", r"exist", r"login"),
    "401 for a repository that does not exist, as Docker Hub does",
    "there is no such repository",
)
def hub(request: Request) -> Answer | None:
    if request.kind in ("ping", "token"):
        return with_token(request)
    return challenged(request).having(
        body=b'{"errors":[{"code":"UNAUTHORIZED","message":"authentication required","detail":[{"Type":"repository",'
        b'"Class":"","Name":"sick/hub-words","Action":"pull"}]}]}\n'
    )
