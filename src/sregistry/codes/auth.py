"""Logins: where they come from, and what a registry makes of them."""

from __future__ import annotations

from sregistry.codes.code import Code, Page, Sample
from sregistry.codes.examples import GHCR, HOST, HUB, IMAGE, LOGIN, MANIFEST, PING, SITE
from sregistry.codes.who import Who
from sregistry.kinds import Kind

CODES: tuple[Code, ...] = (
    Code(
        "auth-required",
        Kind.AUTH,
        Who.YOU,
        asks=("tags", "ping"),
        doctor=True,
        sample=Sample(
            "docker.io/acme/tool cannot be read without a login (unauthorized)",
            {
                **HUB,
                "method": "GET",
                "url": "https://registry-1.docker.io/v2/acme/tool/manifests/1.2",
                "status": 401,
                "errors": [
                    {
                        "code": "UNAUTHORIZED",
                        "message": "authentication required",
                        "detail": [{"Type": "repository", "Name": "acme/tool", "Action": "pull"}],
                    }
                ],
                "credential_source": None,
                "challenge": {
                    "scheme": "bearer",
                    "realm": "https://auth.docker.io/token",
                    "service": "registry.docker.io",
                    "scope": "repository:acme/tool:pull",
                    "error": "insufficient_scope",
                },
            },
        ),
        page=Page(
            meaning=(
                "The registry wants a login, and none was sent. The repository is private, or does not exist: "
                "most registries do not tell which."
            ),
            known=(
                "It answered 401 (or refused a token) to an anonymous request. Whether the registry is one that "
                "gives the same answer in both cases is known for the large ones."
            ),
            todo=(
                'Check the name. Then log in: after that, "not found" means that it does not exist, and a refusal '
                "that you may not see it."
            ),
        ),
    ),
    Code(
        "auth-refused",
        Kind.AUTH,
        Who.YOU,
        asks=("anonymous", "ping"),
        doctor=True,
        sample=Sample(
            "ghcr.io refuses the login found in ~/.docker/config.json (auths)",
            {
                **GHCR,
                "method": "GET",
                "url": "https://ghcr.io/token?scope=repository:acme/tool:pull&service=ghcr.io",
                "status": 403,
                "purpose": "token",
                "errors": [{"code": "DENIED", "message": "denied", "detail": None}],
                **LOGIN,
                "second_look": {"anonymous": {"outcome": "ok"}},
            },
        ),
        page=Page(
            meaning="A login was sent and refused.",
            known=(
                "The place the login came from is shown. The second look asks again without it: if that works, "
                "the login itself is bad, and the image needs none."
            ),
            todo=(
                "Log out (or renew the login). Passwords of some registries last hours only; the page of the "
                "failure says so."
            ),
        ),
    ),
    Code(
        "auth-denied",
        Kind.AUTH,
        Who.YOU,
        asks=("anonymous", "tags", "ping"),
        doctor=True,
        sample=Sample(
            f"{HOST} denies access to the manifest of {HOST}/{IMAGE}",
            {
                **SITE,
                **MANIFEST,
                "status": 403,
                "errors": [
                    {"code": "DENIED", "message": f"licence not accepted, see https://{HOST}/licence", "detail": None}
                ],
                **LOGIN,
                "said": "licence not accepted, see https://registry.example.org/licence",
                "links": ["https://registry.example.org/licence"],
                "upstream": "registry.example.org",
            },
        ),
        page=Page(
            meaning="The registry knows the request and refuses it.",
            known="It answered 403 or DENIED. Its own reason, if it gives one, is shown in full.",
            todo=(
                "Follow the registry's reason: accept a licence, ask the owner for access, or log in with another "
                "account."
            ),
        ),
    ),
    Code(
        "auth-unsupported",
        Kind.AUTH,
        Who.YOU,
        doctor=True,
        sample=Sample(
            f"{HOST} asks for a login of the kind negotiate",
            {**SITE, **PING, "status": 401, "challenge": {"scheme": "negotiate"}, "credential_source": None},
        ),
        page=Page(
            meaning="The registry asks for a login of a kind that is not supported, or names no usable way.",
            known="The kind stands in the `WWW-Authenticate` header of its answer.",
            todo="Check that it is the registry that answers. Ask its operator for a way with a password or token.",
        ),
    ),
    Code(
        "auth-realm-insecure",
        Kind.AUTH,
        Who.YOU,
        doctor=True,
        sample=Sample(
            f"{HOST} names a token service that would be spoken to in plain http, at {HOST}",
            {
                **SITE,
                **PING,
                "status": 401,
                "challenge": {"scheme": "bearer", "realm": f"http://{HOST}/token"},
                **LOGIN,
            },
        ),
        page=Page(
            meaning="The registry is spoken to in HTTPS and gives out its tokens over plain HTTP.",
            known=(
                "The address of the token service in its challenge begins with `http://` while the registry is "
                "spoken to in HTTPS. It was not\n"
                "asked, with a login or without: whoever answers there would decide what is sent to the registry "
                "as a token."
            ),
            todo=(
                "Tell the registry's operator. On a network that you trust, `--plain-http` allows it, and so does\n"
                "`insecure = true` for the host of the token service in `registries.conf`."
            ),
        ),
    ),
    Code(
        "auth-token-missing",
        Kind.AUTH,
        Who.YOU,
        doctor=True,
        sample=Sample(
            f"the token service of {HOST} gave no token: its answer is not JSON",
            {
                **SITE,
                "url": f"https://{HOST}/token",
                "purpose": "token",
                "reason": "its answer is not JSON",
                "actual_size": 512,
            },
        ),
        page=Page(
            meaning="The token service answered with success, but without a token.",
            known=(
                "The answer is not shown, as it could be secret; what was wrong with it is. An error message in "
                "the place of a token is quoted."
            ),
            todo="Try again later; then tell the registry's operator.",
        ),
    ),
    Code(
        "auth-login-malformed",
        Kind.USAGE,
        Who.YOU,
        sample=Sample("the password cannot be used: it is empty", {"field": "password", "reason": "it is empty"}),
        page=Page(
            meaning="A user name or password is empty, or cannot be sent or kept as it is.",
            known=(
                "It was looked at before anything was asked: it is empty, it has a NUL byte, the user name has a "
                "colon\n"
                "(with which nobody could tell where the password begins), or it is no UTF-8 text and a "
                "credential helper, which takes\n"
                "JSON, would have to keep it."
            ),
            todo=(
                "Look at where it comes from: a file that is not there or empty, a variable that is not set. "
                "`--password-stdin`\n"
                "takes all of standard input, less one line end at its end."
            ),
        ),
    ),
    Code(
        "auth-file-malformed",
        Kind.AUTH,
        Who.YOU,
        sample=Sample(
            "~/.docker/config.json is not a credentials file, line 3: Expecting ',' delimiter",
            {"file": "~/.docker/config.json", "reason": "Expecting ',' delimiter", "line": 3},
        ),
        page=Page(
            meaning="A credentials file is not JSON, or not of the right form.",
            known="The file was read; the line and the reason are shown.",
            todo="Correct the file, or write it anew with `sregistry login`. Pulls go on without it.",
        ),
    ),
    Code(
        "auth-file-unreadable",
        Kind.AUTH,
        Who.YOU,
        sample=Sample(
            "~/.docker/config.json could not be read: Permission denied", {"file": "~/.docker/config.json", "errno": 13}
        ),
        page=Page(
            meaning="A credentials file cannot be read.",
            known="The operating system refused.",
            todo="Check owner and mode; it should be yours, with mode 0600.",
        ),
    ),
    Code(
        "auth-file-unwritable",
        Kind.AUTH,
        Who.YOU,
        sample=Sample(
            "~/.docker/config.json could not be written: Permission denied",
            {"file": "~/.docker/config.json", "errno": 13},
        ),
        page=Page(
            meaning="A credentials file cannot be written, so that the login was not kept.",
            known="The operating system refused.",
            todo="Check owner and mode of the file and its folder.",
        ),
    ),
    Code(
        "auth-entry-malformed",
        Kind.AUTH,
        Who.YOU,
        sample=Sample(
            'the login for ghcr.io in ~/.docker/config.json cannot be read: "auth" is not base64 text',
            {"file": "~/.docker/config.json", "key": "ghcr.io", "reason": '"auth" is not base64 text'},
        ),
        page=Page(
            meaning="The entry for a registry in a credentials file cannot be read.",
            known="The entry was found by the registry's name; the reason is shown, its content never.",
            todo="Log in again: that writes the entry anew.",
        ),
    ),
    Code(
        "auth-helper-missing",
        Kind.AUTH,
        Who.YOU,
        sample=Sample(
            "the credential helper 'docker-credential-desktop' is not installed",
            {
                "helper": "docker-credential-desktop",
                "server": "ghcr.io",
                "configured_in": "credsStore in ~/.docker/config.json",
            },
        ),
        page=Page(
            meaning=(
                "The credentials file names a helper that is not installed, often because the file was copied "
                "from another machine."
            ),
            known="The program was looked for in `PATH`.",
            todo=(
                "Install the helper, or take `credsStore` or `credHelpers` out of the file. Pulls go on anonymously."
            ),
        ),
    ),
    Code(
        "auth-helper-failed",
        Kind.AUTH,
        Who.YOU,
        sample=Sample(
            "docker-credential-pass get failed (exit status 1): pass not initialized",
            {
                "helper": "docker-credential-pass",
                "server": "ghcr.io",
                "output": "pass not initialized",
                "configured_in": "credsStore in ~/.docker/config.json",
            },
        ),
        page=Page(
            meaning="A credential helper ended with an error.",
            known="Its exit status and what it printed are shown, unless that could hold a secret.",
            todo="Run the helper by hand, as shown. Pulls go on anonymously.",
        ),
    ),
    Code(
        "auth-helper-timeout",
        Kind.AUTH,
        Who.YOU,
        sample=Sample(
            "docker-credential-pass get did not answer within 10 s",
            {
                "helper": "docker-credential-pass",
                "server": "ghcr.io",
                "timeout": 10,
                "configured_in": "credsStore in ~/.docker/config.json",
            },
        ),
        page=Page(
            meaning="A credential helper did not answer in time.",
            known="It was ended after the time that is shown.",
            todo="Run it by hand: it may be waiting for a password.",
        ),
    ),
    Code(
        "auth-helper-malformed",
        Kind.AUTH,
        Who.YOU,
        sample=Sample(
            "what docker-credential-pass printed is no login",
            {
                "helper": "docker-credential-pass",
                "server": "ghcr.io",
                "configured_in": "credsStore in ~/.docker/config.json",
            },
        ),
        page=Page(
            meaning="What a credential helper printed is not a login.",
            known="It has to be JSON with `Username` and `Secret`.",
            todo="Run it by hand, or replace it.",
        ),
    ),
    Code(
        "auth-variable-incomplete",
        Kind.AUTH,
        Who.YOU,
        sample=Sample(
            "APPTAINER_DOCKER_USERNAME is set and APPTAINER_DOCKER_PASSWORD is not; neither is used",
            {"setting": "APPTAINER_DOCKER_PASSWORD"},
        ),
        page=Page(
            meaning="Of a pair of variables with user name and password only one is set.",
            known="Both were looked up in the environment.",
            todo="Set both, or neither.",
        ),
    ),
)
