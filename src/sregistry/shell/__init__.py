"""The shell: a Python prompt with a client in it, and the names that people type there.

`start` opens the prompt (or runs a script from standard input); `client` is the client it holds,
with the names of earlier versions; `names` splits the name of an image into the pieces people ask for.
"""
