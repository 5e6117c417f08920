"""How a text feels: sentiment and emotion scorers, and which watchlists it belongs to."""
