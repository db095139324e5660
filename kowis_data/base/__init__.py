"""Base data that ship with the project, made from packages of the Python and npm registries."""
