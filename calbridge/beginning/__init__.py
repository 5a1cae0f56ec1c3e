"""`calbridge init`: from nothing to a configuration that works.

- asking.py is how somebody is asked; questions.py what, in order; checks.py holds each answer against the world.
- answers.py is what comes out of it; files.py makes files of that, all or none.
"""

from calbridge.beginning.answers import Answers
from calbridge.beginning.asking import NoMoreAnswers, Terminal, agrees
from calbridge.beginning.files import closed, files_of, in_the_way, make_folder, place
from calbridge.beginning.questions import ask_all

__all__ = [
    "Answers",
    "NoMoreAnswers",
    "Terminal",
    "agrees",
    "ask_all",
    "closed",
    "files_of",
    "in_the_way",
    "make_folder",
    "place",
]
