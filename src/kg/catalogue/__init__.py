"""The catalogue of a folder of releases: records, search, facets, history and feeds, in one SQLite file.

::

    releases/catalogue.sqlite      every row is valid from one release's sequence number to another's

    kg.catalogue.fields            which property of the ontology feeds which column
    kg.catalogue.lines, things     a named graph in N-Quads → its records, and the things that are found by name
    kg.catalogue.classes           the classes of the ontology, by which entities are told apart
    kg.catalogue.write             apply a release; rebuild; prune
    kg.catalogue.check             compare with the graphs
    kg.catalogue.view              read it as of one release: history, feeds, sitemap, articles
    kg.catalogue.finding.search, browse, names    find by words, by letter and facet, by a name that may be misspelt

It is derived from the releases' graphs and can be rebuilt from them at any time. A write costs what the changed graphs
cost, whatever the size of the rest. Nothing here uses Flask, rdflib or the query engine.
"""
