"""One realistic error for every code: what a room raises, with the facts it gives.

The pages in ``docs/errors`` show how these are explained, and every test of the catalogue goes over
them. `SAMPLES` is complete: a test compares it with the codes that the source raises.
"""

from __future__ import annotations

from typing import Any

from sregistry.answers import said
from sregistry.errors import SregistryError

LAYER = "sha256:8f1d4ee45c7b7bb3b5a5e3f1a5b6f6a3e1c2d3b4a5968778695a4b3c2d1e0f10"
OTHER = "sha256:0b5e7c9d1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4"
HOST = "registry.example.org"
IMAGE = "acme/tool"
HUB = {"registry": "docker.io", "repository": "acme/tool", "identifier": "1.2", "reference": "docker.io/acme/tool:1.2"}
GHCR = {"registry": "ghcr.io", "repository": "acme/tool", "identifier": "1.2", "reference": "ghcr.io/acme/tool:1.2"}
SITE = {"registry": HOST, "repository": IMAGE, "identifier": "1.2", "reference": f"{HOST}/{IMAGE}:1.2"}
PING = {"method": "GET", "url": f"https://{HOST}/v2/"}
MANIFEST = {"method": "GET", "url": f"https://{HOST}/v2/{IMAGE}/manifests/1.2"}
BLOB = {
    "method": "GET",
    "url": f"https://{HOST}/v2/{IMAGE}/blobs/{LAYER}",
    "digest": LAYER,
    "layer": LAYER,
    "layer_index": 2,
}
IN_LAYER = {**SITE, "layer": LAYER, "layer_index": 2}
CERTIFICATE = {
    "subject": f"CN={HOST}",
    "issuer": "CN=Example Root, O=Example Organisation",
    "not_before": "2024-11-01T00:00:00Z",
    "not_after": "2026-11-01T00:00:00Z",
    "names": [HOST],
}
TLS = {
    **SITE,
    **PING,
    "host": HOST,
    "certificate": CERTIFICATE,
    "ca_source": "/etc/ssl/certs/ca-certificates.crt",
    "local_time": "2026-11-24T09:30:00Z",
    "address": "192.0.2.7:443",
}
LOGIN = {
    "credential_source": "~/.docker/config.json (auths)",
    "credential_origin": {"kind": "file", "name": "~/.docker/config.json"},
}
NOTHING: dict[str, Any] = {}


def _said(code: str, message: str, detail: Any = None) -> dict[str, Any]:
    """The registry's own error as a fact, with what it is about."""
    listed = {"errors": [{"code": code, "message": message, "detail": detail}]}
    return {**listed, **said.about(listed)}


SAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    # names
    "name-uppercase": (
        "the repository name 'Acme/Tool' has capital letters (A, T); only a tag may have them",
        {"source": "ghcr.io/Acme/Tool:1.2", "span": [8, 14], "suggestion": "docker://ghcr.io/acme/tool:1.2"},
    ),
    "name-component": (
        "'tool_' is not part of a repository name: letters and digits, in between single '.', '_', '__' or '-'",
        {"source": "ghcr.io/acme/tool_", "span": [13, 18], "suggestion": "docker://ghcr.io/acme/tool"},
    ),
    "name-host": (
        "'my_host.org' is not a host name (\"_\" is not allowed in host names)",
        {"source": "my_host.org/tool", "span": [0, 11]},
    ),
    "name-port": ("'70000' is not a port", {"source": "localhost:70000/tool", "span": [9, 15]}),
    "name-missing": ("the registry is not followed by a repository", {"source": "ghcr.io/", "span": [0, 8]}),
    "name-slashes": (
        "there is a slash too many in the name",
        {"source": "ghcr.io/acme//tool", "span": [12, 13], "suggestion": "docker://ghcr.io/acme/tool"},
    ),
    "name-too-long": (
        "the repository name has 300 characters; 255 are allowed",
        {"source": "a" * 300, "span": [0, 300]},
    ),
    "name-is-id": (
        "64 hex digits are the ID of an image, not a name that a registry knows",
        {"source": OTHER[7:], "span": [0, 64]},
    ),
    "platform-malformed": ("'linux/' is not a platform (OS/ARCH or OS/ARCH/VARIANT)", {"source": "linux/"}),
    "reference-character": (
        "'“' cannot be part of a name",
        {"source": "“ghcr.io/acme/tool”", "span": [0, 1], "suggestion": "docker://ghcr.io/acme/tool", "character": "“"},
    ),
    "reference-credentials": (
        'a reference has no place for a user name or password in front of "@"; they are given by a login',
        {"source": "ada:***@ghcr.io/acme/tool", "span": [0, 8], "suggestion": "ghcr.io/acme/tool"},
    ),
    "reference-digest": (
        "the digest has 63 hex digits; a sha256 digest has 64",
        {"source": f"ghcr.io/acme/tool@{OTHER[:-1]}", "span": [18, 88]},
    ),
    "reference-empty": ("the name of the image is missing", {"source": "docker://", "span": [9, 9]}),
    "reference-hash": (
        'registry and repository are separated by "/", not by "#"',
        {
            "source": "nvcr.io#nvidia/pytorch:24.05-py3",
            "span": [7, 8],
            "suggestion": "docker://nvcr.io/nvidia/pytorch:24.05-py3",
        },
    ),
    "reference-placeholder": (
        "'$' cannot be part of a name; a variable or a placeholder was not filled in",
        {"source": "ghcr.io/acme/tool:$VERSION", "span": [18, 19], "character": "$"},
    ),
    "reference-scheme": (
        "names that begin with 'shub' cannot be read here; known are docker://, oras://",
        {"source": "shub://vsoch/hello-world", "span": [0, 4], "scheme": "shub", "known": ["docker", "oras"]},
    ),
    "reference-scheme-inside": (
        '"http://" does not belong into a reference; a name begins with the registry',
        {
            "source": "docker://http://localhost:5000/x",
            "span": [9, 16],
            "suggestion": "docker://localhost:5000/x",
            "inner": "http",
        },
    ),
    "reference-slashes": (
        'the name has to follow directly after "docker://"',
        {"source": "docker:///ubuntu", "span": [9, 10], "suggestion": "docker://ubuntu"},
    ),
    "reference-tag": (
        "the tag after the colon is empty",
        {"source": "ghcr.io/acme/tool:", "span": [17, 18], "suggestion": "docker://ghcr.io/acme/tool"},
    ),
    "reference-web-page": (
        "this is the address of a page on Docker Hub that is not about one image",
        {"source": "https://hub.docker.com/search", "site": "Docker Hub"},
    ),
    # network
    "network-dns": (
        "the host name gchr.io does not exist (it cannot be resolved)",
        {
            "registry": "gchr.io",
            "reference": "gchr.io/acme/tool:1.2",
            "host": "gchr.io",
            "url": "https://gchr.io/v2/",
            "method": "GET",
            "nameservers": ["192.0.2.53"],
            "attempts": 2,
            "elapsed": 0.6,
        },
    ),
    "network-dns-failed": (
        f"the name {HOST} could not be resolved",
        {**SITE, **PING, "host": HOST, "nameservers": ["192.0.2.53"]},
    ),
    "network-dns-timeout": (
        f"the name {HOST} was not resolved within 6 seconds",
        {**SITE, **PING, "host": HOST, "timeout": 6.0, "nameservers": ["192.0.2.53"]},
    ),
    "network-offline": (f"{HOST} is not asked: no registry is", {**SITE, "host": HOST}),
    "network-no-family": (f"{HOST} has no IPv6 address", {**SITE, **PING, "host": HOST, "family": "IPv6"}),
    "network-refused": (
        f"{HOST} refused the connection on port 5000",
        {**SITE, **PING, "host": HOST, "port": 5000, "address": "192.0.2.7:5000", "attempts": 2, "elapsed": 1.1},
    ),
    "network-timeout": (
        f"{HOST} did not answer on port 443 within 6 seconds",
        {
            **SITE,
            **PING,
            "host": HOST,
            "port": 443,
            "timeout": 6.0,
            "address": "192.0.2.7:443",
            "attempts": 2,
            "elapsed": 12.4,
        },
    ),
    "network-unreachable": (
        f"there is no network route to {HOST}",
        {**SITE, **PING, "host": HOST, "address": "192.0.2.7:443"},
    ),
    "network-no-answer": (
        f"{HOST} accepted the connection but did not answer within 10 seconds",
        {**SITE, **PING, "host": HOST, "timeout": 10.0, "setting": "timeout_read", "address": "192.0.2.7:443"},
    ),
    "network-stalled": (
        f"{HOST} stopped sending: nothing came for 12 seconds",
        {
            **SITE,
            **BLOB,
            "host": HOST,
            "timeout": 12.0,
            "setting": "timeout_read",
            "silent": True,
            "actual_size": 31_000_000,
            "expected_size": 580_000_000,
        },
    ),
    "network-reset": (
        f"{HOST} closed the connection without an answer",
        {**SITE, **PING, "host": HOST, "attempts": 5, "elapsed": 6.1},
    ),
    "network-truncated": (
        f"{HOST} closed the connection before the end",
        {**SITE, **BLOB, "host": HOST, "actual_size": 31_000_000, "expected_size": 580_000_000, "attempts": 5},
    ),
    "network-protocol": (f"what {HOST} answered is not HTTP", {**SITE, **PING, "host": HOST, "port": 22}),
    "network-plain-http-expected": (
        f"{HOST} speaks plain HTTP on this port, not HTTPS (no TLS)",
        {**SITE, **PING, "host": HOST, "plain_answer": "HTTP/1.1 200 OK"},
    ),
    "network-tls-expected": (
        f"{HOST} speaks HTTPS on this port, not plain HTTP",
        {**SITE, "method": "GET", "url": f"http://{HOST}/v2/", "host": HOST, "options": ["--plain-http"]},
    ),
    "network-request-invalid": (
        f"no request to {HOST} can be made of this",
        {**SITE, **PING, "host": HOST, "cause": "ValueError: Invalid header"},
    ),
    "network-proxy-dns": (
        "the host name of the proxy, proxy.old.example, cannot be resolved",
        {
            **SITE,
            **PING,
            "proxy": "http://proxy.old.example:3128",
            "proxy_source": "https_proxy",
            "proxy_host": "proxy.old.example",
            "proxy_port": 3128,
        },
    ),
    "network-proxy-refused": (
        "no connection to the proxy proxy.example:3128 could be made",
        {
            **SITE,
            **PING,
            "proxy": "http://proxy.example:3128",
            "proxy_source": "https_proxy",
            "proxy_host": "proxy.example",
            "proxy_port": 3128,
        },
    ),
    "network-proxy-timeout": (
        "the proxy proxy.example:3128 does not answer",
        {
            **SITE,
            **PING,
            "proxy": "http://proxy.example:3128",
            "proxy_source": "https_proxy",
            "proxy_host": "proxy.example",
            "proxy_port": 3128,
        },
    ),
    "network-proxy-failed": (
        f"the proxy could not connect to {HOST}",
        {
            **SITE,
            **PING,
            "host": HOST,
            "proxy": "http://proxy.example:3128",
            "proxy_source": "https_proxy",
            "proxy_status": 502,
        },
    ),
    "network-proxy-tls": (
        "the TLS handshake with the proxy proxy.example failed",
        {
            **SITE,
            **PING,
            "proxy": "https://proxy.example:3128",
            "proxy_source": "https_proxy",
            "cause": "wrong version number",
        },
    ),
    "network-proxy-auth": (
        "the proxy wants a user name and password",
        {
            **SITE,
            **PING,
            "host": HOST,
            "proxy": "http://proxy.example:3128",
            "proxy_source": "https_proxy",
            "proxy_status": 407,
        },
    ),
    "network-proxy-denied": (
        f"the proxy does not allow connections to {HOST}",
        {
            **SITE,
            **PING,
            "host": HOST,
            "proxy": "http://proxy.example:3128",
            "proxy_status": 403,
            "proxy_reason": "Forbidden",
        },
    ),
    "network-proxy-setting": (
        "the variable https_proxy has the value '”http://proxy.example:3128”': it is not the address of a proxy",
        {
            **SITE,
            "setting": "https_proxy",
            "value": "”http://proxy.example:3128”",
            "reason": "it is not the address of a proxy (http://HOST:PORT)",
        },
    ),
    # tls
    "tls-expired": (f"the TLS certificate of {HOST} has expired (valid until 2026-11-01)", TLS),
    "tls-not-yet-valid": (
        f"the TLS certificate of {HOST} is not yet valid",
        {**TLS, "local_time": "2020-01-01T00:00:00Z"},
    ),
    "tls-unknown-ca": (f"the TLS certificate of {HOST} is signed by an authority not trusted here", TLS),
    "tls-self-signed": (f"the TLS certificate of {HOST} is self-signed and not trusted here", TLS),
    "tls-hostname": (
        f"the TLS certificate of {HOST} is for another host name",
        {**TLS, "certificate": {**CERTIFICATE, "names": ["www.example.org", "example.org"]}},
    ),
    "tls-certificate": (f"the TLS certificate of {HOST} is not accepted", {**TLS, "cause": "certificate revoked"}),
    "tls-client-certificate": (f"{HOST} asks for a client certificate that it accepts", {**SITE, **PING, "host": HOST}),
    "tls-client-file": (
        "the client certificate client.cert with the key client.key cannot be used",
        {**SITE, "file": "/etc/containers/certs.d/registry.example.org/client.cert", "cause": "no start line"},
    ),
    "tls-ca-file": (
        "the CA file ca.pem cannot be used as CA certificates",
        {**SITE, "file": "ca.pem", "cause": "no start line"},
    ),
    "tls-certs-unreadable": (
        "the folder /etc/containers/certs.d/registry.example.org cannot be read",
        {**SITE, "file": "/etc/containers/certs.d/registry.example.org", "errno": 13},
    ),
    "tls-version": (
        f"{HOST} and this machine have no TLS version in common",
        {**SITE, **PING, "host": HOST, "cause": "UNSUPPORTED_PROTOCOL"},
    ),
    "tls-handshake": (
        f"{HOST} closed the connection during the TLS handshake",
        {**SITE, **PING, "host": HOST, "cause": "EOF occurred"},
    ),
    # bytes
    "digest-mismatch": (
        "the digest of the layer does not match",
        {
            **SITE,
            **BLOB,
            "status": 200,
            "what": "layer",
            "expected": LAYER,
            "actual": OTHER,
            "expected_size": 31_000_000,
            "actual_size": 31_000_000,
            "attempts": 2,
        },
    ),
    "size-short": (
        "the layer ended after 12000000 of 31000000 bytes",
        {**SITE, **BLOB, "what": "layer", "expected": LAYER, "expected_size": 31_000_000, "actual_size": 12_000_000},
    ),
    "size-long": (
        "the layer is longer than the 31000000 bytes promised",
        {**SITE, **BLOB, "what": "layer", "expected": LAYER, "expected_size": 31_000_000, "actual_size": 31_000_001},
    ),
    "digest-malformed": ("'sha256:abc' is not a digest", {"text": "sha256:abc"}),
    "digest-unsupported": ("digest algorithm 'md5' is not supported", {**SITE, "algorithm": "md5"}),
    # layers
    "layer-compression-corrupt": (
        "the gzip data of the layer is corrupt",
        {
            **IN_LAYER,
            "compression": "gzip",
            "detail": "Error -3 while decompressing: invalid block type",
            "offset": 1_048_576,
        },
    ),
    "layer-compression-truncated": (
        "the zstd data of the layer ends in the middle",
        {**IN_LAYER, "compression": "zstd", "detail": "stream ended before the end marker", "offset": 1_048_576},
    ),
    "layer-window-too-large": (
        "a zstd frame of the layer can be unpacked with a window of more than 2 GiB only",
        {**IN_LAYER, "compression": "zstd", "claimed": 4 << 30, "limit": 2 << 30},
    ),
    "layer-trailing-bytes": (
        "there are bytes after the end of the gzip data of the layer",
        {**IN_LAYER, "compression": "gzip"},
    ),
    "layer-tar-invalid": (
        "the layer is not a valid tar archive: a header's checksum is wrong",
        {**IN_LAYER, "detail": "a header's checksum is wrong", "offset": 20_480},
    ),
    "layer-tar-truncated": (
        "the tar archive of the layer ends in the middle of an entry",
        {**IN_LAYER, "offset": 20_480},
    ),
    "layer-diff-id-mismatch": (
        "the unpacked layer is not the one that the image's config names",
        {**IN_LAYER, "expected": LAYER, "actual": OTHER, "actual_size": 77_000_000},
    ),
    "layer-escape": ("the path of an entry leads outside the image", {**IN_LAYER, "path": "../../../etc/cron.d/run"}),
    "layer-expands-too-far": (
        "the layer unpacks to more than 200 times its size",
        {**IN_LAYER, "limit": 200, "setting": "max_expansion_ratio", "size": 10_000_000, "actual_size": 2_000_000_000},
    ),
    "layer-too-large": (
        "the files of the layer are larger than 1099511627776 bytes",
        {
            **IN_LAYER,
            "limit": 1 << 40,
            "setting": "max_unpacked_size",
            "actual_size": 3 << 40,
            "claimed": 2 << 40,
            "path": "data/disk.img",
        },
    ),
    "layer-too-many-entries": (
        "the layer has more than 20000000 entries",
        {**IN_LAYER, "limit": 20_000_000, "setting": "max_layer_entries"},
    ),
    "layer-path-too-deep": ("a path has more than 4096 parts", {**IN_LAYER, "path": "a/a/a/a"}),
    "layer-link-loop": ("a path leads through a loop of symbolic links", {**IN_LAYER, "path": "opt/a/file"}),
    "layer-link-target-missing": (
        "a hard link leads to a file that is not there",
        {**IN_LAYER, "path": "opt/conda/bin/python", "target": "opt/conda/bin/python3.11"},
    ),
    "layer-link-target-directory": (
        "a hard link leads to a directory",
        {**IN_LAYER, "path": "lib", "target": "usr/lib"},
    ),
    "layer-parent-not-directory": (
        "a path leads through something that is no directory",
        {**IN_LAYER, "path": "etc/passwd/x"},
    ),
    "layer-root-not-directory": ("the layer replaces the root directory by something else", IN_LAYER),
    "layer-name-invalid": ("the name of an entry holds a NUL byte", {**IN_LAYER, "path": "a\0b"}),
    "layer-owner-invalid": (
        "an entry has an owner that is no 32-bit number",
        {**IN_LAYER, "path": "x", "uid": -1, "gid": 0},
    ),
    "layer-entry-kind": (
        "the layer has an entry of the unsupported type b'V'",
        {**IN_LAYER, "path": "volume", "offset": 512},
    ),
    "layer-whiteout-invalid": ("a whiteout names nothing to hide", {**IN_LAYER, "path": "etc/.wh."}),
    # disk
    "disk-full": (
        "there is no space left to write /tmp/sregistry/pack-1",
        {
            **SITE,
            "path": "/tmp/sregistry/pack-1",
            "errno": 28,
            "detail": "No space left on device",
            "filesystem": "tmpfs",
            "free": 4096,
            "needed": 580_000_000,
            "setting": "tmpdir",
        },
    ),
    "disk-quota": (
        "the disk quota is used up: cannot write /home/ada/.cache/sregistry/packs/x",
        {
            **SITE,
            "path": "/home/ada/.cache/sregistry/packs/x",
            "errno": 122,
            "filesystem": "nfs4",
            "setting": "cache_dir",
        },
    ),
    "disk-permission": (
        "there is no permission to write /srv/images/tool.sif",
        {
            **SITE,
            "path": "/srv/images/tool.sif",
            "errno": 13,
            "detail": "Permission denied",
            "filesystem": "ext4",
            "setting": "storage",
        },
    ),
    "disk-read-only": (
        "the filesystem is read-only: cannot write /srv/images/tool.sif",
        {**SITE, "path": "/srv/images/tool.sif", "errno": 30, "detail": "Read-only file system", "setting": "storage"},
    ),
    "disk-no-such-path": (
        "there is no such path: cannot write in /scratch/ada/tmp",
        {**SITE, "path": "/scratch/ada/tmp/x", "errno": 2, "detail": "No such file or directory", "setting": "tmpdir"},
    ),
    "disk-no-such-file": ("there is no file tool.sif", {"path": "tool.sif"}),
    "disk-failed": (
        "the operating system could not write /srv/images/tool.sif: Input/output error",
        {**SITE, "path": "/srv/images/tool.sif", "errno": 5, "detail": "Input/output error", "filesystem": "xfs"},
    ),
    # store
    "lock-unsupported": (
        "file locks do not work in /lustre/ada/.cache/sregistry (a filesystem of type lustre)",
        {
            **SITE,
            "path": "/lustre/ada/.cache/sregistry/lock",
            "errno": 38,
            "detail": "Function not implemented",
            "filesystem": "lustre",
            "setting": "cache_dir",
        },
    ),
    "lock-timeout": (
        "waited 600 s for the layer 8f1d4ee45c7b held by process 4711 on node17",
        {
            **SITE,
            "path": "/home/ada/.cache/sregistry/locks/8f1d",
            "purpose": "the layer 8f1d4ee45c7b",
            "holder": {
                "machine": "node17-3f2a",
                "pid": 4711,
                "purpose": "the layer 8f1d4ee45c7b",
                "since": 1_795_000_000.0,
            },
            "elapsed": 600.0,
            "timeout": 600.0,
            "setting": "lock_timeout",
        },
    ),
    "pack-unusable": (
        "a cached pack cannot be used: its end is damaged",
        {
            **SITE,
            "file": "/home/ada/.cache/sregistry/packs/8f/8f1d.pack",
            "detail": "its end is damaged",
            "attempts": 3,
        },
    ),
    # image files
    "squashfs-corrupt": (
        "a compressed block of the image is damaged",
        {"file": "tool.sif", "detail": "it is too long"},
    ),
    "squashfs-compressor": ("images compressed with lz4 cannot be read here", {"file": "tool.sif", "codec": "lz4"}),
    "squashfs-level": (
        "gzip has the levels 1 to 12, not 13",
        {**SITE, "codec": "gzip", "level": 13, "expected": "1 to 12"},
    ),
    # command line and settings
    "setting-unknown": (
        "there is no setting named 'platfrom'",
        {"setting": "platfrom", "source": "/home/ada/.config/sregistry/config.toml", "near": ["platform"]},
    ),
    "setting-client-unknown": (
        "there is no client named 'docke'",
        {"setting": "client", "value": "docke", "known": ["docker"]},
    ),
    "setting-kept-already": (
        "SREGISTRY_S3_BUCKET has a value already",
        {
            "setting": "SREGISTRY_S3_BUCKET",
            "file": "/home/ada/.sregistry",
            "again": ["backend", "add", "--force", "s3", "bucket"],
        },
    ),
    "setting-invalid": (
        "the setting jobs cannot be 'many'",
        {"setting": "jobs", "source": "SREGISTRY_JOBS (environment)", "value": "many", "expected": "a whole number"},
    ),
    "setting-file-unreadable": (
        "the configuration file /home/ada/.config/sregistry/config.toml cannot be read",
        {"file": "/home/ada/.config/sregistry/config.toml", "errno": 13, "detail": "Permission denied"},
    ),
    "setting-file-malformed": (
        "the configuration file /home/ada/.config/sregistry/config.toml is not TOML",
        {
            "file": "/home/ada/.config/sregistry/config.toml",
            "detail": "Expected '=' after a key in a key/value pair (at line 2, column 6)",
        },
    ),
    "setting-authfile": ("there is no file auth.json", {"setting": "--authfile", "file": "auth.json"}),
    "setting-registries-conf": (
        "/etc/containers/registries.conf, line 7: location is missing",
        {"file": "/etc/containers/registries.conf", "reason": "location is missing"},
    ),
    # logins
    "auth-required": (
        "docker.io/acme/tool cannot be read without a login (unauthorized)",
        {
            **HUB,
            "method": "GET",
            "url": "https://registry-1.docker.io/v2/acme/tool/manifests/1.2",
            "status": 401,
            **_said(
                "UNAUTHORIZED",
                "authentication required",
                [{"Type": "repository", "Name": "acme/tool", "Action": "pull"}],
            ),
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
    "auth-refused": (
        "ghcr.io refuses the login found in ~/.docker/config.json (auths)",
        {
            **GHCR,
            "method": "GET",
            "url": "https://ghcr.io/token?scope=repository:acme/tool:pull&service=ghcr.io",
            "status": 403,
            "purpose": "token",
            **_said("DENIED", "denied"),
            **LOGIN,
            "second_look": {"anonymous": {"outcome": "ok"}},
        },
    ),
    "auth-denied": (
        f"{HOST} denies access to the manifest of {HOST}/{IMAGE}",
        {
            **SITE,
            **MANIFEST,
            "status": 403,
            **_said("DENIED", f"licence not accepted, see https://{HOST}/licence"),
            **LOGIN,
        },
    ),
    "auth-unsupported": (
        f"{HOST} asks for a login of the kind negotiate",
        {**SITE, **PING, "status": 401, "challenge": {"scheme": "negotiate"}, "credential_source": None},
    ),
    "auth-realm-insecure": (
        f"{HOST} names a token service that would be spoken to in plain http, at {HOST}",
        {
            **SITE,
            **PING,
            "status": 401,
            "challenge": {"scheme": "bearer", "realm": f"http://{HOST}/token"},
            **LOGIN,
        },
    ),
    "auth-token-missing": (
        f"the token service of {HOST} gave no token: its answer is not JSON",
        {
            **SITE,
            "url": f"https://{HOST}/token",
            "purpose": "token",
            "reason": "its answer is not JSON",
            "actual_size": 512,
        },
    ),
    "auth-login-malformed": (
        "the password cannot be used: it is empty",
        {"field": "password", "reason": "it is empty"},
    ),
    "auth-file-malformed": (
        "~/.docker/config.json is not a credentials file, line 3: Expecting ',' delimiter",
        {"file": "~/.docker/config.json", "reason": "Expecting ',' delimiter", "line": 3},
    ),
    "auth-file-unreadable": (
        "~/.docker/config.json could not be read: Permission denied",
        {"file": "~/.docker/config.json", "errno": 13},
    ),
    "machine-memory": (
        "there is no more memory within the limit of 400 MB (RLIMIT_AS)",
        {
            **HUB,
            "limit_name": "RLIMIT_AS",
            "limit": 400_000 << 10,
            "used": 398_000_000,
            "limit_most": None,
            "options": ["--plain-http"],
        },
    ),
    "machine-threads": (
        "no further thread can be started within the limit of 20 (pids.max)",
        {
            **HUB,
            "limit_name": "pids.max",
            "limit": 20,
            "used": 20,
            "limit_most": 20,
            "control_group": "/sys/fs/cgroup/job/pids.max",
        },
    ),
    "machine-processes": (
        "no further process can be started within the limit of 50 (RLIMIT_NPROC)",
        {**HUB, "limit_name": "RLIMIT_NPROC", "limit": 50, "used": 50, "limit_most": 50},
    ),
    "machine-files": (
        "no more files can be open at once than 16",
        {**HUB, "limit_name": "RLIMIT_NOFILE", "limit": 16, "used": 12, "limit_most": 1024, "needed": 20},
    ),
    "auth-file-unwritable": (
        "~/.docker/config.json could not be written: Permission denied",
        {"file": "~/.docker/config.json", "errno": 13},
    ),
    "auth-entry-malformed": (
        'the login for ghcr.io in ~/.docker/config.json cannot be read: "auth" is not base64 text',
        {"file": "~/.docker/config.json", "key": "ghcr.io", "reason": '"auth" is not base64 text'},
    ),
    "auth-helper-missing": (
        "the credential helper 'docker-credential-desktop' is not installed",
        {
            "helper": "docker-credential-desktop",
            "server": "ghcr.io",
            "configured_in": "credsStore in ~/.docker/config.json",
        },
    ),
    "auth-helper-failed": (
        "docker-credential-pass get failed (exit status 1): pass not initialized",
        {
            "helper": "docker-credential-pass",
            "server": "ghcr.io",
            "output": "pass not initialized",
            "exit_status": 1,
            "configured_in": "credsStore in ~/.docker/config.json",
        },
    ),
    "auth-helper-timeout": (
        "docker-credential-pass get did not answer within 10 s",
        {
            "helper": "docker-credential-pass",
            "server": "ghcr.io",
            "timeout": 10,
            "configured_in": "credsStore in ~/.docker/config.json",
        },
    ),
    "auth-helper-malformed": (
        "what docker-credential-pass printed is no login",
        {
            "helper": "docker-credential-pass",
            "server": "ghcr.io",
            "configured_in": "credsStore in ~/.docker/config.json",
        },
    ),
    "auth-variable-incomplete": (
        "APPTAINER_DOCKER_USERNAME is set and APPTAINER_DOCKER_PASSWORD is not; neither is used",
        {"setting": "APPTAINER_DOCKER_PASSWORD"},
    ),
    # what is not there
    "repository-unknown": (
        f"there is no repository {IMAGE} at {HOST} (not found)",
        {
            **SITE,
            **MANIFEST,
            "status": 404,
            **_said("NAME_UNKNOWN", "repository name not known to registry", {"name": IMAGE}),
            "credential_source": None,
        },
    ),
    "tag-unknown": (
        f"{HOST}/{IMAGE} has no tag 'lastest' (not found)",
        {
            **SITE,
            **MANIFEST,
            "identifier": "lastest",
            "reference": f"{HOST}/{IMAGE}:lastest",
            "url": f"https://{HOST}/v2/{IMAGE}/manifests/lastest",
            "status": 404,
            **_said("MANIFEST_UNKNOWN", 'Failed to fetch "lastest"'),
            "credential_source": None,
            "second_look": {"tags": {"count": 11, "near": ["latest"], "newest": ["1.6.1", "1.6.0"]}},
        },
    ),
    "manifest-unknown": (
        f"{HOST}/{IMAGE} has no manifest {OTHER} (not found)",
        {
            **SITE,
            "identifier": OTHER,
            "reference": f"{HOST}/{IMAGE}:1.2@{OTHER}",
            "method": "GET",
            "url": f"https://{HOST}/v2/{IMAGE}/manifests/{OTHER}",
            "status": 404,
            **_said("MANIFEST_UNKNOWN", "manifest unknown"),
            "credential_source": None,
        },
    ),
    "manifest-media-type": (
        "1.2 exists, but the registry says that its media type is not one that was asked for",
        {
            **SITE,
            **MANIFEST,
            "status": 404,
            "media_type": "application/vnd.oci.image.index.v1+json",
            **_said("MANIFEST_UNKNOWN", "OCI index found, but accept header does not support OCI indexes"),
            "credential_source": None,
        },
    ),
    "manifest-child-unknown": (
        "the index lists a manifest for linux/amd64 that the registry does not have",
        {
            **SITE,
            "identifier": OTHER,
            "digest": OTHER,
            "platform": "linux/amd64",
            "status": 404,
            **MANIFEST,
            "credential_source": None,
        },
    ),
    "repository-invalid": (
        f"{HOST} does not accept 'tool' as the name of a repository",
        {
            **SITE,
            **MANIFEST,
            "repository": "tool",
            "status": 400,
            **_said("NAME_INVALID", "invalid repository name: a project is needed"),
        },
    ),
    "tag-invalid": (
        f"{HOST} does not accept '1.2' as a tag",
        {**SITE, **MANIFEST, "status": 400, **_said("TAG_INVALID", "manifest tag did not match URI")},
    ),
    # limits
    "rate-limit-quota": (
        "the pull limit of docker.io is used up",
        {
            **HUB,
            "method": "GET",
            "url": "https://registry-1.docker.io/v2/acme/tool/manifests/1.2",
            "status": 429,
            **_said(
                "TOOMANYREQUESTS",
                "You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit",
            ),
            "credential_source": None,
            "rate_limit": {
                "ratelimit-limit": "100;w=21600",
                "ratelimit-remaining": "0;w=21600",
                "docker-ratelimit-source": "192.0.2.7",
            },
        },
    ),
    "rate-limit-abuse": (
        "docker.io answers that there are too many requests",
        {
            **HUB,
            "method": "GET",
            "url": "https://registry-1.docker.io/v2/acme/tool/manifests/1.2",
            "status": 429,
            "body_head": "Too Many Requests (HAP429).",
            "credential_source": None,
            "retry_after": 60.0,
        },
    ),
    # the registry itself
    "registry-error": (
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
        },
    ),
    "registry-unavailable": (
        f"{HOST} is not available at the moment (status 503)",
        {
            **SITE,
            **MANIFEST,
            "host": HOST,
            "status": 503,
            **_said("UNAVAILABLE", "service unavailable"),
            "attempts": 5,
            "elapsed": 6.4,
        },
    ),
    "registry-web-page": (
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
    "registry-not-a-registry": (
        f"{HOST} has nothing at /v2/, where a registry answers",
        {
            **SITE,
            **PING,
            "host": HOST,
            "status": 404,
            "body_head": "404 page not found",
            "content_type": "text/plain",
            "server": "nginx",
        },
    ),
    "registry-answer-too-large": (
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
    "registry-blocked": (
        "/etc/containers/registries.conf blocks docker.io",
        {**HUB, "file": "/etc/containers/registries.conf", "prefix": "docker.io"},
    ),
    "registry-unexpected": (
        f"{HOST} answers with status 418, which the protocol does not have here",
        {**SITE, **MANIFEST, "host": HOST, "status": 418, "body_head": "I'm a teapot", "content_type": "text/plain"},
    ),
    "registry-pages": (
        "the list has more than 1000 pages",
        {**SITE, "method": "GET", "url": f"https://{HOST}/v2/{IMAGE}/tags/list?n=1000", "host": HOST, "limit": 1000},
    ),
    "registry-answer-malformed": (
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
    "registry-mirror-failed": (
        "the mirror mirror.example.org could not be used: there is no network route to mirror.example.org",
        {**SITE, "host": "mirror.example.org", "mirror_of": HOST, "cause": "network-unreachable"},
    ),
    "registry-local-address": (
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
    "registry-redirects": (
        "the request is redirected in a circle",
        {**SITE, **MANIFEST, "status": 307, "redirects": [HOST, HOST], "limit": 5},
    ),
    "network-redirect-downgrade": (
        f"{HOST} redirects from https to plain http, to storage.example.org",
        {**SITE, **BLOB, "status": 307, "redirects": ["storage.example.org"]},
    ),
    "registry-unsupported": (
        f"{HOST} does not offer this operation",
        {
            **SITE,
            "method": "DELETE",
            "url": MANIFEST["url"],
            "status": 405,
            **_said("UNSUPPORTED", "The operation is unsupported."),
        },
    ),
    "registry-no-catalog": (
        f"{HOST} does not tell which repositories it has",
        {
            "registry": HOST,
            "method": "GET",
            "url": f"https://{HOST}/v2/_catalog?n=1000",
            "status": 401,
            "cause": "auth-required",
            **_said(
                "UNAUTHORIZED", "authentication required", [{"Type": "registry", "Name": "catalog", "Action": "*"}]
            ),
        },
    ),
    "registry-upload-corrupt": (
        f"{HOST} received other bytes than were promised",
        {
            **SITE,
            "method": "PUT",
            "url": f"https://{HOST}/v2/{IMAGE}/blobs/uploads/1",
            "status": 400,
            **_said("DIGEST_INVALID", "provided digest did not match uploaded content"),
        },
    ),
    "registry-upload-too-large": (
        f"{HOST} takes no upload of this size",
        {**SITE, "method": "PATCH", "url": f"https://{HOST}/v2/{IMAGE}/blobs/uploads/1", "status": 413},
    ),
    "registry-upload-refused": (
        f"{HOST} does not take the upload",
        {
            **SITE,
            "method": "POST",
            "url": f"https://{HOST}/v2/{IMAGE}/blobs/uploads/",
            "status": 400,
            **_said("BLOB_UPLOAD_INVALID", "blob upload invalid"),
        },
    ),
    # manifests and images
    "manifest-truncated": (
        "the manifest is incomplete: its JSON ends too early",
        {
            **SITE,
            **MANIFEST,
            "status": 200,
            "content_type": "application/vnd.oci.image.manifest.v1+json",
            "actual_size": 410,
            "expected_size": 820,
            "attempts": 2,
        },
    ),
    "manifest-empty": ("the manifest is empty", {**SITE, **MANIFEST, "status": 200, "attempts": 2}),
    "manifest-malformed": (
        "what came is JSON but not a manifest: it has no schemaVersion (it looks like something else)",
        {
            **SITE,
            **MANIFEST,
            "status": 200,
            "content_type": "application/json",
            "reason": "no schemaVersion",
            "body_head": '{"status": "ok", "data": {"repository": "acme/tool"}}',
        },
    ),
    "manifest-too-large": (
        "the manifest is larger than the 4194304 bytes allowed",
        {
            **SITE,
            **MANIFEST,
            "status": 200,
            "limit": 4 << 20,
            "actual_size": 200_000_000,
            "setting": "max_manifest_size",
        },
    ),
    "manifest-schema1": (
        "the image is stored as a schema 1 manifest, which the registry does not serve any more",
        {**SITE, **MANIFEST, "status": 400, **_said("UNSUPPORTED", "manifest v2 schema 1 is no longer supported")},
    ),
    "manifest-unsupported": (
        "the manifest has the media type application/vnd.example.thing, which is not supported",
        {**SITE, **MANIFEST, "status": 200, "media_type": "application/vnd.example.thing"},
    ),
    "manifest-digest-mismatch": (
        "the manifest is not the one that was asked for",
        {**SITE, **MANIFEST, "status": 200, "expected": LAYER, "actual": OTHER},
    ),
    "manifest-contradiction": ("the manifest lists a layer without a digest", {**SITE, **MANIFEST, "status": 200}),
    "manifest-nested": ("more than 4 indexes lead to each other", {**SITE, **MANIFEST, "limit": 4}),
    "image-no-platform": (
        "the image has no linux/amd64",
        {**SITE, **MANIFEST, "status": 200, "platform": "linux/amd64", "platforms": ["linux/arm64", "linux/s390x"]},
    ),
    "image-other-platform": (
        "the image is for linux/arm64, not for linux/amd64",
        {**SITE, **MANIFEST, "status": 200, "platform": "linux/amd64", "actual": "linux/arm64"},
    ),
    "image-not-linux": (
        "the image is for windows/amd64",
        {**SITE, **MANIFEST, "status": 200, "actual": "windows/amd64"},
    ),
    "image-artifact": (
        "this is a Helm chart, not an image",
        {
            **SITE,
            **MANIFEST,
            "status": 200,
            "artifact": "helm",
            "artifact_type": "application/vnd.cncf.helm.config.v1+json",
        },
    ),
    "image-encrypted": (
        "the layers of the image are encrypted",
        {**SITE, **MANIFEST, "media_type": "application/vnd.oci.image.layer.v1.tar+gzip+encrypted"},
    ),
    "image-no-layers": ("the image has no layers", {**SITE, **MANIFEST, "status": 200}),
    "image-config-invalid": (
        "config.Cmd in the image config must be a list of texts, not a number",
        {**SITE, "field": "config.Cmd", "expected": "a list of texts", "actual": "a number"},
    ),
    "image-config-mismatch": ("the manifest has 3 layers and the config 2", {**SITE, **MANIFEST}),
    # blobs
    "blob-unknown": (
        f"the registry {HOST} does not have this blob",
        {
            **SITE,
            **BLOB,
            "status": 404,
            **_said("BLOB_UNKNOWN", "blob unknown to registry", LAYER),
            "credential_source": None,
        },
    ),
    "blob-storage-denied": (
        f"storage.example.org, to which {HOST} redirects, refuses with status 403",
        {
            **SITE,
            **BLOB,
            "host": "storage.example.org",
            "status": 403,
            "redirects": ["storage.example.org"],
            **_said("AccessDenied", "Access Denied"),
        },
    ),
    "blob-storage-failed": (
        f"storage.example.org, to which {HOST} redirects, fails with status 503",
        {**SITE, **BLOB, "host": "storage.example.org", "status": 503, "redirects": ["storage.example.org"]},
    ),
    "blob-wrong-size": (
        "the registry announces another size than the manifest",
        {**SITE, **BLOB, "status": 200, "expected_size": 31_000_000, "actual_size": 30_999_000},
    ),
    "blob-foreign": (
        "the layer is kept outside the registry",
        {**SITE, "layer": LAYER, "layer_index": 0, "urls": ["https://mcr.example.org/v2/windows/blobs/x"]},
    ),
    # image files of other versions, and the formats' limits
    "squashfs-not-an-image": ("there is no squashfs image", {"file": "tool.sif"}),
    "squashfs-version": ("squashfs 3.1 is not supported", {"file": "tool.sif", "detail": "3.1"}),
    "squashfs-too-large": ("the image has more inodes than squashfs can hold", {**SITE, "size": 1 << 32}),
    "squashfs-too-many-owners": ("the image has files of more than 65535 users and groups", {**SITE, "limit": 65535}),
    "squashfs-xattr-too-long": (
        "an extended attribute is longer than Linux allows",
        {**SITE, "name": "user.x", "size": 70_000},
    ),
    "sif-not-an-image": ("this is not a SIF file", {"file": "tool.sif"}),
    "sif-version": ("SIF version '02' is not supported", {"file": "tool.sif", "detail": "02"}),
    "sif-too-many-objects": ("a SIF file holds 48 objects, not 50", {**SITE, "limit": 48}),
    "sif-name-too-long": ("the name of an object is longer than 127 bytes", {**SITE, "name": "x" * 130}),
    "disk-output-exists": ("tool.sif exists already", {**SITE, "path": "tool.sif"}),
    "disk-output-special": ("/dev/null is a device, not a file", {**SITE, "path": "/dev/null"}),
    "disk-output-folder": ("there is no folder /srv/new", {**SITE, "path": "/srv/new/tool.sif"}),
    "squashfs-truncated": (
        "the squashfs image ends too early",
        {"file": "tool.sif", "expected_size": 900_000, "actual_size": 400_000},
    ),
    "squashfs-symlink-loop": ("the symbolic links on the way to a file lead round in a circle", {"path": "opt/tool"}),
    "squashfs-not-a-file": ("only files have content", {"path": "opt"}),
    "squashfs-file-too-large": (
        "a file in the image is larger than it should be",
        {"size": 90_000_000, "limit": 1 << 20},
    ),
    "sif-corrupt": (
        "the SIF file is damaged",
        {"file": "tool.sif", "detail": "the descriptor table lies outside the file"},
    ),
    "sif-truncated": (
        "the SIF file ends too early",
        {"file": "tool.sif", "expected_size": 900_000, "actual_size": 400_000},
    ),
    "sif-legacy-format": (
        "the file is an ext3 image of Singularity 2, not a SIF file",
        {"file": "tool.img", "format": "an ext3 image of Singularity 2"},
    ),
    "sif-no-primary": ("the SIF file holds no root file system", {"file": "tool.sif"}),
    "sif-encrypted": ("the root file system of the SIF file is encrypted", {"file": "tool.sif"}),
    "sif-filesystem": ("the root file system is ext3, not squashfs", {"file": "tool.sif", "format": "ext3"}),
    "sif-object-too-large": (
        "an object in the SIF file is larger than it should be",
        {"file": "tool.sif", "size": 90_000_000, "limit": 1 << 20},
    ),
    # images in the store
    "store-image-unknown": ("there is no image acme/tol here", {"source": "acme/tol", "near": ["acme/tool:1.2"]}),
    "store-ambiguous": (
        "tool fits 2 images",
        {
            "source": "tool",
            "count": 2,
            "images": [
                {"uri": "acme/tool:1.2", "platform": "linux/amd64", "path": "/srv/images/acme/tool/1.2@8f1d.sif"},
                {"uri": "other/tool:1.2", "platform": "linux/amd64", "path": "/srv/images/other/tool/1.2@0b5e.sif"},
            ],
        },
    ),
    "store-platform-unknown": (
        "the image acme/tool:1.2 is not here for linux/arm64",
        {"source": "acme/tool:1.2", "platform": "linux/arm64", "platforms": ["linux/amd64"]},
    ),
    "store-file-missing": (
        "the file of the image acme/tool:1.2 is not there any more",
        {
            "path": "/srv/images/acme/tool/1.2@8f1d2c3b4a59.sif",
            "uri": f"acme/tool:1.2@{OTHER}",
            "reference": "ghcr.io/acme/tool:1.2",
            "source": "acme/tool:1.2",
        },
    ),
    "store-name-taken": ("there is an image acme/tool:1.2 already", {"uri": "acme/tool:1.2"}),
    "store-place-managed": (
        "/srv/images/mine.sif is in the folder of images, where files are kept by name",
        {"path": "/srv/images/mine.sif", "uri": "acme/tool:1.2"},
    ),
    "store-place-not-text": (
        "the name of the place has bytes that are no text, so the local registry cannot note it",
        {"path": "/srv/tool-\udcff.sif", "again": ["mv", "acme/tool:1.2", "<FILE>"]},
    ),
    # the database
    "store-database-locked": (
        "the database ~/.local/share/sregistry/sregistry.db was in use by other processes all the time",
        {
            "database": "/home/ada/.local/share/sregistry/sregistry.db",
            "setting": "database",
            "detail": "database is locked",
            "filesystem": "nfs4",
        },
    ),
    "store-import-format": (
        "/home/ada/images.db is no database of sregistry 0.2",
        {"database": "/home/ada/images.db", "detail": "no such table: container"},
    ),
    "store-database-damaged": (
        "/home/ada/.local/share/sregistry/sregistry.db is damaged or no database",
        {
            "database": "/home/ada/.local/share/sregistry/sregistry.db",
            "setting": "database",
            "detail": "file is not a database",
        },
    ),
    "store-database-read-only": (
        "the database /srv/sregistry/sregistry.db cannot be changed",
        {
            "database": "/srv/sregistry/sregistry.db",
            "setting": "database",
            "detail": "attempt to write a readonly database",
        },
    ),
    "store-database-unreachable": (
        "the database postgresql://db.example.org/images cannot be reached",
        {"database": "postgresql://db.example.org/images", "setting": "database_url", "detail": "connection refused"},
    ),
    "store-database-failed": (
        "the database /srv/sregistry/sregistry.db failed: disk I/O error",
        {"database": "/srv/sregistry/sregistry.db", "setting": "database", "detail": "disk I/O error"},
    ),
    "store-database-driver": (
        "the Python package psycopg, which speaks to PostgreSQL, is not installed",
        {"database": "postgresql://db.example.org/images", "package": "sregistry[postgresql]"},
    ),
    "store-database-url": (
        "the database URL begins with neither postgresql:// nor sqlite:///",
        {"database": "mysql://db.example.org/images", "setting": "database_url"},
    ),
    "store-database-newer": (
        "the database /srv/sregistry/sregistry.db was made by a newer version of this program",
        {"database": "/srv/sregistry/sregistry.db", "version": 3, "known": 2, "setting": "database"},
    ),
    "store-name-malformed": ("'a b' is not a name of the form COLLECTION/NAME:TAG", {"source": "a b"}),
    "store-query-malformed": ("'@@' cannot mean an image: the digest is empty", {"source": "@@"}),
    "argument-type": (
        "the argument output has to be a path, as text or Path; it is of type bytes",
        {"argument": "output", "expected": "a path, as text or Path", "type": "bytes", "value": "b'tool.sif'"},
    ),
    "argument-value": (
        "the argument limit has to be 1 or more; it is -1",
        {"argument": "limit", "expected": "1 or more", "value": "-1"},
    ),
    "removed-name": (
        "sregistry.main.hub was removed with sregistry 1: Singularity Hub closed in 2021",
        {"name": "sregistry.main.hub", "instead": "images of Docker and OCI registries are pulled by sregistry.Client"},
    ),
    # ourselves, and who calls us
    "calling-program": (
        "pull() got an unexpected keyword argument 'outptu'",
        {"exception": "TypeError", "file": "/home/ada/program.py", "line": 7},
    ),
    "bug": (
        "list index out of range",
        {**SITE, "exception": "IndexError", "report": "sregistry-report-20261124T093000-4711.md"},
    ),
    "interrupted": (
        "stopped by a signal",
        {**SITE, "signal": "SIGTERM", "elapsed": 1200.0, "stage": "layer 3 of 11 was downloaded"},
    ),
}


def sample(code: str) -> SregistryError:
    """The sample error of `code`."""
    message, facts = SAMPLES[code]
    return SregistryError(code, message, **{**facts, **said.about(facts)})
