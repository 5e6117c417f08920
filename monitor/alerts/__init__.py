"""From figures and campaigns to alert levels."""
