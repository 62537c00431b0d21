"""What the samples of many codes have in common: an image, requests for its parts, a certificate, a login."""

from __future__ import annotations

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
