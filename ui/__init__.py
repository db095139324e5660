"""Drawing and words for the screen: maps, plots, German numbers. No SQL here."""
