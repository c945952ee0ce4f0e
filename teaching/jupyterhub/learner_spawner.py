"""How the hub starts a learner's server where there is no systemd."""

import os

from jupyterhub.spawner import LocalProcessSpawner, SimpleLocalProcessSpawner
from traitlets import Bool, Integer

from cgroup_limits import ControlGroup


class LearnerSpawner(LocalProcessSpawner):
    """A process of the learner's own system user, in a control group with limits of memory, processor and processes."""

    limited = Bool(True, config=True, help="Whether mem_limit, cpu_limit and process_limit are enforced.")
    process_limit = Integer(512, config=True, help="Processes and threads of a learner.")

    def _group(self):
        return ControlGroup(
            self.user.escaped_name,
            memory=int(self.mem_limit) if self.mem_limit else None,
            processes=self.process_limit,
            processors=self.cpu_limit,
        )

    def make_preexec_fn(self, name):
        become_learner = super().make_preexec_fn(name)
        if not self.limited:
            return become_learner
        group = self._group()
        group.make()

        def limited_learner():
            # While it is still root.
            group.join()
            become_learner()

        return limited_learner

    async def stop(self, now=False):
        await super().stop(now=now)
        # A kernel that did not end with its server.
        if self.limited:
            self._group().remove()


class TryingSpawner(SimpleLocalProcessSpawner):
    """For trying the hub out: every server runs as the user who runs the hub, so learners are not protected from each other."""

    def make_preexec_fn(self, name):
        home = self.home_dir

        def preexec():
            os.makedirs(home, 0o700, exist_ok=True)
            os.chdir(home)

        return preexec
