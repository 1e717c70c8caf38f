/**
 * `npm run docs:state-machines [-- --check]`: writes docs/state-machines.md from the workflow tables
 * of a throwaway database, so that the pictures show what the guard really reads. With `--check` it
 * only says whether the file is up to date.
 */
import { readFile, writeFile } from 'node:fs/promises';

import { withClient } from './connection.ts';
import { migrate } from './migrate.ts';
import { withScratchDatabase } from './scratch.ts';
import { withTestServer } from './throwaway-server.ts';
import { renderStateMachines, type Workflow } from './state-machines/render.ts';

const file = new URL('../docs/state-machines.md', import.meta.url);

const readWorkflows = `
  select w.workflow, w.subject, w.description, (
    select json_agg(json_build_object(
      'status', s.status, 'position', s.position, 'initial', s.is_initial, 'terminal', s.is_terminal,
      'guard', s.guard, 'stamps', s.stamps, 'description', coalesce(o.description, p.description),
      'causes', (
        select coalesce(json_agg(t.effect_kind order by t.effect_kind), '[]')
        from app_public.transition_tasks t where t.workflow = s.workflow and t.status = s.status
      )
    ) order by s.position)
    from app_public.workflow_statuses s
    left join app_public.order_statuses o on o.status = s.status and w.subject = 'order'
    left join app_public.shipment_statuses p on p.status = s.status and w.subject = 'shipment'
    where s.workflow = w.workflow
  ) as statuses, (
    select json_agg(json_build_object(
      'from', t.from_status, 'to', t.to_status, 'roles', t.roles, 'requires', t.required_inputs,
      'back', t.goes_back
    ) order by f.position, s.position)
    from app_public.workflow_transitions t
    join app_public.workflow_statuses f on f.workflow = t.workflow and f.status = t.from_status
    join app_public.workflow_statuses s on s.workflow = t.workflow and s.status = t.to_status
    where t.workflow = w.workflow
  ) as moves
  from app_public.workflows w
  order by w.subject, w.workflow`;

async function printStateMachines(adminUrl: string): Promise<string> {
  return withScratchDatabase(adminUrl, 'states', async (url) => {
    await migrate({ adminUrl: url, secret: undefined, includeCurrent: true, log: () => undefined });
    return withClient(url, async (client) => {
      const { rows } = await client.query<Workflow>(readWorkflows);
      return renderStateMachines(rows);
    });
  });
}

const printed = await withTestServer(printStateMachines);
if (process.argv.includes('--check')) {
  const kept = await readFile(file, 'utf8').catch(() => '');
  if (kept !== printed) {
    console.error('docs/state-machines.md is not up to date: run npm run docs:state-machines');
    process.exitCode = 1;
  }
} else {
  await writeFile(file, printed);
}
