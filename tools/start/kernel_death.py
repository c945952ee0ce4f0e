"""Tells a learner why a kernel ended, and in which cell. JupyterLab says only that it "appears to have died"."""

import json
import signal
import sys
from pathlib import Path

import psutil
from jupyter_client.jsonutil import json_default
from jupyter_server.services.kernels.connection.base import serialize_msg_to_ws_v1
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "course"))

from kernel_end import MemoryMeter, kills_for_memory, reason_of_end  # noqa: E402

# Node ends itself by these where its heap is full, TensorFlow where it is refused memory.
ABORTS = (-signal.SIGABRT, -signal.SIGTRAP, -signal.SIGILL)
# A kernel that held as much when it aborted most likely asked for more.
MUCH = 1_000_000_000


class DeathTellingConnection(ZMQChannelsWebsocketConnection):
    """A page's connection to a kernel that, when the kernel dies, writes an error below the cell that ran."""

    # The request of the cell that runs, and how much memory the kernel holds meanwhile.
    running = None
    memory = None
    kills = 0

    def disconnect(self):
        self.ended()
        return super().disconnect()

    def handle_outgoing_message(self, stream, outgoing_msg):
        super().handle_outgoing_message(stream, outgoing_msg)
        _, parts = self.session.feed_identities(outgoing_msg)
        if self.session.unpack(parts[1]).get("msg_type") != "status":
            return
        parent = self.session.unpack(parts[2])
        if parent.get("msg_type") == "execute_request":
            busy = self.session.unpack(parts[4]).get("execution_state") == "busy"
            self.began(parent) if busy else self.ended()

    def began(self, parent):
        self.ended()
        self.running = parent
        self.kills = kills_for_memory()
        try:
            self.memory = MemoryMeter(self.kernel_manager.provisioner.pid)
            self.memory.start()
        except (AttributeError, psutil.Error):
            self.memory = None

    def ended(self):
        self.running = None
        if self.memory is not None:
            self.memory.ended.set()

    def on_kernel_restarted(self):
        if self.running is not None:
            self.tell_death(self.running)
            self.ended()
        super().on_kernel_restarted()

    def tell_death(self, parent):
        process = getattr(self.kernel_manager.provisioner, "process", None)
        code = None if process is None else process.poll()
        kind, told = reason_of_end(code, self.kills)
        held = self.memory.peak if self.memory is not None else 0
        # 0: it ended before it was looked at.
        holding = f"{told}; it held {held / 1e6:,.0f} MB" if held > 0 else told
        if kind == "memory" or (code in ABORTS and held >= MUCH):
            name = "OutOfMemory"
            sentence = (
                f"Out of memory in this cell: {holding}. What the cells before it had made is "
                "gone. Make less at once (tf.tidy, smaller batches, the quick profile), and run the notebook from its start."
            )
        else:
            name = "KernelDied"
            sentence = (
                f"The kernel ended while this cell ran: {holding}. What the cells before it had "
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
