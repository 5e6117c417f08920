"""A seeded world of micro-blog talk with known campaigns."""
