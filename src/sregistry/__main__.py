"""``python -m sregistry``."""

from sregistry.cli import main

main()
