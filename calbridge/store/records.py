"""Records to rows and back: a record's fields are its table's columns, in the same order."""

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Table, and_
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.sql import ColumnElement

from calbridge.store.database import AnyRow

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

R = TypeVar("R")


def row(record: "DataclassInstance") -> dict[str, Any]:  # Any: each field has its own type
    """The record as a table's columns."""
    return {field.name: getattr(record, field.name) for field in fields(record)}


def record(kind: Callable[..., R], stored: AnyRow) -> R:
    """The record that a row of its whole table holds."""
    return kind(*stored)


@cache
def upsert(table: Table) -> Insert:
    """Insert a row, or replace what the row with the same primary key says."""
    statement = insert(table)
    said = {column.name: statement.excluded[column.name] for column in table.c if not column.primary_key}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=said)


def same(table: Table, **key: int | str) -> ColumnElement[bool]:
    """The rows whose columns have these values."""
    return and_(*(table.c[name] == value for name, value in key.items()))
