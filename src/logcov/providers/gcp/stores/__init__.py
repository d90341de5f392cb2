"""Where entries of Cloud Logging are kept, and what carries them on from there."""
