"""Where AWS logs are put, and what carries them on from there."""
