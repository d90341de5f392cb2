"""The four providers, strangers to each other: clients, scopes, and one module per log source or hop family."""
