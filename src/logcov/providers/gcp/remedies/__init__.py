"""What closes gaps of Google Cloud, in commands that are printed and never run."""
