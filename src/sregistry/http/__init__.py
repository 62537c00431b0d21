"""One request, one answer: transport, TLS, proxies, redirects, retries and patience, redaction.

Errors: RegistryError ``network-…`` and ``tls-…``.
"""
