"""sregistry: containers from any registry to one runnable SIF file, and a place to keep them."""

__version__ = "1.0.0"
