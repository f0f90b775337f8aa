"""The API for programs, version 1, its OpenAPI document, and the page about open data."""
