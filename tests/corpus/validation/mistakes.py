"""Mistakes of editors, each made once in the invented article of ``tests/data/valid``, and what is to be reported."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

STATEMENTS = "articles/sample/statements-001.ttl"
THINGS = "articles/sample/things.ttl"
EVENTS = "articles/sample/events.ttl"
WORDS = "articles/sample/words.ttl"
PASSAGES = "articles/sample/passages.ttl"
ARTICLE = "articles/sample/article.ttl"
RECORDS = "authority/harrowmere.ttl"
CODES = "codes/harrowmere.ttl"


@dataclass(frozen=True)
class Mistake:
    """A change to one file of data, the line that is then to be reported, and what its message has to say.

    ``edits`` are words and what they become, in the block that begins with ``block`` (up to the next blank line), or
    in the whole file. ``line`` are words of the line to be reported, sought from where the block begins; ``tells`` are
    words of the message, as a regular expression. ``at`` is the file to be reported, where that is another one.
    """

    name: str
    file: str
    block: str
    edits: tuple[tuple[str, str], ...]
    line: str
    tells: str
    at: str = ""

    def make(self, data: Path) -> None:
        """Change the file below a folder of data; every word that is to be changed must be there once."""
        path = data / self.file
        text = path.read_text("utf-8")
        start = _start(text, self.block)
        end = text.find("\n\n", start) if self.block else len(text)
        head, body, rest = text[:start], text[start : end if end >= 0 else len(text)], text[end:] if end >= 0 else ""
        for old, new in self.edits:
            assert body.count(old) == 1, f"{self.name}: “{old}” stands {body.count(old)} times there"
            body = body.replace(old, new)
        path.write_text(head + body + rest, "utf-8")
        self._forget_words(data)

    def _forget_words(self, data: Path) -> None:
        """Take out the places of words that are there no more, as ``kg words`` does."""
        words, statements = data / WORDS, (data / STATEMENTS).read_text("utf-8")
        lines = words.read_text("utf-8").splitlines(keepends=True)
        named = [re.match(r"<article/sample/statement/(.+)#(w\d+)>", line) for line in lines]
        kept = [line for line, m in zip(lines, named, strict=True) if not m or f"s:{m[1]}\\#{m[2]} a " in statements]
        words.write_text("".join(kept), "utf-8")

    def place(self, data: Path) -> str:
        """Return file and line to be reported, of the file as it is changed."""
        path = data / (self.at or self.file)
        text = path.read_text("utf-8")
        found = text.index(self.line, 0 if self.at else _start(text, self.block))
        return f"{path}:{text.count(chr(10), 0, found) + 1}"


def _start(text: str, block: str) -> int:
    if not block:
        return 0
    match = re.search(rf"^{re.escape(block)} ", text, re.MULTILINE)
    assert match is not None, block
    return match.start()


def _in(block: str, name: str, old: str, new: str, tells: str, line: str | None = None) -> Mistake:
    """Return a mistake in one statement; the line to be reported is that which it changes, unless another is given."""
    return Mistake(name, STATEMENTS, block, ((old, new),), new.strip() if line is None else line, tells)


_COPY = """s:014-2 a att:Assertion ;
  rdfs:label "The county may again bear the cost of the quay for the town council"@en ;
  att:claimant id:harrowmere-trust ;
  att:evidence p:014 ;
  att:subject id:harrowmere-county ;
  att:relation code:harrowmere-pays ;
  att:object id:harrowmere-quay ;
  att:recipient id:harrowmere-council ;
  att:exchange id:harrowmere-closed-pier ;
  att:attribution code:argues ;
  att:aspect code:again ;
  att:modality code:possible ;
  att:words s:014-2\\#w1 , s:014-2\\#w2 , s:014-2\\#w3 .
s:014-2\\#w1 a att:Words ; att:printed "argues" ; att:expresses code:argues .
s:014-2\\#w2 a att:Words ; att:printed "again" ; att:expresses code:again .
s:014-2\\#w3 a att:Words ; att:printed "could" ; att:expresses code:possible ."""
_LAST = 's:015-1\\#w3 a att:Words ; att:printed "especially" ; att:expresses code:especially .'
"""The last line of the statement behind which the copy is put."""

SPELT = (
    _in("s:014-1", "claimant misspelt", "id:harrowmere-trust", "id:harowmere-trust", "Is id:harrowmere-trust meant"),
    _in("s:014-1", "property misspelt", "att:recipient", "att:recipent", "Is att:recipient meant"),
    _in("s:014-1", "class misspelt", "att:Assertion", "att:Asertion", "Is att:Assertion meant"),
    _in(
        "s:014-1", "code misspelt", "att:modality code:possible", "att:modality code:posible", "Is code:possible meant"
    ),
    _in("s:005-3", "period misspelt", "t:autumn", "t:autum", "Is t:autumn meant"),
    _in("s:015-1", "capital in a name", "id:harrowmere-pier", "id:Harrowmere-pier", "Is id:harrowmere-pier meant"),
    _in("s:014-1", "prefix misspelt", "id:harrowmere-quay", "idd:harrowmere-quay", "Is id: meant"),
    _in(
        "s:014-1",
        "quality taken for a record",
        "id:harrowmere-quay",
        "code:harrowmere-quay",
        "Is id:harrowmere-quay meant",
    ),
    Mistake(
        "prefix of another article",
        STATEMENTS,
        "",
        (("@prefix s: <article/sample/", "@prefix s: <article/simple/"),),
        "@prefix s:",
        "Correct the prefix here",
    ),
    _in("s:014-1", "thing that has no record", "id:harrowmere-quay", "id:jetty-of-tarn", "add its record"),
    Mistake(
        "period without its record",
        EVENTS,
        "t:autumn",
        (("t:autumn a att:Period", "t:autumn-2030 a att:Period"),),
        "att:period t:autumn",
        "t:autumn.*record",
        STATEMENTS,
    ),
    _in(
        "s:014-1",
        "code of another list",
        "att:modality code:possible",
        "att:modality code:argues",
        "code:argues.*modality",
    ),
    _in(
        "s:014-1",
        "name where a record belongs",
        "att:claimant id:harrowmere-trust",
        'att:claimant "Harbour Trust"',
        "record",
    ),
)

TURTLE = (
    Mistake(
        "full stop missing",
        STATEMENTS,
        "s:005-2",
        (("code:supposed .", "code:supposed"),),
        "code:supposed",
        "full stop",
    ),
    _in("s:005-2", "semicolon missing", "att:evidence p:005 ;", "att:evidence p:005", "semicolon"),
    _in("s:005-2", "quotation mark missing", 'of the cost"@en', "of the cost@en", "quotation mark"),
    Mistake(
        "bracket not closed",
        STATEMENTS,
        "s:005-2",
        (("att:object id:harrowmere-half-cost ;", 'att:object [ rdfs:label "half"@en ;'),),
        "att:object [",
        "bracket",
    ),
    _in(
        "s:005-2",
        "curly quotation marks",
        '"The county bears half of the cost"',
        "“The county bears half of the cost”",
        "straight",
    ),
    _in("s:005-2", "comma for a semicolon", "id:harrowmere-county ;", "id:harrowmere-county ,", "semicolon"),
    _in(
        "s:005-1",
        "mark in a name not escaped",
        "att:words s:005-1\\#w1 , s:005-1\\#w2 .",
        "att:words s:005-1#w1 , s:005-1\\#w2 .",
        r"\\#",
    ),
)

PLACED = (
    _in("s:014-1", "evidence missing", "  att:evidence p:014 ;\n", "", "att:evidence", "s:014-1 a"),
    _in("s:014-1", "passage that is not there", "p:014", "p:140", "p:140"),
    _in("s:014-1", "another passage's number", "p:014", "p:015", "p:015"),
    _in("s:014-1", "words that are not printed", '"argues"', '"claims"', "passage"),
    _in(
        "s:014-1",
        "verb that is not printed",
        "  att:relation code:harrowmere-pays ;",
        '  att:relation code:harrowmere-pays ; att:verb "finance" ;',
        "passage",
        'att:verb "finance"',
    ),
    _in("s:012-1", "cell that is not there", "att:cell 2", "att:cell 4", "cell"),
    Mistake("passages edited by hand", PASSAGES, "", (("oa:start 133 ;", "oa:start 135 ;"),), "p:003 a", "kg cut"),
    _in("s:014-1", "two passages of evidence", "p:014 ;", "p:014 , p:015 ;", "att:context"),
)

COUNTED = (
    Mistake("number that differs from print", THINGS, "o:visitors-2024", (("1240", "1420"),), "1420", "1,240"),
    _in("s:012-1", "printed number mistyped", '"1,240"', '"1,420"', "passage"),
    Mistake("number as text", THINGS, "o:visitors-2024", (("1240", '"1,240"'),), '"1,240"', "without quotation marks"),
    Mistake(
        "unit missing", THINGS, "o:visitors-2024", (("  att:unit code:persons ;\n", ""),), "o:visitors-2024", "att:unit"
    ),
    Mistake(
        "days of a period the wrong way round",
        EVENTS,
        "t:january-2024",
        (('"2024-01-31"', '"2023-01-31"'),),
        "2024-01-01",
        "ends before it begins",
    ),
    Mistake(
        "day that no calendar has", EVENTS, "t:january-2024", (('"2024-01-31"', '"2024-01-32"'),), "2024-01-32", "date"
    ),
    Mistake(
        "day as printed",
        EVENTS,
        "t:january-2024",
        (('"2024-01-01"', '"1 January 2024"'),),
        "1 January 2024",
        "2025-12-20",
    ),
    Mistake(
        "bound lost",
        STATEMENTS,
        "s:012-1",
        (
            ("att:bound code:at-least", "att:bound code:as-printed"),
            (" , s:012-1\\#w2 .", " ."),
            ('\ns:012-1\\#w2 a att:Words ; att:printed "At least" ; att:expresses code:at-least .', ""),
        ),
        "att:bound",
        "at.least",
    ),
)

LOST = (
    Mistake(
        "hedge lost",
        STATEMENTS,
        "s:014-1",
        (
            ("att:modality code:possible", "att:modality code:flat"),
            (" , s:014-1\\#w3", ""),
            ('s:014-1\\#w3 a att:Words ; att:printed "could" ; att:expresses code:possible .\n', ""),
        ),
        "s:014-1 a",
        "could",
    ),
    Mistake(
        "negation lost", STATEMENTS, "s:021-1", (("  att:negated true ;\n", ""),), "att:attribution", "att:negated"
    ),
    Mistake(
        "speaker lost",
        STATEMENTS,
        "s:022-1",
        (
            ("id:ada-quill", "v:voice"),
            ("  att:attribution code:says ;\n", ""),
            ("s:022-1\\#w1 , ", ""),
            ('s:022-1\\#w1 a att:Words ; att:printed "says" ; att:expresses code:says .\n', ""),
        ),
        "s:022-1 a",
        "says",
    ),
    _in(
        "s:022-1",
        "article's voice for a speaker",
        "att:claimant id:ada-quill",
        "att:claimant v:voice",
        "claimant",
        "att:attribution",
    ),
    Mistake(
        "quoted words lost",
        STATEMENTS,
        "s:003-1",
        (
            ("  att:words s:003-1\\#w1 ;\n", ""),
            ('s:003-1\\#w1 a att:Quotation ; att:printed "a front door" ; att:quotedFrom id:ada-quill .\n', ""),
        ),
        "s:003-1 a",
        "a front door",
    ),
    Mistake(
        "words that no marks quote",
        STATEMENTS,
        "s:006-1",
        (
            (
                "att:expresses code:scheduled .",
                "att:expresses code:scheduled .\n"
                's:006-1\\#w2 a att:Quotation ; att:printed "public hearing" ; att:quotedFrom v:voice .',
            ),
            ("att:words s:006-1\\#w1 .", "att:words s:006-1\\#w1 , s:006-1\\#w2 ."),
        ),
        "s:006-1\\#w2 a",
        "quotation marks",
    ),
    Mistake(
        "condition lost",
        STATEMENTS,
        "s:005-1",
        (
            ("att:Conditional", "att:Assertion"),
            (
                "  att:conditionKind code:if ;\n  att:antecedent s:005-2 ;\n  att:consequent s:005-3 ;\n",
                "  att:subject id:harrowmere-rebuilding ;\n  att:relation code:harrowmere-begins ;\n"
                "  att:period t:autumn ;\n",
            ),
            ("s:005-1\\#w1 , ", ""),
            ('s:005-1\\#w1 a att:Words ; att:printed "If" ; att:expresses code:if .\n', ""),
            (
                "If the county bears half of the cost, the work may start in autumn",
                "The rebuilding may start in autumn",
            ),
        ),
        "s:005-1 a",
        "condition.*If",
    ),
    _in(
        "s:014-1",
        "code that no words show",
        "  att:aspect code:again ;",
        "  att:aspect code:again ; att:frequency code:often ;",
        "code:often.*(words|inference)",
        "code:often",
    ),
)

SAID = (
    Mistake(
        "claim stated as fact",
        RECORDS,
        "id:harrowmere-quay",
        (('"Kai"@de .', '"Kai"@de ;\n  att:controls id:harrowmere-pier .'),),
        "att:controls",
        "statement",
    ),
    Mistake(
        "claim stated as fact by a known property",
        RECORDS,
        "id:harrowmere-quay",
        (('"Kai"@de .', '"Kai"@de ;\n  att:subject id:harrowmere-pier .'),),
        "att:subject",
        "statement",
    ),
    _in(
        "s:014-1",
        "relation the wrong way round",
        "  att:subject id:harrowmere-county ;\n"
        "  att:relation code:harrowmere-pays ;\n"
        "  att:object id:harrowmere-quay ;",
        "  att:subject id:harrowmere-quay ;\n"
        "  att:relation code:harrowmere-pays ;\n"
        "  att:object id:harrowmere-county ;",
        "subject.*object",
        "att:subject",
    ),
    _in(
        "s:015-1",
        "label that says more",
        "The pier often floods",
        "The rotten pier often floods",
        "rotten",
        "rdfs:label",
    ),
    _in(
        "s:015-1",
        "label in the article's words",
        "The pier often floods, especially in winter, the county says in its report",
        "According to a county report, the pier often floods, especially in winter",
        "according to a county report the pier often",
        "rdfs:label",
    ),
    _in(
        "s:015-1",
        "label missing",
        '  rdfs:label "The pier often floods, especially in winter, the county says in its report"@en ;\n',
        "",
        "rdfs:label",
        "s:015-1 a",
    ),
    _in("s:015-1", "label of another language", 'in its report"@en', 'in its report"@de', "@en"),
    _in("s:015-1", "label without a language", 'in its report"@en', 'in its report"', "@en"),
    _in(
        "s:014-1",
        "two modalities",
        "code:possible ;",
        "code:possible , code:likely ;",
        "exactly one",
        "code:possible , code:likely",
    ),
    _in(
        "s:005-3",
        "claimant of what is supposed",
        "  att:modality code:supposed .",
        "  att:claimant v:voice ;\n  att:modality code:supposed .",
        "att:claimant",
        "att:claimant",
    ),
    _in("s:014-1", "claimant missing", "  att:claimant id:harrowmere-trust ;\n", "", "att:claimant", "s:014-1 a"),
    _in(
        "s:005-1",
        "conditional without its then-part",
        "  att:consequent s:005-3 ;\n",
        "",
        "att:consequent",
        "s:005-1 a",
    ),
    _in(
        "s:022-1",
        "link to what is not written",
        "att:supports s:021-1",
        "att:supports s:021-7",
        "statement/021-7.*number",
    ),
    _in("s:003-1", "quotation of nobody", " ; att:quotedFrom id:ada-quill", "", "att:quotedFrom", "s:003-1\\#w1 a"),
    _in(
        "s:003-1",
        "inference without a reason",
        ' ; rdfs:comment "The town for which it would be a front door is taken to be the one that gains."@en',
        "",
        "rdfs:comment",
        "s:003-1\\#i1 a",
    ),
    Mistake(
        "event held that was only scheduled",
        EVENTS,
        "e:hearing",
        (("code:scheduled", "code:occurred"),),
        "e:hearing a",
        "status",
    ),
)

TWICE = (
    Mistake(
        "statement twice",
        STATEMENTS,
        "s:015-1",
        ((_LAST, f"{_LAST}\n\n{_COPY}"),),
        "s:014-2 a",
        "s:014-1 says the same",
    ),
    Mistake(
        "number used twice",
        STATEMENTS,
        "s:015-1",
        ((_LAST, f"{_LAST}\n\n{_COPY.replace('s:014-2', 's:014-1')}"),),
        "s:014-1 a",
        "statements-001.ttl:181.*another number",
    ),
    Mistake(
        "record twice",
        RECORDS,
        "id:harrowmere-report",
        (
            (
                "att:concerns id:harrowmere-county .",
                "att:concerns id:harrowmere-county .\n\nid:quay-of-harrowmere a att:Place ;\n"
                '  rdfs:label "quay"@en , "Kaje"@de .',
            ),
        ),
        '"quay"@en , "Kaje"@de',
        "id:harrowmere-quay",
    ),
    Mistake(
        "place that is a state as well",
        RECORDS,
        "id:harrowmere-quay",
        (("a att:Place ;", "a att:Place , att:State ;"),),
        "a att:Place , att:State",
        "one class",
    ),
    Mistake(
        "record without a German name", RECORDS, "id:harrowmere-quay", ((' , "Kai"@de', ""),), "rdfs:label", "German"
    ),
    Mistake(
        "code without a definition",
        CODES,
        "code:harrowmere-pays",
        (('  skos:definition "The subject bears the cost of the object."@en ;\n', ""),),
        "code:harrowmere-pays a",
        "skos:definition",
    ),
    Mistake(
        "topic that belongs nowhere",
        RECORDS,
        "id:harrowmere-upkeep",
        ((" ;\n  skos:broader id:harrowmere-works", ""),),
        "id:harrowmere-upkeep a",
        "skos:broader",
    ),
)

MISTAKES = (*SPELT, *TURTLE, *PLACED, *COUNTED, *LOST, *SAID, *TWICE)
