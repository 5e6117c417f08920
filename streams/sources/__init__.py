"""Where records come from: replay, adapters, simulator."""
