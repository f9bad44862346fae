"""Ways for a finished message to leave."""
