"""Clients: one file per kind of endpoint; each gives layers or one finished file, and saves nothing."""
