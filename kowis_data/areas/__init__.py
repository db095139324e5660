"""Areas on the map: shared edges, layers, comparison with the register. Needs the libraries for geodata."""
