"""The demo behind scripts/demo.sh. Needs nothing but Python's own library and kubectl; the end-to-end tests use its parts."""
