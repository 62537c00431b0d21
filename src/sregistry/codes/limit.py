"""Registries that want fewer requests."""

from __future__ import annotations

from sregistry.codes.code import Code, Page, Sample
from sregistry.codes.examples import HUB
from sregistry.codes.who import Who
from sregistry.kinds import Kind

CODES: tuple[Code, ...] = (
    Code(
        "rate-limit-quota",
        Kind.RATE_LIMIT,
        Who.YOU,
        asks=("ping",),
        doctor=True,
        sample=Sample(
            "the pull limit of docker.io is used up",
            {
                **HUB,
                "method": "GET",
                "url": "https://registry-1.docker.io/v2/acme/tool/manifests/1.2",
                "status": 429,
                "errors": [
                    {
                        "code": "TOOMANYREQUESTS",
                        "message": "You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit",
                        "detail": None,
                    }
                ],
                "credential_source": None,
                "rate_limit": {
                    "ratelimit-limit": "100;w=21600",
                    "ratelimit-remaining": "0;w=21600",
                    "docker-ratelimit-source": "192.0.2.7",
                },
                "about": ["rights"],
                "said": "You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit",
                "links": ["https://www.docker.com/increase-rate-limit"],
                "upstream": "www.docker.com",
            },
        ),
        page=Page(
            meaning="The number of pulls that the registry allows is used up.",
            known="It answered 429 and speaks of a limit or quota; its rate-limit headers are shown in words.",
            todo=(
                "Log in, wait, or pull once and share the SIF file. A mirror of the site (`registries.conf`) "
                "helps a whole cluster."
            ),
        ),
    ),
    Code(
        "rate-limit-abuse",
        Kind.RATE_LIMIT,
        Who.YOU,
        attempts=3,
        doctor=True,
        sample=Sample(
            "docker.io answers that there are too many requests",
            {
                **HUB,
                "method": "GET",
                "url": "https://registry-1.docker.io/v2/acme/tool/manifests/1.2",
                "status": 429,
                "body_head": "Too Many Requests (HAP429).",
                "credential_source": None,
                "retry_after": 60.0,
                "about": ["hub-haste"],
            },
        ),
        page=Page(
            meaning="The registry wants fewer requests in a short time. This is not the pull limit.",
            known="It answered 429 without speaking of a quota (Docker Hub marks it `HAP429`).",
            todo=("Wait, and do not let many jobs pull at the same time. A login does not help against Docker Hub's."),
        ),
    ),
)
