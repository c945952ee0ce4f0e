"""Tells a learner why a kernel ended, and in which cell. JupyterLab says only that it "appears to have died"."""

import json
import sys
from pathlib import Path

import psutil
from jupyter_client.jsonutil import json_default
from jupyter_server.services.kernels.connection.base import serialize_msg_to_ws_v1
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from tornado.ioloop import PeriodicCallback

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "course"))

from kernel_end import MemoryMeter, kills_for_memory, reason_of_end  # noqa: E402

LOOK_EVERY = 500  # milliseconds
# Node ends itself by these where its heap is full, TensorFlow where it is refused memory.
ABORTS = ("SIGABRT", "SIGTRAP", "SIGILL")
# A kernel that held as much when it aborted most likely asked for more.
MUCH = 1_000_000_000


class DeathTellingConnection(ZMQChannelsWebsocketConnection):
    """A page's connection to a kernel that, when the kernel dies, writes an error below the cell that ran."""

    running = None
    memory = None
    kills = 0
    looks = None

    def connect(self):
        self.kills = kills_for_memory()
        self.looks = PeriodicCallback(self.look, LOOK_EVERY)
        self.looks.start()
        return super().connect()

    def disconnect(self):
        if self.looks is not None:
            self.looks.stop()
        return super().disconnect()

    def look(self):
        """The kernel's memory, while a cell runs."""
        pid = getattr(self.kernel_manager.provisioner, "pid", None)
        if self.running is None or pid is None:
            return
        try:
            if self.memory is None or self.memory.root.pid != pid:
                self.memory = MemoryMeter(pid)
        except psutil.Error:
            return
        self.memory.look()

    def handle_outgoing_message(self, stream, outgoing_msg):
        super().handle_outgoing_message(stream, outgoing_msg)
        _, parts = self.session.feed_identities(outgoing_msg)
        header, parent = (self.session.unpack(part) for part in parts[1:3])
        if header.get("msg_type") == "status" and parent.get("msg_type") == "execute_request":
            state = self.session.unpack(parts[4]).get("execution_state")
            self.running = parent if state == "busy" else None

    def on_kernel_restarted(self):
        if self.running is not None:
            self.tell_death(self.running)
            self.running = None
        super().on_kernel_restarted()

    def tell_death(self, parent):
        process = getattr(self.kernel_manager.provisioner, "process", None)
        code = None if process is None else process.poll()
        kind, told = reason_of_end(code, self.kills)
        self.kills = kills_for_memory()
        held = self.memory.peak if self.memory is not None else 0
        aborted = any(name in told for name in ABORTS)
        if kind == "memory" or (aborted and held >= MUCH):
            name = "OutOfMemory"
            sentence = (
                f"Out of memory in this cell: {told}; it held {held / 1e6:,.0f} MB. What the cells before it had made is "
                "gone. Make less at once (tf.tidy, smaller batches, the quick profile), and run the notebook from its start."
            )
        else:
            name = "KernelDied"
            sentence = (
                f"The kernel ended while this cell ran: {told}; it held {held / 1e6:,.0f} MB. What the cells before it had "
                "made is gone: run the notebook from its start."
            )
        self.send_error(parent, name, sentence)

    def send_error(self, parent, name, sentence):
        """As `_send_status_message` of the class above, but for an error, below the cell of `parent`."""
        content = {"ename": name, "evalue": sentence, "traceback": [sentence]}
        msg = self.session.msg("error", content, parent={"header": parent})
        if self.subprotocol == "v1.kernel.websocket.jupyter.org":
            self.write_message(serialize_msg_to_ws_v1(msg, "iopub", self.session.pack), binary=True)
        else:
            msg["channel"] = "iopub"
            self.write_message(json.dumps(msg, default=json_default))
