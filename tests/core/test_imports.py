import subprocess
import sys
import textwrap

import pytest


@pytest.fixture
def run(tmp_path):
    """Run code in a process of its own that finds the module `slow`, which prints."""
    (tmp_path / "slow.py").write_text(
        "print('loaded')\nLIMIT = 3\n\ndef twice(x):\n    return 2 * x\n"
    )

    def in_process(code):
        code = "from sentemo.core import imports\n" + textwrap.dedent(code)
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        assert done.stderr == ""
        return done.stdout.split()

    return in_process


def test_a_postponed_module_is_loaded_when_its_function_is_called(run):
    assert run("""
        imports.POSTPONED["slow"] = {"twice"}
        from slow import twice
        print("imported")
        print(twice(2), twice(3))
        import slow
        print(slow.LIMIT, slow.__spec__.loader is slow.__loader__, hasattr(slow, "missing"))
    """) == ["imported", "loaded", "4", "6", "3", "True", "False"]


def test_a_postponed_module_is_loaded_at_once_for_anything_else(run):
    assert run("""
        imports.POSTPONED["slow"] = {"twice"}
        from slow import LIMIT
        print(LIMIT)
        import slow
        print(slow.twice(2), hasattr(slow, "missing"))
    """) == ["loaded", "3", "4", "False"]


def test_a_quiet_module_prints_nothing(run):
    assert run("""
        imports.QUIET.add("slow")
        import slow
        print(slow.twice(2))
    """) == ["4"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_action_follows_the_import(run, when):
    ask = "imports.after_import('slow', lambda: print('then'))"
    lines = [ask, "import slow"] if when == "before" else ["import slow", ask]
    assert run("\n".join([*lines, "print('end')"])) == ["loaded", "then", "end"]


def test_type_checks_are_left_out_only_where_that_is_said(run):
    assert run("""
        import typeguard
        before = typeguard.typechecked
        imports.UNCHECKED.add("slow")
        import slow
        print(typeguard.typechecked is before)
    """) == ["loaded", "True"]


def test_the_modules_named_exist_and_hold_the_functions():
    code = """
        import importlib
        import sys
        import espnet2.tasks.abs_task, espnet2.train.collate_fn
        from sentemo.core import imports
        for name, functions in imports.POSTPONED.items():
            module = sys.modules[name]  # somebody asked for it, and it is not loaded
            assert "__getattr__" in vars(module), name
        for name, functions in imports.POSTPONED.items():
            module = importlib.import_module(name)
            getattr(module, "anything_else", None)
            assert functions <= set(vars(module)), name
        for name in imports.UNCHECKED | imports.QUIET:
            importlib.import_module(name)
    """
    subprocess.run([sys.executable, "-c", "import sentemo\n" + textwrap.dedent(code)], check=True)
