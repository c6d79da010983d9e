"""Real servers on loopback, that can be told to misbehave."""
