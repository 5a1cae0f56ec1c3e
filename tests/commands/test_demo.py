"""The demo, as `make demo` runs it."""

import re

from support.desk import command, ended


def test_the_demo_tells_its_story_to_the_end() -> None:
    ran = ended(command("demo", "--once"))
    assert (ran.code, ran.err) == (0, "")
    heads = [line for line in ran.out.splitlines() if line.startswith("calbridge ")]
    assert [head.split(":")[0] for head in heads] == ["calbridge plan"] + ["calbridge sync"] * 4
    *_, last = ran.out.split("calbridge sync: nothing to do\n")
    assert last.startswith("alice: nothing to do\nbob: nothing to do\n")
    assert len(set(re.findall(r"http://127\.0\.0\.1:\d+/conf/call/\d+", ran.out))) >= 10
