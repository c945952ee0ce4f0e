"""Hands commands to a Dask cluster, one task each: the Python side of dask-cluster.ts.

Reads one line of JSON from standard input, {"address", "clone", "guard", "commands"}, and writes one line of JSON for each
event. Standard input stays open as long as the starter lives: at its end this program ends, and Dask drops its tasks.
"""

import json
import os
import sys
import threading

SECONDS_TO_CONNECT = 20


def run_command(guard, arguments, clone):
    """On a worker: runs Node with these arguments in the worker's clone, and ends it when the task is no longer wanted."""
    import os
    import subprocess
    import tempfile

    from distributed import get_worker

    worker = get_worker()
    key = worker.get_current_task()
    folder = os.environ.get("SELFSUP_CLONE") or clone
    if not os.path.isfile(os.path.join(folder, guard)):
        return {
            "status": "no clone",
            "output": "",
            "errors": f"Worker {worker.address} has no clone of the course in {folder}. Set the course up there with "
            '"npm run setup", or name its folder with --clone or, on the worker, with SELFSUP_CLONE.',
        }

    def wanted():
        state = worker.state.tasks.get(key)
        return state is not None and state.state == "executing"

    # The guard ends Node when this pipe is closed, which a killed worker's pipes are.
    reading, writing = os.pipe()
    with tempfile.TemporaryFile("w+b") as output, tempfile.TemporaryFile("w+b") as errors:
        try:
            process = subprocess.Popen(
                ["node", guard, "node", *arguments], cwd=folder, stdin=reading, stdout=output, stderr=errors
            )
        except FileNotFoundError:
            os.close(writing)
            message = f"Worker {worker.address} finds no program called node on its PATH."
            return {"status": "no Node", "output": "", "errors": message}
        finally:
            os.close(reading)
        try:
            while True:
                try:
                    status = process.wait(timeout=1)
                    break
                except subprocess.TimeoutExpired:
                    if not wanted():
                        return None
        finally:
            os.close(writing)
            process.wait()

        def text(file):
            file.seek(0)
            return file.read().decode("utf-8", "replace")

        return {"status": status, "output": text(output), "errors": text(errors)[-8000:]}


def say(**event):
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def end_with_starter():
    """The other end of standard input is closed when the starter is gone, in whatever way."""
    sys.stdin.read()
    os._exit(1)


def main():
    job = json.loads(sys.stdin.readline())
    threading.Thread(target=end_with_starter, daemon=True).start()
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        say(
            event="unusable",
            message=f"{sys.executable} cannot use Dask ({error}). Make an environment with it, and name its Python "
            "with --python: python3 -m venv /tmp/dask && /tmp/dask/bin/pip install -r studies/requirements-dask.txt",
        )
        return
    try:
        client = Client(job["address"], timeout=SECONDS_TO_CONNECT, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        say(
            event="unusable",
            message=f"There is no Dask scheduler at {job['address']} ({error}). Start one with \"dask scheduler\", "
            "workers with \"dask worker ADDRESS --nthreads 1\", and give the address it prints.",
        )
        return
    workers = client.scheduler_info(n_workers=-1)["workers"]
    say(event="connected", workers=len(workers), threads=sum(one["nthreads"] for one in workers.values()))
    # pure=False: every configuration has a key of its own, also where an earlier run has asked for the same.
    futures = [client.submit(run_command, job["guard"], command, job["clone"], pure=False) for command in job["commands"]]
    numbers = {future.key: number for number, future in enumerate(futures)}
    for future in as_completed(futures, loop=client.loop):
        error = future.exception()
        if error is None:
            found = future.result()
        else:
            found = {"status": type(error).__name__, "output": "", "errors": str(error)}
        say(event="end", task=numbers[future.key], **found)
    client.close()


if __name__ == "__main__":
    main()
