"""The distribution API and nothing else: manifests, blobs, tags, referrers, uploads, mirrors.

`session.Session` is the way in. The room reads no environment of its own: all that decides how it speaks is in
`sregistry.http.options.Options`. Source: OCI Distribution Specification.
"""
