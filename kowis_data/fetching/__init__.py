"""The parts of `kowis_data.fetch`: settings, errors, answers of servers, transfer, and notes on what was fetched."""
