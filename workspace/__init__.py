"""What users save, one JSON file each; never touched by a rebuild of the database."""
