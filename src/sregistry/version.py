"""The version of this program, and its name."""

__version__ = "1.0.0"
NAME = "sregistry"
