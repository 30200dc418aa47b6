"""The console's views: each reads the request, calls one action or query, renders."""
