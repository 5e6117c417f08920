"""Figures of opinion: mergeable counts and who stands behind them."""
