"""What `serai plugin new` writes: a whole plug-in with its tests, under the names its author chose. Nothing to import.

The files are those of a plug-in called ``acme-loyalty``, and end with ``.txt`` so that no tool takes them for code of
this distribution; writing them out puts other names in the place of its own.
"""

from .names import BadName as BadName
from .names import Names as Names
from .names import names_of as names_of
from .rendering import KINDS as KINDS
from .rendering import render as render
