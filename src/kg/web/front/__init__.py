"""The RSGI layer ahead of Flask: bounds, budgets, cache, bodies, and cancelling queries of clients that left.

::

    granian ──▶ layer ──▶ requests   what was asked, for whom; a clear 4xx for what is too much
                  │       cache      bytes that were given before, 304
                  │       budget     what a client may use up a minute, and have in flight
                  │       bodies     the body, read here so that a slow sender holds no thread
                  └─────▶ gateway    the Flask application, in a thread, on a share of the processor
"""
