"""Endpoints: where images come from and go to, a file or folder for each scheme.

`base` has the protocols: what every endpoint can, and the abilities that some have. `catalog` is the table from scheme
to endpoint. An endpoint gives and takes; where an image is kept here is decided by `sregistry.operations`.
"""
