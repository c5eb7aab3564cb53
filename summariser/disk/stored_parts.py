"""Records in folders and at addresses, a part at a time: of an address a page, borrowed for as long as it is used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from summariser.disk.shared import Borrowed, ObjectFolder, borrow, is_address
from summariser.disk.stored import PAGE_END, load_manifest
from summariser.errors import InputError, StoreError


class StoredPart(NamedTuple):
    """Files and folders of this machine, and how a file of them is called where it is at home."""

    paths: tuple[Path, ...]
    name: Callable[[Path], str]


def take_parts(places: Iterable[Path | str], *, giving_back: bool = False) -> Iterator[StoredPart]:
    """The records at some places; what changed in a part is given back before the next, if `giving_back`.

    Shape: paths of this machine are one part. A page at an address is one, with the pages that it shares an article
    with beside it; pages without a record are passed over.
    Errors: InputError for an address where no run has left a page; StoreError if the store refuses.
    """
    given = list(places)
    local = tuple(Path(place) for place in given if not is_address(place))
    if local:
        yield StoredPart(local, Path.as_posix)
    for address in (str(place) for place in given if is_address(place)):
        folder = ObjectFolder(address)
        manifests = folder.list_pages(PAGE_END)
        if not manifests:
            next_step = "Name the address that a run had as --out"
            raise InputError("no run has left records here", path=address, next_step=next_step)
        for page_id in (name.removesuffix(PAGE_END) for name in manifests):
            with borrow(folder) as borrowed:
                own = _take(borrowed, page_id)
                if own.is_dir():
                    yield StoredPart((own,), partial(_name_at, folder.address, borrowed.path))
                if giving_back:
                    borrowed.give_back()


def _take(borrowed: Borrowed, page_id: str) -> Path:
    """Borrow a page and those that it shares an article with; where its records are."""
    borrowed.take_page(page_id, PAGE_END)
    try:
        listed = load_manifest(borrowed.path / f"{page_id}{PAGE_END}").articles
    except StoreError:  # whoever reads the records says so
        listed = ()
    ties = [tie for each in listed for tie in (each.continues_in, each.continues_from) if tie]
    for other in sorted({tie.page_id for tie in ties}):
        borrowed.take_page(other, PAGE_END)
    return borrowed.path / page_id


def _name_at(address: str, folder: Path, path: Path) -> str:
    """The address of a borrowed file."""
    return f"{address}/{path.resolve().relative_to(folder).as_posix()}"
