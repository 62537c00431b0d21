"""Fuzzing by hand with atheris; the test suite only runs every target over its seeds."""
