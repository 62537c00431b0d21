"""Refusals whose reason is in their words: filters, firewalls, policies, unpaid bills, clocks, a limit further away."""

from __future__ import annotations

from tests.sick.answer import Answer, document, error, page, text
from tests.sick.registry import challenged, with_token
from tests.sick.request import Request
from tests.sick.scenario import LOGIN, Expectation, Family, fails

FAMILY = Family("auth")

#: What must not be said where a login has nothing to do with it.
_NO_LOGIN = (r"sregistry login", r"private", r"asks for a login", r"registry is faulty")
_API = ("Docker-Distribution-Api-Version", "registry/2.0")


def _answers(name: str, kind: str, answer: Answer, expect: Expectation, does: str, cause: str, **more: object) -> None:
    """A scenario in which requests of one kind are refused, and a token is given to whoever asks."""

    def handle(request: Request) -> Answer | None:
        if request.kind == kind:
            return answer
        return with_token(request) if kind == "token" else None

    FAMILY.add(name, expect, does, cause, handle=handle, **more)


_FILTERED = (r"network's administrator", r"web filter|firewall", r"https?_proxy")
_answers(
    "token-page-403",
    "token",
    page(403, "Web Page Blocked", "Category: Information Technology"),
    fails("registry-web-page", r"web page blocks the token service", r"Web Page Blocked", *_FILTERED, never=_NO_LOGIN),
    "403 and a page of a web filter for the token",
    "a web filter does not allow the token service",
)
_answers(
    "manifest-page-403",
    "manifest",
    page(403, "Access Denied", "Your organization has blocked this website.").adding(_API),
    fails("registry-web-page", r"web page refuses, not the registry", r"organization has", *_FILTERED, never=_NO_LOGIN),
    "403 and a web filter's page, with the header of a registry",
    "a web filter does not allow the registry",
)
_answers(
    "manifest-page-country",
    "manifest",
    page(403, "ERROR: The request could not be satisfied", "Configured to block access from your country."),
    fails("registry-web-page", r"block access from your country", r"operator", never=_NO_LOGIN),
    "403 and the page of a content network",
    "the registry shuts out some countries",
)
_answers(
    "layer-page-403",
    "blob",
    page(403, "Virus found", "The download was blocked by the gateway."),
    fails("registry-web-page", r"web page blocks the (config|layer)", r"Virus found", *_FILTERED, never=_NO_LOGIN),
    "403 and a web filter's page for config and layers",
    "a gateway that looks for viruses",
)
_answers(
    "token-address",
    "token",
    error(403, "DENIED", "client with IP '203.0.113.7' is not allowed access. Refer https://example.org/firewall"),
    fails(
        "auth-required",
        r"firewall of \S+ does not let in this machine's address 203\.0\.113\.7",
        r"Open https://example\.org/firewall",
        r"operator",
        never=_NO_LOGIN,
    ),
    "refuses the address of this machine with 403 for the token (Azure)",
    "the registry's firewall lets in some addresses only",
)
_answers(
    "token-forbidden",
    "token",
    error(403, "DENIED", "access forbidden"),
    fails("auth-refused", r"denies this login", r"Probably: The account is no member", r"read_registry"),
    "refuses a login with 403 and 'access forbidden' (GitLab)",
    "the account may not read the project",
    login=LOGIN,
)
_answers(
    "policy-412",
    "manifest",
    error(412, "PROJECTPOLICYVIOLATION", "The image is not signed by cosign."),
    fails("auth-denied", r"policy .* refuses this image: \"The image is not signed", r"administrator", never=_NO_LOGIN),
    "refuses an image without a signature with 412 (Harbor)",
    "a policy of the project",
)
_answers(
    "policy-400",
    "manifest",
    document({"message": "upstream registry is blocked by policy"}, 400),
    fails("auth-denied", r"policy .* refuses this image: \"upstream registry", never=_NO_LOGIN),
    "refuses by a policy with 400",
    "a policy of the site",
)
_answers(
    "layer-quarantined",
    "blob",
    text(403, "REQUESTED ITEM IS QUARANTINED -- FOR DETAILS SEE https://example.org/q"),
    fails("auth-denied", r"policy", r"QUARANTINED", r"Open https://example\.org/q", never=_NO_LOGIN),
    "refuses layers that are in quarantine",
    "a policy of the repository manager",
)
_answers(
    "quota-of-robots",
    "manifest",
    document({"errors": ["quota of robots exceeded"]}, 400),
    fails("registry-unexpected", r"refuses .*: \"quota of robots exceeded\"", r"administrator", never=_NO_LOGIN),
    "400 with a reason in a list of texts",
    "a quota of the registry",
)
_answers(
    "payment",
    "manifest",
    error(402, "PAYMENT_REQUIRED", "the organization's subscription has ended"),
    fails("auth-denied", r"refuses .*subscription has ended", r"administrator", never=_NO_LOGIN),
    "402",
    "nobody has paid",
)
_answers(
    "archived",
    "manifest",
    document({"errors": {"code": "DENIED", "message": "project is archived"}}, 403),
    fails("auth-denied", r"refuses .*: \"project is archived\"", r"administrator", never=_NO_LOGIN),
    "403 with an object in place of the list of errors",
    "the project is closed",
)
_answers(
    "reason-of-two-lines",
    "manifest",
    error(403, "DENIED", "project is\n archived"),
    fails("auth-denied", r"refuses .*: \"project is archived\""),
    "403 with a reason of two lines",
    "the project is closed",
)
_answers(
    "forbidden-in-plain-text",
    "manifest",
    text(403, "Forbidden"),
    fails("auth-denied", r"denies", r"Possibly: A firewall or proxy refuses"),
    "403 in plain text",
    "a firewall for web applications in front of the registry",
)
_answers(
    "upstream-limit",
    "manifest",
    error(404, "MANIFEST_UNKNOWN", "proxy: upstream registry-1.docker.io: toomanyrequests: pull rate limit reached"),
    fails(
        "rate-limit-quota",
        r"pull limit of Docker Hub is used up",
        r"later",
        r"operator of \S+ to let it log in",
        never=(*_NO_LOGIN, r"deleted", r"pushing"),
    ),
    "a pull-through cache says with 404 what its upstream says",
    "the cache's own pull limit is used up",
)
_answers(
    "maintenance",
    "manifest",
    error(503, "UNAVAILABLE", "Maintenance until 18:00 UTC, see https://example.org/status").adding(
        ("Retry-After", "3600")
    ),
    fails(
        "registry-unavailable", r"503: \"Maintenance until 18:00", r"Open https://example\.org/status", r"1 h|60 min"
    ),
    "503, and says why",
    "maintenance",
)


@FAMILY.scenario(
    "token-called-invalid",
    fails(
        "auth-required",
        r"refuses the token that it has just given: \"token used before issued\"",
        r"clock",
        r"operator",
        never=_NO_LOGIN,
    ),
    "calls each token invalid that its service has just given",
    "the clocks of the registry and of its token service differ",
)
def token_called_invalid(request: Request) -> Answer | None:
    if request.kind == "token":
        return None
    if not request.authorization:
        return with_token(request)
    usual = dict(challenged(request).headers)["WWW-Authenticate"]
    refused = error(401, "UNAUTHORIZED", "token used before issued")
    return refused.setting("WWW-Authenticate", f'{usual},error="invalid_token"')
