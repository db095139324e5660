"""Files for users: values, protocols, documents."""
