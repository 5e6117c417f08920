"""One module for each kind of channel: how it writes a message, signs it, and says that it has it."""
