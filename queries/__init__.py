"""Questions put to the database, one module per question; no Streamlit here, and nobody else reads it."""
