"""The registry room: references in, manifests and verified streams of bytes out.

Everything that is spoken over HTTP lives here; `session.Session` is the way in. The room reads no
environment of its own: all that decides how it speaks is in `options.Options`.
"""
