"""How sightings become campaigns: coordination, never opinion."""
