"""Logins: challenges, where credentials come from, helpers, tokens, and how a login is kept.

Errors: RegistryError ``auth-…``.
"""
