"""The documentation: what of it is generated from the code, and what tests ask of all of it.

``make docs`` writes the generated pages and parts. Settings and limits come from ``kg.settings`` and ``kg.web.limits``,
commands from click, the drawing of the modules from their imports and docstrings: nothing is written twice.
"""
