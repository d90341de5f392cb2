"""The log router: sinks, where they lead, and projects that route on."""
