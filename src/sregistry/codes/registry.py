"""What answers is no registry, or one that fails."""

from __future__ import annotations

from sregistry.codes.code import AS_CONFIGURED, Code, Page, Sample
from sregistry.codes.examples import BLOB, HOST, HUB, IMAGE, LAYER, LOGIN, MANIFEST, PING, SITE
from sregistry.codes.who import Who
from sregistry.kinds import Kind

CODES: tuple[Code, ...] = (
    Code(
        "registry-error",
        Kind.REGISTRY,
        Who.REGISTRY,
        attempts=AS_CONFIGURED,
        asks=("ping",),
        doctor=True,
        sample=Sample(
            f"{HOST} failed to answer (status 500)",
            {
                **SITE,
                **MANIFEST,
                "host": HOST,
                "status": 500,
                "body_head": "internal server error",
                "content_type": "text/plain",
                "attempts": 5,
                "elapsed": 6.4,
                "said": "internal server error",
            },
        ),
        page=Page(
            meaning="The registry failed.",
            known="It answered with a status of 500 or above, several times.",
            todo="Try again later; the registry's status page, where there is one, is shown.",
        ),
    ),
    Code(
        "registry-unavailable",
        Kind.REGISTRY,
        Who.REGISTRY,
        attempts=AS_CONFIGURED,
        asks=("ping",),
        doctor=True,
        sample=Sample(
            f"{HOST} is not available at the moment (status 503)",
            {
                **SITE,
                **MANIFEST,
                "host": HOST,
                "status": 503,
                "errors": [{"code": "UNAVAILABLE", "message": "service unavailable", "detail": None}],
                "attempts": 5,
                "elapsed": 6.4,
            },
        ),
        page=Page(
            meaning="The registry is not available at the moment.",
            known="It answered 502, 503, 504 or a relative of them, several times.",
            todo="Try again later; the registry's status page, where there is one, is shown.",
        ),
    ),
    Code(
        "registry-web-page",
        Kind.REGISTRY,
        Who.NETWORK,
        asks=("ping",),
        doctor=True,
        sample=Sample(
            f'{HOST} answers with a web page (HTML), titled "Welcome to GuestNet"; that is not a registry\'s answer',
            {
                **SITE,
                **PING,
                "host": HOST,
                "status": 200,
                "content_type": "text/html",
                "page_title": "Welcome to GuestNet",
                "server": "nginx",
            },
        ),
        page=Page(
            meaning="A web page came where a registry's answer should be.",
            known=(
                "The body is HTML; its title is shown. Where the registry itself answers at `/v2/`, its own front "
                "has sent the page, and not the network."
            ),
            todo=(
                "In a guest network, sign in with a browser. Otherwise check host and port: a proxy, a login page "
                "or another web server answers."
            ),
        ),
    ),
    Code(
        "registry-not-a-registry",
        Kind.REGISTRY,
        Who.YOU,
        doctor=True,
        sample=Sample(
            f"{HOST} has nothing at /v2/, where a registry answers",
            {
                **SITE,
                **PING,
                "host": HOST,
                "status": 404,
                "body_head": "404 page not found",
                "content_type": "text/plain",
                "server": "nginx",
                "said": "404 page not found",
            },
        ),
        page=Page(
            meaning="The host is a web server, but not a registry.",
            known="There is nothing at `/v2/`, where every registry answers.",
            todo="Check the name and port of the registry. Its web interface may have another name.",
        ),
    ),
    Code(
        "registry-answer-too-large",
        Kind.REGISTRY,
        Who.REGISTRY,
        doctor=True,
        sample=Sample(
            f"{HOST} announces or sends more than the 4194304 bytes allowed for this answer",
            {
                **SITE,
                **MANIFEST,
                "host": HOST,
                "status": 200,
                "limit": 4 << 20,
                "actual_size": 200_000_000,
                "setting": "max_manifest_size",
            },
        ),
        page=Page(
            meaning="An answer is larger than any such answer should be.",
            known="The announced length, or what came, exceeds the limit that is shown.",
            todo="Check the host. The limit can be raised if you trust it.",
        ),
    ),
    Code(
        "registry-blocked",
        Kind.USAGE,
        Who.SITE,
        sample=Sample(
            "/etc/containers/registries.conf blocks docker.io",
            {**HUB, "file": "/etc/containers/registries.conf", "prefix": "docker.io"},
        ),
        page=Page(
            meaning="A `registries.conf` on this machine blocks the registry.",
            known="The file and the rule are shown; no request was sent.",
            todo="Ask the machine's administrator; there may be a mirror to use instead.",
        ),
    ),
    Code(
        "registry-unexpected",
        Kind.REGISTRY,
        Who.REGISTRY,
        asks=("ping",),
        doctor=True,
        sample=Sample(
            f"{HOST} answers with status 418, which the protocol does not have here",
            {
                **SITE,
                **MANIFEST,
                "host": HOST,
                "status": 418,
                "body_head": "I'm a teapot",
                "content_type": "text/plain",
                "said": "I'm a teapot",
            },
        ),
        page=Page(
            meaning="The registry gave an answer that the protocol does not have.",
            known="The status and the beginning of its body are shown.",
            todo="`sregistry doctor` shows what else it answers; tell the registry's operator.",
        ),
    ),
    Code(
        "registry-pages",
        Kind.REGISTRY,
        Who.REGISTRY,
        doctor=True,
        sample=Sample(
            "the list has more than 1000 pages",
            {
                **SITE,
                "method": "GET",
                "url": f"https://{HOST}/v2/{IMAGE}/tags/list?n=1000",
                "host": HOST,
                "limit": 1000,
            },
        ),
        page=Page(
            meaning="A list comes in more pages than are read.",
            known="The pages were followed up to the limit.",
            todo="Tell the registry's operator if the list should be short.",
        ),
    ),
    Code(
        "registry-answer-malformed",
        Kind.REGISTRY,
        Who.REGISTRY,
        doctor=True,
        sample=Sample(
            'the list of tags has no "tags"',
            {
                **SITE,
                "method": "GET",
                "url": f"https://{HOST}/v2/{IMAGE}/tags/list",
                "host": HOST,
                "status": 200,
                "content_type": "application/json",
            },
        ),
        page=Page(
            meaning="An answer, such as a list of tags, cannot be read.",
            known="It was read by the rules of the protocol; what is wrong with it is named.",
            todo="Tell the registry's operator.",
        ),
    ),
    Code(
        "registry-mirror-failed",
        Kind.REGISTRY,
        Who.SITE,
        sample=Sample(
            "the mirror mirror.example.org could not be used: there is no network route to mirror.example.org",
            {**SITE, "host": "mirror.example.org", "mirror_of": HOST, "cause": "network-unreachable"},
        ),
        page=Page(
            meaning="A mirror of `registries.conf` failed, and the next place was asked. This is a warning.",
            known="The mirror's own failure is shown.",
            todo="Tell those who run the mirror, or take it out of `registries.conf`.",
        ),
    ),
    Code(
        "registry-local-address",
        Kind.REGISTRY,
        Who.REGISTRY,
        doctor=True,
        sample=Sample(
            f"{HOST} sends its clients to localhost:8080, which is this machine itself",
            {
                **SITE,
                **BLOB,
                "status": 307,
                "redirects": ["localhost:8080"],
                "named_by": HOST,
                "location": "https://localhost:8080/store?signature=***",
                "place": "this machine",
            },
        ),
        page=Page(
            meaning=(
                "A registry somewhere in the network has named an address that leads back to this machine, or to "
                "a service that only this\n"
                "machine can reach."
            ),
            known=(
                "A redirect, a token service, a place for an upload or the address of a foreign layer is, or "
                "resolves to,\n"
                "a loopback or link-local address (`127.0.0.1`, `::1`, `0.0.0.0`, `169.254.169.254`, in whatever "
                "spelling), while who named\n"
                "it is elsewhere. Nothing was asked there. Addresses of private networks are followed."
            ),
            todo=(
                "Tell the registry's operator: most often the registry does not know the name by which it is "
                "reached, and\n"
                "calls itself `localhost`."
            ),
        ),
    ),
    Code(
        "registry-redirects",
        Kind.REGISTRY,
        Who.REGISTRY,
        doctor=True,
        sample=Sample(
            "the request is redirected in a circle",
            {**SITE, **MANIFEST, "status": 307, "redirects": [HOST, HOST], "limit": 5},
        ),
        page=Page(
            meaning="The registry sends the request in a circle, too often, or to an address that cannot be followed.",
            known="The hosts are shown in order.",
            todo="Tell the registry's operator.",
        ),
    ),
    Code(
        "registry-unsupported",
        Kind.REGISTRY,
        Who.REGISTRY,
        doctor=True,
        sample=Sample(
            f"{HOST} does not offer this operation",
            {
                **SITE,
                "method": "DELETE",
                "url": MANIFEST["url"],
                "status": 405,
                "errors": [{"code": "UNSUPPORTED", "message": "The operation is unsupported.", "detail": None}],
                "said": "The operation is unsupported.",
            },
        ),
        page=Page(
            meaning="The registry does not offer this operation.",
            known="It answered 405, 501 or UNSUPPORTED.",
            todo="Ask the registry's operator. Deleting and listing are switched off in many registries.",
        ),
    ),
    Code(
        "registry-no-catalog",
        Kind.REGISTRY,
        Who.REGISTRY,
        sample=Sample(
            f"{HOST} does not tell which repositories it has",
            {
                "registry": HOST,
                "method": "GET",
                "url": f"https://{HOST}/v2/_catalog?n=1000",
                "status": 401,
                "cause": "auth-required",
                "errors": [
                    {
                        "code": "UNAUTHORIZED",
                        "message": "authentication required",
                        "detail": [{"Type": "registry", "Name": "catalog", "Action": "*"}],
                    }
                ],
            },
        ),
        page=Page(
            meaning="The registry does not list its repositories.",
            known="It was asked for its catalog and refused, or answered with something else.",
            todo="Name the repository: its tags can be listed. Large registries have web pages to search in.",
        ),
    ),
    Code(
        "registry-upload-corrupt",
        Kind.REGISTRY,
        Who.REGISTRY,
        sample=Sample(
            f"{HOST} received other bytes than were promised",
            {
                **SITE,
                "method": "PUT",
                "url": f"https://{HOST}/v2/{IMAGE}/blobs/uploads/1",
                "status": 400,
                "errors": [
                    {
                        "code": "DIGEST_INVALID",
                        "message": "provided digest did not match uploaded content",
                        "detail": None,
                    }
                ],
                "said": "provided digest did not match uploaded content",
            },
        ),
        page=Page(
            meaning="The registry received other bytes than were sent.",
            known="It compared the digest and answered DIGEST_INVALID.",
            todo="Push again, from another network if possible.",
        ),
    ),
    Code(
        "registry-upload-too-large",
        Kind.REGISTRY,
        Who.REGISTRY,
        sample=Sample(
            f"{HOST} takes no upload of this size",
            {**SITE, "method": "PATCH", "url": f"https://{HOST}/v2/{IMAGE}/blobs/uploads/1", "status": 413},
        ),
        page=Page(
            meaning="The upload is larger than the registry, or a proxy in front of it, accepts.",
            known="It answered 413.",
            todo="The registry's operator can raise the limit.",
        ),
    ),
    Code(
        "registry-upload-refused",
        Kind.REGISTRY,
        Who.REGISTRY,
        sample=Sample(
            f"{HOST} does not take the upload",
            {
                **SITE,
                "method": "POST",
                "url": f"https://{HOST}/v2/{IMAGE}/blobs/uploads/",
                "status": 400,
                "errors": [{"code": "BLOB_UPLOAD_INVALID", "message": "blob upload invalid", "detail": None}],
                "said": "blob upload invalid",
            },
        ),
        page=Page(
            meaning="The registry does not take the upload.",
            known="Its own error is shown.",
            todo="Ask whether the repository may be pushed to.",
        ),
    ),
    Code(
        "registry-upload-lost",
        Kind.REGISTRY,
        Who.REGISTRY,
        sample=Sample(
            f"{HOST} does not know the upload any more that it had begun",
            {
                **SITE,
                "method": "PATCH",
                "url": f"https://{HOST}/v2/{IMAGE}/blobs/uploads/1",
                "status": 404,
                "errors": [
                    {"code": "BLOB_UPLOAD_UNKNOWN", "message": "blob upload unknown to registry", "detail": None}
                ],
                "said": "blob upload unknown to registry",
            },
        ),
        page=Page(
            meaning="An upload that the registry had begun cannot go on.",
            known="The registry does not know it any more, or has another part of it than was sent.",
            todo=(
                "Push again: it is sent from the beginning. If it stays so, several servers that do not share their "
                "storage may answer for the registry; tell its operator."
            ),
        ),
    ),
    Code(
        "registry-upload-denied",
        Kind.AUTH,
        Who.YOU,
        sample=Sample(
            f"{HOST} does not let this login push to {IMAGE}",
            {
                **SITE,
                "method": "POST",
                "url": f"https://{HOST}/v2/{IMAGE}/blobs/uploads/",
                "purpose": "upload",
                "status": 403,
                "errors": [{"code": "DENIED", "message": "requested access to the resource is denied", "detail": None}],
                **LOGIN,
                "said": "requested access to the resource is denied",
            },
        ),
        page=Page(
            meaning="The login is known, and may not write to the repository.",
            known="The registry answered 403 or DENIED, or that the token it gave lacks the right to push.",
            todo="Push to a repository of your own, or ask its owner for the right to push.",
        ),
    ),
    Code(
        "registry-read-only",
        Kind.REGISTRY,
        Who.REGISTRY,
        sample=Sample(
            f"{HOST} takes no pushes at all",
            {
                **SITE,
                "method": "POST",
                "url": f"https://{HOST}/v2/{IMAGE}/blobs/uploads/",
                "purpose": "upload",
                "status": 405,
                "errors": [{"code": "UNSUPPORTED", "message": "The operation is unsupported.", "detail": None}],
                "said": "The operation is unsupported.",
            },
        ),
        page=Page(
            meaning="The registry is read only: it is under maintenance, or a cache of another one.",
            known="It refused to begin an upload with 405 or UNSUPPORTED, or says so itself.",
            todo="Push to the registry behind the cache, or wait until the maintenance is over.",
        ),
    ),
    Code(
        "registry-quota",
        Kind.REGISTRY,
        Who.YOU,
        sample=Sample(
            f"{HOST} has no room left for {IMAGE}",
            {
                **SITE,
                "method": "PUT",
                "url": f"https://{HOST}/v2/{IMAGE}/manifests/1.2",
                "purpose": "upload",
                "status": 403,
                "errors": [
                    {
                        "code": "DENIED",
                        "message": "adding 2.1 GiB will exceed the configured upper limit of 10 GiB",
                        "detail": None,
                    }
                ],
                "said": "adding 2.1 GiB will exceed the configured upper limit of 10 GiB",
            },
        ),
        page=Page(
            meaning="The space that the account or project has in the registry is used up.",
            known="The registry says so: it speaks of a quota or a limit of storage, or answered 507.",
            todo="Remove images there that are not needed any more, or ask for more space.",
        ),
    ),
    Code(
        "registry-delete-disabled",
        Kind.REGISTRY,
        Who.REGISTRY,
        sample=Sample(
            f"{HOST} does not let images be deleted",
            {
                **SITE,
                "method": "DELETE",
                "url": f"https://{HOST}/v2/{IMAGE}/manifests/1.2",
                "purpose": "delete",
                "status": 405,
                "errors": [{"code": "UNSUPPORTED", "message": "The operation is unsupported.", "detail": None}],
                "said": "The operation is unsupported.",
            },
        ),
        page=Page(
            meaning="Nothing can be deleted in this registry by its API.",
            known="It answered 405 or UNSUPPORTED to the request to delete an image by its digest; where a tag was to "
            "be deleted, it was asked the same about a digest that nothing has.",
            todo=(
                "Its operator can allow it: in Docker's registry by `storage.delete.enabled: true` in its "
                "configuration, or `REGISTRY_STORAGE_DELETE_ENABLED=true` in its environment. A cache of another "
                "registry deletes nothing. Docker Hub and GitHub delete images on their web pages."
            ),
        ),
    ),
    Code(
        "registry-delete-denied",
        Kind.AUTH,
        Who.YOU,
        sample=Sample(
            f"{HOST} does not let this login delete in {IMAGE}",
            {
                **SITE,
                "method": "DELETE",
                "url": f"https://{HOST}/v2/{IMAGE}/manifests/1.2",
                "purpose": "delete",
                "status": 403,
                "errors": [{"code": "DENIED", "message": "requested access to the resource is denied", "detail": None}],
                **LOGIN,
                "said": "requested access to the resource is denied",
            },
        ),
        page=Page(
            meaning="The login is known, and may not delete in the repository.",
            known="The registry answered 403 or DENIED, or that the token it gave lacks the right to delete.",
            todo="Ask the owner of the repository for that right. Tokens are often made without it.",
        ),
    ),
    Code(
        "registry-digest-tagged",
        Kind.USAGE,
        Who.YOU,
        sample=Sample(
            "an image is deleted by its digest with all its tags, which has to be asked for",
            {
                **SITE,
                "digest": LAYER,
                "others": ["1.2", "latest"],
                "repeat": ["rm", f"docker://{HOST}/{IMAGE}@{LAYER}"],
            },
        ),
        page=Page(
            meaning="An image was to be deleted by its digest, and there are tags that mean it, or may mean it.",
            known="The tags of the repository were looked at; where there are very many, or the registry does not list "
            "them, it is not known. Nothing was deleted.",
            todo="Delete a tag alone by its name, or the image and all its tags with `--all-tags`.",
        ),
    ),
    Code(
        "registry-tag-bound",
        Kind.REGISTRY,
        Who.YOU,
        sample=Sample(
            f"{HOST} does not delete a tag alone, only an image with all its tags",
            {
                **SITE,
                "method": "DELETE",
                "url": f"https://{HOST}/v2/{IMAGE}/manifests/1.2",
                "purpose": "delete",
                "status": 400,
                "errors": [
                    {
                        "code": "DIGEST_INVALID",
                        "message": "provided digest did not match uploaded content",
                        "detail": None,
                    }
                ],
                "said": "provided digest did not match uploaded content",
                "repeat": ["rm", f"docker://{HOST}/{IMAGE}:1.2"],
            },
        ),
        page=Page(
            meaning="The registry deletes no tag without its image. Docker's own is so before version 3.",
            known="It refused to delete the tag with 400, 405 or 501, and would delete by a digest: it was asked to "
            "delete one that nothing has, and answered that this is not there. Nothing was deleted.",
            todo="With `--all-tags` the image is deleted, and every tag that means it.",
        ),
    ),
)
