"""Turtle in any layout is edited so that its graph changes as asked, and in no other way."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from kg.corpus.rdf.turtle import read_turtle
from kg.editing.turtle import RDF_TYPE, Block, Turtle, apply

BASE = "https://attested.example/"
LATE = "https://late.example/"
HEAD = "@prefix s: <s/> .\n@prefix x: <x#> .\n"

Said = tuple[str, str, str]
"""Subject, property and value as written."""

values = st.sampled_from(
    ["s:a", "s:b", "s:c.d", "<s/e>", '"f # g"@en', '"""h . i ; \n\n j"""', "'k, l'^^x:m", "1", ".5", "-1.5e3", "true"]
)
comments = st.sampled_from(["; x:no s:no .", "it's", 'a "quoted', ""])


@dataclass(frozen=True)
class Layout:
    """A file, and the triples of each of its blocks in their order."""

    text: str
    blocks: list[list[Said]]


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    """Blocks with any white space and comments between their tokens, and a prefix declared somewhere below."""
    count = 0

    def space(*also: str) -> str:
        nonlocal count
        kind = draw(st.sampled_from([" ", " ", " ", "\n  ", "\n", "\n\n", " #\n", "\n#\n", "\n# Alone\n\n", *also]))
        if "#" in kind:
            count += 1
            kind = kind.replace("#", f"# comment {count} {draw(comments)}", 1)
        return kind

    parts, blocks = [HEAD], []
    late = draw(st.integers(0, 4))
    for number in range(draw(st.integers(1, 4))):
        if number == late:
            parts += [f"@prefix late: <{LATE}> .", space()]
        subject = draw(st.sampled_from(["s:1", "s:2", "<s/3>"]))
        parts.append(subject)
        block: list[Said] = []
        properties = draw(
            st.lists(
                st.tuples(st.sampled_from(["a", "x:p", "x:q"]), st.lists(values, min_size=1, max_size=3)), max_size=3
            )
        )
        for place, (name, said) in enumerate(properties or [("x:p", ["s:a"])]):
            parts += [space(";\n ;"), ";", space()] if place else [space()]
            parts.append(name)
            for at, value in enumerate(said):
                parts += [space(), ",", space()] if at else [space()]
                parts.append(value)
                block.append((subject, name, value))
        parts += [space(), ";"] if draw(st.booleans()) else []
        parts += [space(), ".", space()]
        blocks.append(block)
    text = "".join(parts)
    return Layout(text.replace("\n", "\r\n") if draw(st.booleans()) else text, blocks)


def graph(text: str) -> set[str]:
    # line ends within texts are those of the file
    return {str(quad).replace("\\r\\n", "\\n") for quad in read_turtle(text.encode(), BASE)}


def triples(*blocks: list[Said], also: str = "") -> set[str]:
    return graph(HEAD + "".join(f"{s} {p} {o} .\n" for block in blocks for s, p, o in block) + also)


def comments_of(text: str) -> list[str]:
    return re.findall(r"# comment \d+", text)


def new(turtle: Turtle) -> str:
    return f"s:new a x:Made ;\n  x:p {turtle.shorten(LATE + 'z')} .\n"


MADE = f"s:new a x:Made ; x:p <{LATE}z> ."


@given(layouts(), st.data())
def test_blocks_are_taken_out_alone(layout: Layout, data: st.DataObject) -> None:
    turtle = Turtle(layout.text, BASE)
    gone = data.draw(st.sets(st.integers(0, len(layout.blocks) - 1)))
    with_comments = data.draw(st.booleans())
    edits = [turtle.removal(turtle.blocks[place], with_comments=with_comments) for place in gone]
    after = apply(turtle.text, edits)
    assert graph(after) == triples(*(block for place, block in enumerate(layout.blocks) if place not in gone))


@given(layouts(), st.data())
def test_a_block_is_put_behind_or_before_any_block(layout: Layout, data: st.DataObject) -> None:
    turtle = Turtle(layout.text, BASE)
    block = data.draw(st.sampled_from([*turtle.blocks, None]))
    place = data.draw(st.sampled_from(["behind", "close", "before"]))
    if place == "before" and block is not None:
        edit = turtle.preceding(block, new(turtle))
    else:
        edit = turtle.insertion(block, new(turtle), is_close=place == "close")
    after = apply(turtle.text, [edit])
    assert graph(after) == triples(*layout.blocks, also=MADE)
    assert comments_of(after) == comments_of(layout.text)
    assert "\r\n" in after or "\r" not in after
    assert re.search(r"^s:new a x:Made ;\r?\n  x:p \S+ \.\r?$", after, re.MULTILINE)


@given(layouts(), st.data())
def test_a_block_is_put_below_any_comment(layout: Layout, data: st.DataObject) -> None:
    turtle = Turtle(layout.text, BASE)
    found = [match.start() for match in re.finditer(r"# comment|# Alone", layout.text)]
    place = data.draw(st.sampled_from(found or [0]))
    after = apply(turtle.text, [turtle.below(place + 1, new(turtle))])
    assert graph(after) == triples(*layout.blocks, also=MADE)
    assert comments_of(after) == comments_of(layout.text)


@given(layouts(), st.data())
def test_values_are_dropped_and_added_alone(layout: Layout, data: st.DataObject) -> None:
    turtle = Turtle(layout.text, BASE)
    place = data.draw(st.integers(0, len(layout.blocks) - 1))
    block, said = turtle.blocks[place], layout.blocks[place]
    name = data.draw(st.sampled_from(["x:p", "x:q", "x:r"]))
    there = [value for _, predicate, value in said if predicate == name]
    gone = data.draw(st.sets(st.integers(0, max(len(there) - 1, 0))))
    added = data.draw(st.lists(st.sampled_from(['"new"', "s:new"]), max_size=2))
    property_ = block.get(f"{BASE}x#{name[2:]}")
    dropped = [value for at, value in enumerate(property_.values if property_ else ()) if at in gone]
    behind = data.draw(st.lists(st.integers(0, 3), min_size=len(added), max_size=len(added)) | st.just([]))
    edits = turtle.revising(block, f"{BASE}x#{name[2:]}", lambda value: value in dropped, added, behind)
    after = apply(turtle.text, edits)
    numbers = iter(range(len(said)))
    kept = [one for one in said if one[1] != name or next(numbers) not in gone]
    wanted = [*kept, *((said[0][0], name, value) for value in added)]
    assert graph(after) == triples(*layout.blocks[:place], wanted, *layout.blocks[place + 1 :])
    if wanted:
        assert after.startswith(layout.text[: block.start])
        assert after.endswith(layout.text[block.end :])
    if len(dropped) <= len(added) and not behind:
        assert comments_of(after) == comments_of(layout.text)


@given(layouts(), st.data())
def test_any_values_of_a_block_go_together_and_the_others_keep_their_text(layout: Layout, data: st.DataObject) -> None:
    turtle = Turtle(layout.text, BASE)
    place = data.draw(st.integers(0, len(layout.blocks) - 1))
    block, said = turtle.blocks[place], layout.blocks[place]
    gone = data.draw(st.sets(st.integers(0, len(said) - 1)))
    every = [value for one in block.properties for value in one.values]
    after = apply(turtle.text, turtle.without(block, [every[at] for at in gone]))
    kept = [one for at, one in enumerate(said) if at not in gone]
    assert graph(after) == triples(*layout.blocks[:place], kept, *layout.blocks[place + 1 :])
    if kept:
        assert texts(Turtle(after, BASE).blocks[place]) == [v.text for at, v in enumerate(every) if at not in gone]


def texts(block: Block) -> list[str]:
    return [value.text for one in block.properties for value in one.values]


@given(layouts(), st.data())
def test_what_is_added_and_dropped_again_leaves_the_graph_and_all_comments(layout: Layout, data: st.DataObject) -> None:
    turtle, new = Turtle(layout.text, BASE), f"{BASE}x#new"
    edits = [
        turtle.adding(block, new, ['"x"'], data.draw(st.sampled_from([None, *block.properties])))
        for block in turtle.blocks
    ]
    added = Turtle(apply(turtle.text, edits), BASE)
    assert [value.text for block in added.blocks for one in [block.get(new)] if one for value in one.values] == [
        '"x"' for _ in layout.blocks
    ]
    after = apply(added.text, [edit for block in added.blocks for edit in added.dropping(block, new)])
    assert graph(after) == triples(*layout.blocks)
    assert comments_of(after) == comments_of(layout.text)


@given(layouts())
def test_one_property_is_dropped_while_another_is_added(layout: Layout) -> None:
    turtle = Turtle(layout.text, BASE)
    edits = []
    for block in turtle.blocks:
        if block.get(RDF_TYPE):
            edits += [*turtle.dropping(block, f"{BASE}x#p"), turtle.adding(block, f"{BASE}x#new", ['"x"'])]
    wanted = []
    for block in layout.blocks:
        with_class = any(name == "a" for _, name, _ in block)
        kept = [one for one in block if one[1] != "x:p" or not with_class]
        wanted.append([*kept, (block[0][0], "x:new", '"x"')] if with_class else kept)
    assert graph(apply(turtle.text, edits)) == triples(*wanted)
