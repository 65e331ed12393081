"""What a hostile client or a crash could do to the service, tried on real servers: ``make torture``.

Each module that ``plan`` lists tries one kind of harm and offers ``TRIAL`` or ``TRIALS``. They run one after
the other, on loopback, bounded in time.
"""
