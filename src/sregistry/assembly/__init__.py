"""Packs and an image's config -> one SIF file.

`merge` applies the packs' entries on top of each other, `container` (with its helpers) adds what makes a
root file system a Singularity container, `placement` decides where every file's content goes, `copying`
brings it there, `build` writes the whole.
"""
