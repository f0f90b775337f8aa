"""WSGI around an application: cached responses, content codings, the URL prefix, health, metrics, visits."""
