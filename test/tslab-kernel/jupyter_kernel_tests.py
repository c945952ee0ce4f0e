"""Jupyter's own tests of a kernel, with TypeScript for the samples. None of the twelve is skipped."""

import unittest

import jupyter_kernel_test


class TypeScriptKernelTests(jupyter_kernel_test.KernelTests):
    kernel_name = "tslab"
    language_name = "typescript"
    file_extension = ".ts"

    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('trouble')"
    completion_samples = [
        {"text": "Math.flo", "matches": {"floor"}},
        {"text": "consol", "matches": {"console"}},
    ]
    complete_code_samples = ["1", "const a = 1;", "function f() {\n  return 1;\n}", "`a`"]
    incomplete_code_samples = ["function f() {", "const a = [", "`a", "f(1,", "/* a"]
    invalid_code_samples = ["const 1 = 2;", "a b c", "'a", "]"]
    code_page_something = "Math.floor?"
    code_generate_error = "throw new RangeError('too large')"
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "[1, 2].map((x) => 2 * x)", "result": "[ 2, 4 ]"},
        {"code": "'text'", "result": "text"},
    ]
    code_display_data = [
        {"code": "import { display } from 'tslab'; display.html('<b>a</b>')", "mime": "text/html"},
        {"code": "display.png(Buffer.from('a'))", "mime": "image/png"},
    ]
    supported_history_operations = ("tail", "range", "search")
    code_history_pattern = "6 ?*7*"
    code_inspect_sample = "Math.floor"
    code_clear_output = "import { clearOutput } from 'tslab-kernel'; clearOutput()"


# The base class would run as a test case of its own.
del jupyter_kernel_test.KernelTests, jupyter_kernel_test.IopubWelcomeTests

if __name__ == "__main__":
    unittest.main(verbosity=2)
