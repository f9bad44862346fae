"""One file a step, never edited once it was released."""
