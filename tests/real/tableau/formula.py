"""Tableau's formulas, as far as filters need them: parsed by pytableau, evaluated here for one row and one user.

NULL is `None`, in three-valued logic as Tableau has it. What is not known here is an error,
never a guess.
"""

from __future__ import annotations

import urllib.parse
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class User:
    """Who looks: the name Tableau signed in, and the groups the name is in."""

    name: str
    groups: frozenset[str]


def parsed(formula: str) -> Any:
    """The tree of a formula; an error when pytableau does not read it."""
    from pytableau.calculations.parser import parse

    return parse(formula)


def value(node: Any, row: dict[str, Any], user: User) -> Any:
    """What a formula yields."""
    kind = type(node).__name__
    if kind == "FieldRef":
        if node.datasource is not None:
            raise ValueError(f"a field of another data source: {node}")
        return row[node.name]
    if kind in ("StringLiteral", "BoolLiteral"):
        return node.value
    if kind == "UnaryOp" and node.op == "NOT":
        inner = value(node.operand, row, user)
        return None if inner is None else not inner
    if kind == "BinOp":
        return binary(node.op, value(node.left, row, user), value(node.right, row, user))
    if kind == "IfExpr" and not node.elseif_clauses:
        chosen = node.then_expr if value(node.condition, row, user) is True else node.else_expr
        return None if chosen is None else value(chosen, row, user)
    if kind == "FuncCall":
        return call(node.name.upper(), [value(a, row, user) for a in node.args], user)
    raise ValueError(f"no such thing is evaluated here: {node}")


def binary(op: str, left: Any, right: Any) -> Any:
    """An operator of two operands."""
    if op == "AND":
        return False if left is False or right is False else (None if left is None or right is None else True)
    if op == "OR":
        return True if left is True or right is True else (None if left is None or right is None else False)
    if op == "=":
        return None if left is None or right is None else left == right
    raise ValueError(f"no operator {op} is evaluated here")


def call(name: str, arguments: list[Any], user: User) -> Any:
    """A function."""
    match (name, arguments):
        case ("ISNULL", [inner]):
            return inner is None
        case ("LOWER", [str(text)]):
            return text.lower()
        case ("USERNAME", []):
            return user.name
        case ("ISMEMBEROF", [str(group)]):
            # Names are written as in a URL: https://help.tableau.com/current/pro/desktop/en-us/functions_functions_user.htm
            return urllib.parse.unquote(group) in user.groups
    raise ValueError(f"no function {name} of {len(arguments)} is evaluated here")
