"""The search port and the engines behind it."""
