"""What a public-opinion monitoring centre knows; how records move is in ``streams``."""

__version__ = "0.1.0"
