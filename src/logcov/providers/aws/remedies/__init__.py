"""What would close the gaps of AWS, as data."""
