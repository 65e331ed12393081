"""What ``make conformance`` runs: the W3C suites and real clients, over HTTP, against real servers.

::

    suites      manifests of the W3C → Case
    servers     a release made of test data, our server on it, a second endpoint beside it
    runners/    Case → Outcome, one module for each kind of test
    results     equality of results: by value, with blank node isomorphism, in order where order is given
    exceptions  each test that is known not to pass, with its verified cause
    clients/    programs that people have; clients/js and clients/java hold those that need code of their own
    engines/    other engines behind our pages, and what each is known not to answer
    report      Outcomes → CONFORMANCE.md
"""
