"""The part of a program that some names need: its statements, as they are written, in their order."""

import ast
import symtable

BINDS_AT_ONCE = (ast.Assign, ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)


class _Generators(ast.NodeTransformer):
    """Comprehensions as generators, whose variables are their own in every Python: from 3.12 on,
    those of a list, set or dict are counted among the names of what is around it."""

    def visit_ListComp(self, node):
        return self.generic_visit(ast.GeneratorExp(node.elt, node.generators))

    visit_SetComp = visit_ListComp

    def visit_DictComp(self, node):
        both = ast.Tuple([node.key, node.value], ast.Load())
        return self.generic_visit(ast.GeneratorExp(both, node.generators))


def _names(source):
    """Python's own table of the names in a piece."""
    return symtable.symtable(ast.unparse(_Generators().visit(ast.parse(source))), "piece", "exec")


def used(source):
    """The names that a piece of Python needs from outside: not what its functions call their own."""
    found, tables = set(), [_names(source)]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        top = table.get_type() == "module"
        found |= {s.get_name() for s in table.get_symbols() if s.is_referenced() and (top or s.is_global())}
    return found


def bound(source):
    """The names that a piece of Python gives a meaning to."""
    symbols = _names(source).get_symbols()
    return {s.get_name() for s in symbols if s.is_assigned() or s.is_imported() or s.is_namespace()}


def changed(statement):
    """The names whose contents a statement changes: ``x[0] = 1``, ``x.y = 1``, ``x.add(1)``, ``x += 1``."""
    targets = [
        node
        for node in ast.walk(statement)
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store)
    ]
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        targets.append(statement.value.func)
    found = set()
    for target in targets:
        inner = target
        while isinstance(inner, ast.Attribute | ast.Subscript):
            inner = inner.value
        if isinstance(inner, ast.Name) and inner is not target:
            found.add(inner.id)
    return found


def text_of(source, statement):
    """The lines of a statement, decorators included."""
    first = min([statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", []))])
    return "\n".join(source.splitlines()[first - 1 : statement.end_lineno])


def only(statement, wanted):
    """An import of the wanted names alone, as text; None for any other statement."""
    if not isinstance(statement, ast.Import | ast.ImportFrom):
        return None
    kept = [alias for alias in statement.names if (alias.asname or alias.name).split(".")[0] in wanted]
    return ast.unparse(type(statement)(**{**vars(statement), "names": kept}))


def needed(sources, wanted):
    """What some names need of a program in pieces: a list of texts, one a piece, empty where nothing is.

    ``sources`` are the pieces in order, ``wanted`` is a set of names. A name that no piece binds is left out:
    it is Python's own, or missing.
    """
    statements = [(k, source, node) for k, source in enumerate(sources) for node in ast.parse(source).body]
    modules = {
        name for _, _, node in statements if isinstance(node, ast.Import) for name in bound(ast.unparse(node))
    }
    wanted, kept = set(wanted), []
    for place in reversed(range(len(statements))):
        _, source, node = statements[place]
        alone = ast.unparse(node)
        if not (bound(alone) | changed(node) - modules) & wanted:
            continue
        kept.append((place, only(node, wanted) or text_of(source, node)))
        if isinstance(node, BINDS_AT_ONCE):
            wanted -= bound(alone)
        wanted |= used(alone)
    pieces = [[] for _ in sources]
    for place, text in reversed(kept):
        pieces[statements[place][0]].append((statements[place][2], text))
    return [join(piece) for piece in pieces]


def join(piece):
    """Statements under each other, with two empty lines around each function and class."""
    text = ""
    for number, (node, lines) in enumerate(piece):
        if number:
            blocks = (ast.FunctionDef, ast.ClassDef)
            apart = isinstance(node, blocks) or isinstance(piece[number - 1][0], blocks)
            text += "\n\n\n" if apart else "\n"
        text += lines
    return text
