"""What stays on disk: the cache of converted layers, the image files, the database of images.

Nothing here reads the environment: callers name the folders. Every write is atomic, so that a process
may be killed at any moment; `files` says how for one file, `store` for a file and its row together.
"""
