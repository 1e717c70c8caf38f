/**
 * Partitions by month have plans alike: only the first is shown, and how many there are.
 */
export function collapsed(plan: string): string {
  return blocks(plan.split('\n').map(withoutMonth)).join('\n');
}

function withoutMonth(line: string): string {
  return line
    .replace(/\b(order_events|audit_log)_\d{4}_\d\d(\w*)/g, '$1_YYYY_MM$2')
    .replace(/\b([a-z_]+)_\d+(?=[.\s)]|$)/g, '$1');
}

const indentOf = (line: string) => line.search(/\S/);

/** Of blocks that follow one another and are equal, the first. */
function blocks(lines: string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < lines.length;) {
    const end = endOfBlock(lines, at);
    const block = lines.slice(at, end);
    let times = 1;
    let next = end;
    while (next < lines.length) {
      const following = lines.slice(next, endOfBlock(lines, next));
      if (following.join('\n') !== block.join('\n')) break;
      times += 1;
      next += following.length;
    }
    const [first = '', ...rest] = block;
    kept.push(times > 1 ? `${first}  (${times} partitions alike)` : first, ...blocks(rest));
    at = next;
  }
  return kept;
}

/** A line and all that is further in. */
function endOfBlock(lines: string[], at: number): number {
  const indent = indentOf(lines[at] ?? '');
  let end = at + 1;
  while (end < lines.length && indentOf(lines[end] ?? '') > indent) end += 1;
  return end;
}
