"""Every write is an action: atomic, by keyword, by somebody, at a time, allowed and noted."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "kapstone"
FILES = sorted(
    path
    for pattern in ("actions.py", "actions/*.py")
    for path in SOURCE.rglob(pattern)
    if path.parent.name != "audit"
)
AUDIT = "kapstone.core.audit.actions"
# Why an action may go without one of the four.
EXCUSED = {
    ("scheduling.request_appointment", "by"): "a stranger asks; nobody is signed in",
    ("scheduling.request_appointment", "require"): "anyone may ask to be seen",
    ("scheduling.answer_request", "require"): "no patient yet: the matrix is asked by role",
    ("joining.confirm_birth", "by"): "a stranger asks; what they bring is the proof",
    ("joining.confirm_birth", "require"): "a link or a code, and a birth date, are the proof",
    ("joining.confirm_birth", "note"): "nothing is changed; a wrong date is a row of its own",
    ("joining.take_up", "by"): "a stranger asks; the user it makes is the one it is noted by",
    ("joining.take_up", "require"): "a link or a code, and a birth date, are the proof",
    ("access.register_patient", "require"): "no patient yet: the role decides",
    ("access.put_notice_away", "require"): "only the one it was sent to, which it checks",
    ("measures.keep_draft", "note"): "one tick of an unsent sheet; the sent sheet is noted",
}
FORBIDDEN_WRITES = {"delete", "bulk_update", "update_or_create", "raw"}


def actions():
    for path in FILES:
        module = ast.parse(path.read_text())
        functions = {
            node.name: node for node in module.body if isinstance(node, ast.FunctionDef)
        }
        functions |= dict.fromkeys(actions_imported(module))
        for name, node in functions.items():
            if node is not None and not name.startswith("_"):
                app = path.relative_to(SOURCE).parts[1]
                yield pytest.param(f"{app}.{name}", node, functions, id=f"{app}.{name}")


def actions_imported(module):
    """Give the names of actions of other apps, which ask and note by themselves."""
    for node in module.body:
        if isinstance(node, ast.ImportFrom) and ".actions" in (node.module or ""):
            yield from (name.name for name in node.names if node.module != AUDIT)


def called(node, functions, seen=frozenset()):
    """Return the names a function calls, through the private functions of its own module."""
    names = {
        call.func.id if isinstance(call.func, ast.Name) else call.func.attr
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name | ast.Attribute)
    }
    for name in (names & functions.keys()) - seen - {node.name}:
        if functions[name] is None:
            names |= {"require", "note"}
        else:
            names |= called(functions[name], functions, seen | {node.name})
    return names


@pytest.mark.parametrize(("name", "action", "functions"), actions())
def test_an_action_is_all_or_nothing(name, action, functions):
    assert any("atomic" in ast.unparse(mark) for mark in action.decorator_list)


@pytest.mark.parametrize(("name", "action", "functions"), actions())
def test_an_action_says_by_whom_and_when(name, action, functions):
    assert not action.args.args, "an action takes keywords only"
    taken = {argument.arg for argument in action.args.kwonlyargs}
    wanted = {word for word in ("by", "at") if (name, word) not in EXCUSED}
    assert wanted <= taken


@pytest.mark.parametrize(("name", "action", "functions"), actions())
@pytest.mark.parametrize("step", ["require", "note"])
def test_an_action_asks_the_policy_and_leaves_a_trace(name, action, functions, step):
    steps = {"require", "require_here"} if step == "require" else {step}
    assert steps & called(action, functions) or (name, step) in EXCUSED


@pytest.mark.parametrize(("name", "action", "functions"), actions())
def test_an_action_deletes_nothing_and_overwrites_nothing(name, action, functions):
    assert not called(action, functions) & FORBIDDEN_WRITES


def test_no_excuse_outlives_its_reason():
    known = {parameter.values[0] for parameter in actions()}
    assert {name for name, _ in EXCUSED} <= known
