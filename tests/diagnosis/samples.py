"""One realistic error for every code: what a room raises, with the facts it gives.

The pages in ``docs/errors`` show how these are explained, and every test of the catalogue goes over
them. `SAMPLES` is complete: a test compares it with the codes that the source raises.
"""

from __future__ import annotations

from typing import Any

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
LOGIN = "~/.docker/config.json (auths)"
NOTHING: dict[str, Any] = {}


def _said(code: str, message: str, detail: Any = None) -> dict[str, Any]:
    """The registry's own error as a fact."""
    return {"errors": [{"code": code, "message": message, "detail": detail}]}


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
        {**SITE, **PING, "host": HOST, "timeout": 10.0, "address": "192.0.2.7:443"},
    ),
    "network-stalled": (
        f"{HOST} stopped sending: nothing came for 12 seconds",
        {**SITE, **BLOB, "host": HOST, "timeout": 12.0, "actual_size": 31_000_000, "expected_size": 580_000_000},
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
        {**IN_LAYER, "limit": 1 << 40, "setting": "max_unpacked_size"},
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
        {**SITE, "file": "/home/ada/.cache/sregistry/packs/8f/8f1d.pack", "detail": "its end is damaged"},
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
    # ourselves
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
    return SregistryError(code, message, **facts)
