"""What a hostile client or a crash could do to the service, tried on real servers: ``make torture``.

Each module tries one kind of harm and offers ``TRIALS``. They run one after the other, on loopback, bounded in time.
"""
