"""A paragraph → its sentences: sentencex, and rules of our own where a list or a mark knows better.

Segmenters on the single-line cases of ``tests/data/cutting`` (274; English, German, French, Ukrainian), before any rule
of ours:

==================== ======= ============ ==================================================
segmenter            right   last release languages; licence
==================== ======= ============ ==================================================
sentencex 1.0.32     195     2026         about 300; MIT; no dependency
sentence-splitter 1.4 183    2019         26; LGPL
pysbd 0.3.4          181     2021         22; MIT
syntok 1.4.4         164     2022         3; MIT
SoMaJo 2.5.0         126/174 2026         English and German only; GPL
==================== ======= ============ ==================================================

(wtpsplit needs the weights of a model; NLTK's Punkt needs data that are fetched.) sentencex is alive, light and the
best of them, and it is asked wherever no rule of ours decides, as in a language that has no lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import sentencex

from kg.corpus.cutting.spans import CLOSERS, OPENERS, Span, find_spans
from kg.corpus.cutting.words import Language, language

NEAR = 120
"""Code points around a mark that are looked at."""

_NOTE = r"(?:\s?\[(?:\d{1,3}|[a-z])\]|[¹²³⁰⁴-⁹]|[*†‡]|\(\d{1,2}\))"
_END = re.compile(rf"(?P<mark>[.!?…]+)(?P<closers>(?:[{CLOSERS}]|[\u00a0\u202f ]»(?!\w))*)(?P<notes>{_NOTE}*)(?=\s|$)")
_NO_SPACE = re.compile(r"(?<=[^\W\d_])(?P<mark>[.!?])(?P<closers>)(?P<notes>)(?=[^\W\d_][^\W\d_])")
_BEGIN = re.compile(rf"\s*(?:[{OPENERS}]+[\u00a0\u202f ]?|[–—-]\s+)*(?P<word>[§]|[^\W_]+(?:['’][^\W_]+)*)?")
_LAST = re.compile(rf"([^\s{OPENERS}]+)$")
_SPACE = re.compile(r"\s*")
_INITIAL = re.compile(r"(?:.*[.\-])?[^\W\d_]")


def cut_sentences(text: str, code: str) -> list[tuple[int, int]]:
    """Return where each sentence of a paragraph starts and ends, in code points, without white space around it."""
    known = language(code)
    whole = [span for span in find_spans(text) if _stands_alone(text, span)]
    inside = bytearray(len(text))  # 1 where a full stop ends no sentence
    for span in find_spans(text):
        if span not in whole:
            inside[span.start + 1 : span.end - 1] = b"\1" * (span.end - span.start - 2)
    proposed = _proposed(text, code, whole)
    found, start = [], 0
    for match in _candidates(text):
        end = match.end()
        following = _BEGIN.match(text, end)
        if following is None or following.group("word") is None:
            continue
        if inside[match.start()] and inside[end - 1]:
            continue
        begin = _SPACE.match(text, end).end()  # type: ignore[union-attr]
        verdict = _verdict(text[max(start, match.start() - NEAR) : match.start()], match, following, known)
        if verdict is None:
            verdict = any(match.end("mark") <= place <= begin for place in proposed)
        if verdict:
            found.append((start, end))
            start = begin
    return [*found, (start, len(text.rstrip()))] if text[start:].strip() else found


def _candidates(text: str) -> Iterator[re.Match[str]]:
    found = [*_END.finditer(text), *_NO_SPACE.finditer(text)]
    return iter(sorted(found, key=lambda match: match.start()))


def _proposed(text: str, code: str, whole: list[Span]) -> set[int]:
    """Return the offsets at which sentencex starts a sentence, also within separate quotations."""
    found: set[int] = set()
    parts = [(0, len(text))]
    parts += [(span.start + 1, span.end - 1) for span in whole]
    for start, end in parts:
        for sentence in sentencex.get_sentence_boundaries(code, text[start:end]):
            found.add(start + sentence["start_index"])
            found.add(start + sentence["end_index"])
    return found


def _stands_alone(text: str, span: Span) -> bool:
    """Return whether a quotation is whole sentences, with nothing of a sentence around it."""
    before, after = text[max(0, span.start - NEAR) : span.start].rstrip(), text[span.end : span.end + NEAR].lstrip()
    inside = text[max(span.start + 1, span.end - NEAR) : span.end - 1].rstrip()
    begins = not before or bool(re.search(rf"[.!?…][{CLOSERS}]*$", before))
    ends = inside[-1:] in tuple(".!?…") or after[:1] in tuple(".!?…")
    following = _BEGIN.match(after.lstrip(".!?…"))
    word = following.group("word") if following else None
    return span.is_quotation and begins and ends and (not after.strip(".!?…") or bool(word and _is_capital(word)))


def _is_capital(word: str) -> bool:
    return word[0].isupper() or word[0].isdigit() or word[0] == "§" or bool(re.match(r"[a-z][A-Z]", word))


def _verdict(before: str, match: re.Match[str], following: re.Match[str], known: Language) -> bool | None:
    """Return whether a sentence ends here, or None where no rule of ours decides."""
    word = following.group("word")
    last = _LAST.search(before)
    if match.group("mark") == "." and match.re is _END and not match.group("closers") and last:
        verdict = _after_word(last.group(1), before[: last.start()], following, known)
        if verdict is not None:
            return verdict
    if not _is_capital(word) or _goes_on(before, match, following):
        return False
    if match.re is _NO_SPACE:
        return before[-1:].islower() and word[0].isupper() and word[1:2].islower()
    sure = match.group("closers") or match.group("notes") or match.group("mark") != "." or not word[0].isupper()
    return True if sure else None


def _goes_on(before: str, match: re.Match[str], following: re.Match[str]) -> bool:
    """Return whether the marks around a full stop show that the sentence goes on behind it."""
    closers = match.group("closers")
    if closers.startswith((")", "]")) and match.group("mark") == ".":
        return bool(re.search(r"[(\[]\w+$", before))  # an abbreviation in brackets
    return bool(closers) and bool(re.match(rf"\s+[–—-]\s+[{OPENERS}]", following.group()))  # one speaks after another


def _after_word(last: str, before: str, following: re.Match[str], known: Language) -> bool | None:
    """Return what the word before a full stop says of it, if anything."""
    lower = last.lower()
    word = following.group("word")
    is_initial = len(word) == 1 and following.string[following.end("word") :].startswith(".")
    starts = word.lower() in known.starters and word[0].isupper() and not is_initial
    if lower == "no" and known.before_no and _is_capital(word):
        previous = before.rstrip().rpartition(" ")[2].lower()
        if not previous:
            return starts or _answers(following.string[: following.start()], last)
        return last == "no" and (starts or previous in known.before_no)
    if len(last) == 1 and last.isupper():
        return starts
    if lower.isdecimal():
        return _after_number(before, word, starts, known)
    verdict = _after_listed(lower, word, starts, known)
    if verdict is None and _INITIAL.fullmatch(last) and last[-1].isupper():
        return starts
    return verdict


def _after_listed(lower: str, word: str, starts: bool, known: Language) -> bool | None:
    """Return what the lists say of a word before a full stop, if it is in one."""
    names = {lower, re.split(r"[-’'](?=[^\W\d_])", lower)[-1]}
    is_counted = names & known.before_number or lower.endswith(tuple(known.before_number_endings))
    if word[0].isdigit() and is_counted:
        return False
    if _is_capital(word):
        ends = lower in known.end_before_capital and word.lower() not in known.months
        if ends or lower in known.months - known.may_end - known.never_end:
            return True
    if names & known.may_end:
        return starts
    return False if names & known.never_end else None


def _answers(text: str, word: str) -> bool:
    """Return whether a text that ends in a word and a full stop asks a question right before that word."""
    return bool(re.search(rf"\?[{CLOSERS}]*\s+[{OPENERS}]*{word}\.$", text))


def _after_number(before: str, word: str, starts: bool, known: Language) -> bool | None:
    """Return whether a sentence ends after a number with a dot, which may be an ordinal."""
    if not known.before_ordinal:
        return None
    previous = before.rstrip().rpartition(" ")[2].lower()
    if word.lower() in known.months | known.ordinal_nouns:
        return False
    if starts:
        return True
    return False if previous in known.before_ordinal else None
