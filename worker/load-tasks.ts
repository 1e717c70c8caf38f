import { readdir, readFile } from 'node:fs/promises';
import type { Task, TaskList } from 'graphile-worker';
import { withoutValues } from '../describe-error.ts';
import type { TaskContext } from './context.ts';

const folder = new URL('../worker-tasks/', import.meta.url);

interface TaskFile {
  task: (context: TaskContext) => Task;
}

/** Every file of worker-tasks/ is a task; its name is the identifier that SQL uses. */
export async function loadTasks(context: TaskContext): Promise<TaskList> {
  const files = (await readdir(folder)).filter((name) => /^[a-z_]+\.ts$/.test(name));
  const entries = files.map(async (name): Promise<[string, Task]> => {
    const module: unknown = await import(new URL(name, folder).href);
    if (!isTaskFile(module)) throw new Error(`worker-tasks/${name} exports no task`);
    return [name.replace(/\.ts$/, ''), speakingNoValues(module.task(context))];
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** What a failed job throws is logged and stored by graphile-worker as it is. */
function speakingNoValues(task: Task): Task {
  return async (payload, helpers) => {
    try {
      return await task(payload, helpers);
    } catch (error) {
      throw withoutValues(error);
    }
  };
}

export function readCrontab(): Promise<string> {
  return readFile(new URL('crontab', folder), 'utf8');
}

function isTaskFile(module: unknown): module is TaskFile {
  return (
    typeof module === 'object' &&
    module !== null &&
    'task' in module &&
    typeof module.task === 'function'
  );
}
