"""Repositories and tags that are not there."""

from __future__ import annotations

from sregistry.codes.code import Code, Page, Sample
from sregistry.codes.examples import HOST, IMAGE, MANIFEST, SITE
from sregistry.codes.who import Who
from sregistry.kinds import Kind

CODES: tuple[Code, ...] = (
    Code(
        "repository-unknown",
        Kind.NOT_FOUND,
        Who.YOU,
        asks=("anonymous", "ping", "repositories"),
        doctor=True,
        sample=Sample(
            f"there is no repository {IMAGE} at {HOST} (not found)",
            {
                **SITE,
                **MANIFEST,
                "status": 404,
                "errors": [
                    {
                        "code": "NAME_UNKNOWN",
                        "message": "repository name not known to registry",
                        "detail": {"name": IMAGE},
                    }
                ],
                "credential_source": None,
                "said": "repository name not known to registry",
            },
        ),
        page=Page(
            meaning="The registry says that there is no such repository.",
            known=(
                "It answered NAME_UNKNOWN, for the manifest or (as distribution, the `registry:2` image, does) "
                "for the list of tags. Where the registry tells its repositories, those with a name like this one "
                "are proposed. Some registries answer so for private repositories as well."
            ),
            todo="Check the spelling. If it is private, log in.",
        ),
    ),
    Code(
        "tag-unknown",
        Kind.NOT_FOUND,
        Who.YOU,
        asks=("tags",),
        doctor=True,
        sample=Sample(
            f"{HOST}/{IMAGE} has no tag 'lastest' (not found)",
            {
                **SITE,
                **MANIFEST,
                "identifier": "lastest",
                "reference": f"{HOST}/{IMAGE}:lastest",
                "url": f"https://{HOST}/v2/{IMAGE}/manifests/lastest",
                "status": 404,
                "errors": [{"code": "MANIFEST_UNKNOWN", "message": 'Failed to fetch "lastest"', "detail": None}],
                "credential_source": None,
                "second_look": {"tags": {"count": 11, "near": ["latest"], "newest": ["1.6.1", "1.6.0"]}},
                "said": 'Failed to fetch "lastest"',
            },
        ),
        page=Page(
            meaning="The repository has no such tag.",
            known=(
                "The registry answered MANIFEST_UNKNOWN. The second look reads the list of tags, which proves "
                "that the repository exists and shows what it has."
            ),
            todo="Choose one of the near tags. A repository need not have `latest`.",
        ),
    ),
    Code(
        "repository-invalid",
        Kind.NAME,
        Who.YOU,
        doctor=True,
        sample=Sample(
            f"{HOST} does not accept 'tool' as the name of a repository",
            {
                **SITE,
                **MANIFEST,
                "repository": "tool",
                "status": 400,
                "errors": [
                    {"code": "NAME_INVALID", "message": "invalid repository name: a project is needed", "detail": None}
                ],
                "said": "invalid repository name: a project is needed",
            },
        ),
        page=Page(
            meaning="The registry does not accept the name of the repository, although it is well-formed.",
            known="It answered NAME_INVALID.",
            todo="Registries have rules of their own, such as a project in front of the name.",
        ),
    ),
    Code(
        "tag-invalid",
        Kind.NAME,
        Who.YOU,
        doctor=True,
        sample=Sample(
            f"{HOST} does not accept '1.2' as a tag",
            {
                **SITE,
                **MANIFEST,
                "status": 400,
                "errors": [{"code": "TAG_INVALID", "message": "manifest tag did not match URI", "detail": None}],
                "said": "manifest tag did not match URI",
            },
        ),
        page=Page(
            meaning="The registry does not accept the tag, although it is well-formed.",
            known="It answered TAG_INVALID.",
            todo="Check the tag.",
        ),
    ),
)
