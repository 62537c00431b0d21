"""Scripts for people who work on sregistry: set-up, the demonstration, generated documentation."""
