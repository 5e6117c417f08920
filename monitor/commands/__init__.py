"""The command line, a module per group of commands; ``monitor.cli`` puts them together."""
