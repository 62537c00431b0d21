"""A database that sregistry 0.2.39 made, and images at the places that it names."""
