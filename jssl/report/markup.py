"""Markup that cannot be forgotten to escape: text is escaped unless it was built by `element`."""

from html import escape


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


VOID = {"img", "meta", "br"}


def element(name: str, /, *children: str, **attributes: object) -> Markup:
    """An HTML or SVG element. Children that are not `Markup`, and all attribute values, are escaped.

    Attributes are written with "-" for "_", a trailing "_" is dropped (`class_`), and None leaves one out.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{join(*children)}</{name}>")


def join(*parts: str) -> Markup:
    """Parts one after the other, escaped where they are not `Markup`."""
    return Markup("".join(part if isinstance(part, Markup) else escape(part) for part in parts))
