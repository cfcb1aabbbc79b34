"""What is wrong with a printed file, by the rules of PDF/UA-1 and PDF/A-2a that a program can check.

pikepdf applies veraPDF's rules for PDF/A-2b. What it does not judge is named in ``NOT_JUDGED`` and checked here, as is
what level A and PDF/UA-1 ask for beyond it: tags, headings, tables, alternative texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from typing import Any

import pikepdf
from fontTools.cffLib import CFFFontSet
from fontTools.ttLib import TTFont
from pikepdf import Array, Dictionary, Name, NameTree, NumberTree, Object, pdfa

# A rule of pikepdf.pdfa, how its finding begins, and why the finding is none.
NOT_JUDGED = {
    ("ISO_19005_2:6.6.4-3", "pdfaid:conformance is 'A'"): "it knows level B, and A asks for more",
    ("ISO_19005_2:6.6.2.3.1-1", "XMP namespace pdfaExtension="): "schemas that the file describes: see _metadata",
    ("ISO_19005_2:6.6.2.3.1-1", "XMP namespace pdfaSchema="): "the same",
    ("ISO_19005_2:6.6.2.3.1-1", "XMP namespace pdfaProperty="): "the same",
    ("ISO_19005_2:6.6.2.3.1-1", "XMP property pdfaExtension:schemas"): "the same",
    ("ISO_19005_2:6.6.2.3.1-1", "XMP property pdfuaid:part"): "the same",
    ("ISO_19005_2:6.6.2.3.1-1", "XMP namespace xmpTPg="): "a schema of XMP 2005, which PDF/A-2 allows",
    ("ISO_19005_2:6.6.2.3.1-1", "XMP property xmpTPg:NPages"): "the same",
    ("ISO_19005_2:6.6.2.3.1-2", "the content of structured XMP property xmpMM:History"): "not checked by it",
    ("ISO_19005_2:6.2.11.4.2-2", "/CIDSet on a CIDFontType2 subset"): "not checked by it: see _fonts",
    ("pikepdf:schema-OutlineItem", r"'\d+ 0 R' is not valid"): "a destination may be an object of its own",
}
_KINDS = {
    *("Document", "Part", "Sect", "Div", "H1", "H2", "H3", "H4", "P", "Span", "Strong", "Em", "Link", "NonStruct"),
    *("L", "LI", "Lbl", "LBody", "Table", "THead", "TBody", "TR", "TH", "TD", "Figure"),
}
# What draws on the page.
_PAINTS = frozenset(
    ["Tj", "TJ", "'", '"', "f", "F", "f*", "B", "B*", "b", "b*", "S", "s", "Do", "sh", "BI", "INLINE", "IMAGE"]
)


@dataclass(frozen=True)
class Element:
    """One element of the structure, ``above`` it its parent's kind."""

    kind: str
    above: str
    of: Object

    @property
    def kids(self) -> list[Element]:
        return [Element(str(kid.S)[1:], self.kind, kid) for kid in _list(self.of.get(Name.K)) if _is_element(kid)]

    def all(self, kind: str) -> list[Element]:
        return [each for each in _below(self) if each.kind == kind]

    def of_table(self, name: str) -> object:
        """An attribute that the element has as a part of a table."""
        found = [each for each in _list(self.of.get(Name.A)) if Name.Table == each.O and name in each]
        return found[0][name] if found else None


def flaws(pdf: bytes) -> list[str]:
    """Each rule that the file breaks, in words; empty for a file that keeps all that are checked."""
    with pikepdf.open(BytesIO(pdf)) as file:
        if file.is_encrypted:
            return ["it is encrypted"]
        root = Element("Root", "", file.Root.StructTreeRoot)
        return [
            *_archival(pdf),
            *_metadata(file),
            *_catalogue(file),
            *_fonts(file),
            *_content(file),
            *_annotations(file),
            *_headings(root),
            *_tables(root, file),
            *_kinds(root),
        ]


def _archival(pdf: bytes) -> Iterator[str]:
    for finding in pdfa.validate_written(BytesIO(pdf), "2b").findings:
        told = str(finding.message)
        if not any(finding.rule == rule and re.match(start, told) for rule, start in NOT_JUDGED):
            yield f"{finding.rule}: {told}"


def _metadata(file: pikepdf.Pdf) -> Iterator[str]:
    xmp = file.Root.Metadata.read_bytes().decode()
    for claim in ("pdfaid:part>2<", "pdfaid:conformance>A<", "pdfuaid:part>1<", "<dc:title>"):
        if claim not in xmp:
            yield f"the metadata lack {claim}"
    for prefix in ("pdfuaid", "xmpMM", "pdf"):
        if f"<pdfaSchema:prefix>{prefix}<" not in xmp:
            yield f"the metadata do not describe {prefix}"
    for name, in_xmp in (("/CreationDate", "xmp:CreateDate"), ("/ModDate", "xmp:ModifyDate")):
        [told] = re.findall(f"<{in_xmp}>(.*?)</", xmp)
        if re.sub(r"\D", "", str(file.docinfo[name]))[:14] != re.sub(r"\D", "", told)[:14]:
            yield f"{name} and {in_xmp} differ"


def _catalogue(file: pikepdf.Pdf) -> Iterator[str]:
    root = file.Root
    for wanted, is_so in {
        "it is marked as tagged": bool(root.MarkInfo.get(Name.Marked)) and not root.MarkInfo.get(Name.Suspects),
        "it names its language": bool(re.fullmatch(r"[a-z]{2,3}(-\w+)*", str(root.get(Name.Lang, "")))),
        "a viewer shows its title": bool(root.ViewerPreferences.get(Name.DisplayDocTitle)),
        "it has a title": bool(str(file.docinfo.get(Name.Title, "")).strip()),
        "it says in which colours it is": Name.DestOutputProfile in root.OutputIntents[0],
        "nothing in it acts": not {"/OpenAction", "/AA", "/AcroForm"} & set(root.keys()),
        "no file is in it": Name.Names not in root or not {"/JavaScript", "/EmbeddedFiles"} & set(root.Names.keys()),
    }.items():
        if not is_so:
            yield f"not so: {wanted}"


def _fonts(file: pikepdf.Pdf) -> Iterator[str]:
    fonts = [each for each in file.objects if isinstance(each, Dictionary) and each.get(Name.Type) == Name.Font]
    for font in fonts:
        if Name.DescendantFonts in font and Name.ToUnicode not in font:
            yield f"{font.BaseFont} does not say which characters its glyphs are"
        if Name.FontDescriptor in font:
            yield from _embedded(str(font.BaseFont), font.FontDescriptor)


def _embedded(name: str, font: Object) -> Iterator[str]:
    if Name.FontFile2 in font:
        glyphs = len(TTFont(BytesIO(font.FontFile2.read_bytes()), lazy=True).getGlyphOrder())
    elif Name.FontFile3 in font:
        compact = CFFFontSet()
        compact.decompile(BytesIO(font.FontFile3.read_bytes()), None)
        glyphs = len(compact[0].charset)
    else:
        yield f"{name} is not embedded"
        return
    if Name.CIDSet in font:
        named = "".join(f"{byte:08b}" for byte in font.CIDSet.read_bytes())
        if named.rstrip("0") != "1" * glyphs:
            yield f"{name}: the set of its characters is not that of its {glyphs} glyphs"


def _content(file: pikepdf.Pdf) -> Iterator[str]:
    """Whatever is drawn is decoration, or belongs to the element that says so too."""
    elements = NumberTree(file.Root.StructTreeRoot.ParentTree)
    for number, page in enumerate(file.pages, start=1):
        owners = _list(elements[int(page.StructParents)])
        marks: list[object] = []
        for step in pikepdf.parse_content_stream(page):
            operator, operands = str(step.operator), step.operands
            if operator in ("BDC", "BMC"):
                of: Any = operands[1] if operator == "BDC" and isinstance(operands[1], Dictionary) else {}
                marks.append("artifact" if operands[0] == Name.Artifact else of.get("/MCID"))
                if isinstance(marks[-1], int) and not _is_element(owners[marks[-1]]):
                    yield f"page {number}: mark {marks[-1]} belongs to no element"
            elif operator == "EMC":
                marks.pop()
            elif operator in _PAINTS and not any(mark is not None for mark in marks):
                yield f"page {number}: something is drawn that is neither tagged nor decoration"


def _annotations(file: pikepdf.Pdf) -> Iterator[str]:
    for number, page in enumerate(file.pages, start=1):
        for note in page.get(Name.Annots, []):
            if Name.StructParent not in note or not str(note.get(Name.Contents, "")).strip():
                yield f"page {number}: a link without a text or an element of its own"
        if Name.Annots in page and page.get(Name.Tabs) != Name.S:
            yield f"page {number}: the order of its links is not that of the text"


def _headings(root: Element) -> Iterator[str]:
    levels = [int(each.kind[1]) for each in _below(root) if re.fullmatch(r"H\d", each.kind)]
    if levels[:1] != [1] or levels.count(1) != 1:
        yield "its title is not its first and only heading of level 1"
    yield from (f"H{after} follows H{level}" for level, after in pairwise(levels) if after > level + 1)


def _tables(root: Element, file: pikepdf.Pdf) -> Iterator[str]:
    ids = NameTree(file.Root.StructTreeRoot.IDTree) if Name.IDTree in file.Root.StructTreeRoot else {}
    for table in root.all("Table"):
        heads, bodies = [each for each in table.kids if each.kind == "THead"], table.all("TBody")
        if not heads or not bodies:
            yield "a table without column headers"
        rows = table.all("TR")
        if len({sum(int(str(cell.of_table("/ColSpan") or 1)) for cell in row.kids) for row in rows}) != 1:
            yield "a table whose rows are not equally long"
        yield from (
            "a column header without scope" for row in heads for cell in row.all("TH") if not cell.of_table("/Scope")
        )
        for row in (row for body in bodies for row in body.kids):
            if row.kids[0].kind != "TH" or row.kids[0].of_table("/Scope") != Name.Row:
                yield "a row that does not begin with its header"
            yield from (flaw for cell in row.kids[1:] if (flaw := _headers(cell, ids)))


def _headers(cell: Element, ids: Mapping[str, Object]) -> str:
    named = [str(name) for name in _list(cell.of_table("/Headers"))]
    if any(name not in ids for name in named):
        return "a cell that names headers which are not there"
    scopes = {str(Element("TH", "", ids[name]).of_table("/Scope")) for name in named}
    return "" if scopes == {"/Row", "/Column"} else f"a cell whose headers are {sorted(scopes)}"


def _kinds(root: Element) -> Iterator[str]:
    for each in _below(root):
        if each.kind not in _KINDS:
            yield f"an element of unknown kind: {each.kind}"
        if each.kind == "Figure" and not str(each.of.get(Name.Alt, "")).strip():
            yield "a figure without an alternative text"
        if (each.above == "L" and each.kind not in ("LI", "L")) or (each.kind == "LI" and each.above != "L"):
            yield f"a list is broken: {each.kind} in {each.above}"


def _below(element: Element) -> Iterator[Element]:
    for kid in element.kids:
        yield kid
        yield from _below(kid)


def _is_element(value: object) -> bool:
    return isinstance(value, Dictionary) and Name.S in value


def _list(value: object) -> list[Object]:
    return list(value) if isinstance(value, Array) else [] if value is None else [value]  # type: ignore[list-item]
