"""From Alertmanager to people: what it wakes us for is looked up, written, and sent until it has arrived."""
