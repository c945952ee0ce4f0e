"""The course's settings of nbgrader; `npm run teach` passes it by --config."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor  # noqa: E402
from nbgrader.preprocessors import (  # noqa: E402
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    DeduplicateIds,
    IgnorePattern,
    LimitOutput,
    OverwriteKernelspec,
    SaveAutoGrades,
)
from typescript_grading import FeedbackGrades, PatientExecute, TypeScriptCells  # noqa: E402

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "selfsup"
c.ClearSolutions.code_stub = {"typescript": "return notAttempted();"}
c.Autograde.sanitize_preprocessors = [
    ClearOutput,
    DeduplicateIds,
    OverwriteKernelspec,
    TypeScriptCells,
    CheckCellMetadata,
]
c.Autograde.autograde_preprocessors = [
    PatientExecute,
    IgnorePattern,
    LimitOutput,
    SaveAutoGrades,
    AssignLatePenalties,
    CheckCellMetadata,
]
c.GenerateFeedback.preprocessors = [FeedbackGrades, CSSHTMLHeaderPreprocessor]
c.OverwriteCells.add_missing_cells = True
# Each cell; one that never ends is interrupted and counts as failed.
c.Execute.timeout = int(os.environ.get("SELFSUP_TEACH_TIMEOUT", "120"))
# What was printed is waited for as long: a million lines arrive after the cell's reply, and the next cells' results after them.
c.Execute.iopub_timeout = c.Execute.timeout
c.Execute.startup_timeout = 300
c.Execute.raise_on_iopub_timeout = False
c.LimitOutput.max_lines = 200
c.LimitOutput.max_traceback = 30
# What learners hand in: NAME_3-moco.ipynb, as an upload or a learning platform names it.
# The whole name must fit: with part of it, the work of "Möller" and of "Müller" would both be that of "ller".
c.FileNameCollectorPlugin.named_regexp = (
    r".*[/\\](?:[^/\\]*_)?(?P<student_id>[A-Za-z0-9.-]+)_(?P<file_id>\d-[a-z0-9-]+)(?: ?\(\d+\))?\.ipynb$"
)
