import { configurationCommand, endedEarly, parseMessage } from './configuration-process';
import { type CommandEnd, type DaskCluster, runOnCluster } from './dask-cluster';
import type { Engine, EngineEvents } from './engine';
import type { Task } from './grid';

/** Hands configurations to a Dask cluster, one command each. */
export class DaskEngine implements Engine {
  width = 1;

  /** @param studies Folder of studies. */
  constructor(
    private readonly cluster: DaskCluster,
    private readonly studies: string,
  ) {}

  async run(tasks: readonly Task[], events: EngineEvents, signal: AbortSignal): Promise<void> {
    const commands = tasks.map((task) => configurationCommand(this.studies, task));
    const onConnected = (workers: number, threads: number) => {
      this.width = Math.max(1, threads);
      events.onNotice(
        `Dask cluster at ${this.cluster.address}: ${workers} workers, ${threads} configurations at once.`,
      );
    };
    const clusterEvents = {
      onConnected,
      onEnd: async (command: number, { status, output, errors }: CommandEnd) => {
        const outcome = output
          .split('\n')
          .map(parseMessage)
          .flatMap((message) =>
            message !== null && 'outcome' in message ? [message.outcome] : [],
          )[0];
        await events.onEnd(tasks[command] as Task, outcome ?? endedEarly(status, errors));
      },
    };
    await runOnCluster(commands, this.cluster, clusterEvents, signal);
  }
}
