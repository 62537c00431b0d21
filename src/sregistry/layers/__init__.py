"""Layers: tar bytes -> entries -> one merged tree. Nothing here touches the disk.

`compression` unpacks what the registry stores, `tarstream` (with `pax` and `sparse`) reads every tar
dialect, `entries` says what an entry is, `tree` applies entries of many layers on top of each other.
"""
