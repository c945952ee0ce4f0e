"""What nbgrader does otherwise for a TypeScript kernel, and for submissions that misbehave."""

from jupyter_client.manager import AsyncKernelManager  # noqa: F401 (the kernel manager that Execute takes)
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import ClearHiddenTests, Execute, GetGrades, OverwriteCells


class TypeScriptCells(OverwriteCells):
    """Puts edited and deleted checks back, the latter with a comment that TypeScript can read, and says whose were edited."""

    def preprocess_cell(self, cell, resources, cell_index):
        handed_in = cell.source
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        if cell.metadata.get("nbgrader", {}).get("locked", False):
            released = NotebookNode(source=cell.source)
            ClearHiddenTests(parent=self)._remove_hidden_test_region(released)
            if handed_in.split() != released.source.split():
                grade_id = cell.metadata.nbgrader["grade_id"]
                self.log.warning("Edited cell %s, put back as it was released", grade_id)
        return cell, resources

    def report_change(self, name, attr, old, new):
        # The hidden part makes every submission's checksum another one than that of the released cell.
        if attr != "checksum":
            super().report_change(name, attr, old, new)

    def missing_cell_transform(self, source_cell, *args, **kwargs):
        cell = super().missing_cell_transform(source_cell, *args, **kwargs)
        if cell.cell_type == "code":
            cell.source = "// This check was deleted; nbgrader put it back.\n" + source_cell.source
        return cell


class PatientExecute(Execute):
    """A submission that ends the kernel or never answers is graded by what ran before: the rest counts as failed."""

    def preprocess(self, nb, resources, km=None):
        try:
            nb, resources = super().preprocess(nb, resources, km=km)
        except (DeadKernelError, CellTimeoutError, RuntimeError) as error:
            self.log.warning("The kernel was lost: %s", error)
            self.fail_unfinished(nb, error)
        for cell in nb.cells:
            self.settle(cell)
        return nb, resources

    @staticmethod
    def fail_unfinished(nb, error):
        for cell in nb.cells:
            graded = cell.metadata.get("nbgrader", {}).get("grade", False)
            finished = any(one.output_type == "execute_result" for one in cell.get("outputs", []))
            if cell.cell_type == "code" and graded and not finished:
                cell.outputs.append(
                    new_output("error", ename="KernelLost", evalue=str(error), traceback=[str(error)])
                )

    @staticmethod
    def settle(cell):
        """nbgrader gives no points where anything was written to standard error, and all where there is no number."""
        if cell.cell_type != "code" or not cell.metadata.get("nbgrader", {}).get("grade", False):
            return
        for output in cell.outputs:
            if output.output_type == "stream":
                output.name = "stdout"
        results = [one for one in cell.outputs if one.output_type in ("execute_result", "error")]
        if not results:
            message = "The cell gave no number of points."
            cell.outputs.append(
                new_output("error", ename="NoPoints", evalue=message, traceback=[message])
            )


class FeedbackGrades(GetGrades):
    """Grades and comments, without the model answer and the grader's call."""

    def preprocess_cell(self, cell, resources, cell_index):
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        # Locked cells are as they were released: what a learner wrote is shown as it is.
        if cell.metadata.get("nbgrader", {}).get("locked", False):
            ClearHiddenTests()._remove_hidden_test_region(cell)
            for output in cell.get("outputs", []):
                self.leave_excerpts_out(output)
        return cell, resources

    @staticmethod
    def leave_excerpts_out(output):
        """A compiler's message shows the lines around it, "15 │ …", and with them the hidden part."""

        def shown(text):
            return "\n".join(line for line in text.split("\n") if "│" not in line)

        for name in ("text", "evalue"):
            if name in output:
                output[name] = shown(output[name])
        if "traceback" in output:
            output.traceback = [shown(part) for part in output.traceback]
