"""The four roles: what each does with the messages of its topics."""
