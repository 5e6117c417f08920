"""Work for people: official accounts and what they owe the public."""
