"""The console: web pages and HTTP API, sign-in, roles, audit log."""
