"""Walls for Grafana: dashboards as Python, and the JSON that ``python -m grafana`` makes of them."""
