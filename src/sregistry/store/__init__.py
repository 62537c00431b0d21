"""What stays on disk: the cache of converted layers, the image files, the database of images.

Nothing here reads the environment or the clock of the network: callers name the folders. Every
write is atomic, so a process may be killed at any moment; see `files` and `images`.
"""
