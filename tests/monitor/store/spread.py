"""What Citus cannot do with a statement on tables that are spread over machines by a column, or not in parallel.

Rules of Citus' own documentation ("SQL support and workarounds", "Subqueries and CTE push-down"): a query is pushed
down when every machine can do its part on its own rows, and what is left is to add up the parts. Stricter than Citus,
which also gathers intermediate results on one machine: here that counts as a fault, as its cost grows with the data.
"""

from collections.abc import Iterable, Iterator

import sqlglot
from sqlglot import exp

KEY = "institution"
MERGEABLE = (exp.Sum, exp.Count, exp.Min, exp.Max, exp.Avg)  # from a part of each machine, to the whole


def faults(statement: str, spread: frozenset[str]) -> list[str]:
    """Why ``statement``, of PostgreSQL, cannot be pushed down; nothing when it can, or has no table of ``spread``."""
    (tree,) = sqlglot.parse(statement, read="postgres")
    assert tree is not None
    tables = {table.name for table in tree.find_all(exp.Table)}
    if not tables & spread:
        return []
    if tables - spread:
        return [f"joins what is spread with what is not: {', '.join(sorted(tables - spread))}"]
    if isinstance(tree, exp.Select):
        return list(_of_select(tree))
    if isinstance(tree, exp.Insert):
        return list(_of_insert(tree))
    if isinstance(tree, exp.Update | exp.Delete):
        return list(_of_change(tree))
    return [f"not known to be pushed down: {type(tree).__name__}"]


def _of_insert(tree: exp.Insert) -> Iterator[str]:
    if tree.find(exp.Select):
        yield "inserts what it selects"
    if KEY not in _names(tree.this):
        yield f"inserts without {KEY}"


def _names(schema: exp.Expression) -> set[str]:
    return {identifier.name for identifier in schema.expressions}


def _of_change(tree: exp.Update | exp.Delete) -> Iterator[str]:
    if tree.find(exp.Select):
        yield "changes by what it selects"
    where = tree.args.get("where")
    given = [one for one in _conjuncts(where) if isinstance(one, exp.EQ) and _is_key(one.this)]
    if not any(not one.expression.find(exp.Column) for one in given):
        yield f"changes rows of more than one {KEY}"


def _of_select(select: exp.Select, *, inner: bool = False) -> Iterator[str]:
    """Faults of a query, and of what it selects from. ``inner``: its result is used on the machine itself."""
    sources = {source.alias_or_name: source for source in _sources(select)}
    for source in sources.values():
        if isinstance(source, exp.Subquery):
            if isinstance(source.this, exp.Select):
                yield from _of_select(source.this, inner=True)
            else:
                yield f"selects from a {type(source.this).__name__.lower()}"
    grouped = select.args.get("group")
    groups_by_key = grouped is not None and any(_is_key(one) for one in grouped.expressions)
    for window in _own(select, exp.Window):
        if not any(_is_key(one) for one in window.args.get("partition_by") or ()):
            yield f"a window over more than one {KEY}"
    for aggregate in _own(select, exp.AggFunc):
        if isinstance(aggregate.parent, exp.Window):
            continue
        if not isinstance(aggregate, MERGEABLE) and not groups_by_key:
            yield f"{aggregate.sql()} cannot be added up"
        if aggregate.find(exp.Distinct) and not groups_by_key:
            yield f"counts what is distinct over more than one {KEY}"
        if inner and not groups_by_key:
            yield f"needs {aggregate.sql()} of all machines first"
    if inner:
        if grouped is not None and not groups_by_key:
            yield f"groups over more than one {KEY} within a query"
        yield from (f"has a {name} within a query" for name in ("limit", "offset", "distinct") if select.args.get(name))
        if not any(_is_key(one.unalias()) and one.alias_or_name == KEY for one in select.expressions):
            yield f"a subquery without {KEY}"
    if select.args.get("locks"):
        yield "locks rows"
    nested = [one for one in _own(select, exp.Select) if one.parent not in sources.values()]
    if nested and not sources:
        yield "is gathered before it is used"
    conditions = [*_conjuncts(select.args.get("where")), *_join_conditions(select)]
    for one in nested:
        inside = {source.alias_or_name: source for source in _sources(one)}
        sources |= inside
        conditions += _conjuncts(one.args.get("where"))
        if _own(one, exp.AggFunc) or any(one.args.get(name) for name in ("group", "limit", "offset")):
            yield "a condition on a sum over other rows"
    if _parts(sources, conditions) > 1:
        yield f"joins over more than one {KEY}"


def _sources(select: exp.Select) -> Iterator[exp.Expression]:
    if source := select.args.get("from_") or select.args.get("from"):
        yield source.this
    yield from (join.this for join in select.args.get("joins") or ())


def _join_conditions(select: exp.Select) -> Iterator[exp.Expression]:
    for join in select.args.get("joins") or ():
        yield from _conjuncts(join.args.get("on"))


def _conjuncts(condition: exp.Expression | None) -> list[exp.Expression]:
    """What must all hold, one by one."""
    if condition is None:
        return []
    if isinstance(condition, exp.Where):
        condition = condition.this
    return [one.unnest() for one in condition.flatten()] if isinstance(condition, exp.And) else [condition.unnest()]


def _own(select: exp.Select, kind: type[exp.Expression]) -> list[exp.Expression]:
    """What of this kind the query itself says, not what it selects from."""
    return [one for one in select.find_all(kind) if one is not select and one.parent_select is select]


def _parts(sources: Iterable[str], conditions: Iterable[exp.Expression]) -> int:
    """Into how many parts the sources fall that are not joined by the key."""
    part = {source: {source} for source in sources}
    for one in conditions:
        if isinstance(one, exp.EQ) and _is_key(one.this) and _is_key(one.expression):
            both = part.get(one.this.table), part.get(one.expression.table)
            if both[0] is not None and both[1] is not None:
                joined = both[0] | both[1]
                part |= dict.fromkeys(joined, joined)
    return len({frozenset(one) for one in part.values()})


def _is_key(expression: exp.Expression) -> bool:
    return isinstance(expression, exp.Column) and expression.name == KEY
