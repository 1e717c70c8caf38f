import type { DumpedObject } from '../dump.ts';

/** What two dumps do not share, object by object; empty when they are equal. */
export function describeDifference(
  [leftName, left]: readonly [string, readonly DumpedObject[]],
  [rightName, right]: readonly [string, readonly DumpedObject[]],
): string {
  const leftTexts = byKey(left);
  const rightTexts = byKey(right);
  const keys = new Set([...leftTexts.keys(), ...rightTexts.keys()]);
  const parts: string[] = [];
  for (const key of keys) {
    const [a, b] = [leftTexts.get(key), rightTexts.get(key)];
    if (a === b) continue;
    if (b === undefined) parts.push(`Only in ${leftName}: ${key}\n${indent(a ?? '', '- ')}`);
    else if (a === undefined) parts.push(`Only in ${rightName}: ${key}\n${indent(b, '+ ')}`);
    else parts.push(`Differs (- ${leftName}, + ${rightName}): ${key}\n${lineDifference(a, b)}`);
  }
  return parts.join('\n\n');
}

function byKey(dump: readonly DumpedObject[]): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { kind, name, text } of dump) {
    const key = `${kind} ${name}`;
    const before = texts.get(key); // overloaded names can share a key
    texts.set(key, before === undefined ? text : `${before}\n${text}`);
  }
  return texts;
}

/** The lines between what both begin and both end with, and two lines around them. */
export function lineDifference(left: string, right: string): string {
  const a = left.split('\n');
  const b = right.split('\n');
  let head = 0;
  while (head < Math.min(a.length, b.length) && a[head] === b[head]) head += 1;
  let tail = 0;
  const most = Math.min(a.length, b.length) - head;
  while (tail < most && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  const before = a.slice(Math.max(0, head - 2), head);
  const after = a.slice(a.length - tail, a.length - tail + 2);
  return [
    ...before.map((line) => `  ${line}`),
    ...a.slice(head, a.length - tail).map((line) => `- ${line}`),
    ...b.slice(head, b.length - tail).map((line) => `+ ${line}`),
    ...after.map((line) => `  ${line}`),
  ].join('\n');
}

function indent(text: string, mark: string): string {
  return text
    .split('\n')
    .map((line) => mark + line)
    .join('\n');
}
