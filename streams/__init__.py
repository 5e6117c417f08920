"""How records move: sources, slots, stages and the runners that drive them."""
