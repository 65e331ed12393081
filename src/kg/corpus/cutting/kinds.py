"""The kinds of passage that the cutter knows, as the codes of ``data/codes/passage-kind.ttl`` are named."""

HEADING, SENTENCE, LIST_ITEM = "heading", "sentence", "list-item"
TABLE_HEADER, TABLE_ROW = "table-header", "table-row"
CAPTION, CREDIT, BYLINE, DATELINE = "caption", "credit", "byline", "dateline"
QUESTION, ANSWER, PULL_QUOTE, LINK, FOOTNOTE = "question", "answer", "pull-quote", "link", "footnote"

KINDS = (
    HEADING,
    SENTENCE,
    LIST_ITEM,
    TABLE_HEADER,
    TABLE_ROW,
    CAPTION,
    CREDIT,
    BYLINE,
    DATELINE,
    QUESTION,
    ANSWER,
    PULL_QUOTE,
    LINK,
    FOOTNOTE,
)
"""Every kind that a correction may name."""
