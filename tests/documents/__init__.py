"""The documentation: what of it is generated from the code, and what tests ask of all of it.

``make docs`` writes the generated pages and parts. Settings come from ``kg.settings``, limits from
``kg.web.http.limits``, commands from click, the drawing from imports and docstrings: nothing is written twice.
"""
