import { useEffect, useRef } from 'react';
import type { ChangeEvent } from 'react';

interface SheetProps {
  name: string;
  title: string;
  hint: string;
  initial: string;
  /** The line that was refused: it is selected, to be corrected here. */
  badLine: number | null;
}

/** A table as text: from a file, copied from a spreadsheet, or typed. */
export function Sheet({ name, title, hint, initial, badLine }: SheetProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (badLine !== null && area.current) selectLine(area.current, badLine);
  }, [badLine]);

  async function take(event: ChangeEvent<HTMLInputElement>): Promise<void> {
    const input = event.currentTarget;
    const text = await input.files?.[0]?.text();
    if (text !== undefined && area.current) area.current.value = text;
    // The same file, corrected, can be taken again.
    input.value = '';
  }

  return (
    <div className="sheet">
      <label className="field">
        {title}
        <textarea
          ref={area}
          name={name}
          rows={8}
          required
          spellCheck={false}
          wrap="off"
          defaultValue={initial}
          aria-invalid={badLine !== null}
          data-testid={`sheet-${name}`}
        />
        <span className="hint muted small">{hint}</span>
      </label>
      <label className="button small sheet-file">
        From a CSV file…
        <input
          type="file"
          accept=".csv,.tsv,.txt,text/csv"
          className="visually-hidden"
          onChange={(event) => void take(event)}
          data-testid={`file-${name}`}
        />
      </label>
    </div>
  );
}

function selectLine(area: HTMLTextAreaElement, line: number): void {
  const lines = area.value.split('\n');
  const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  area.focus();
  area.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
  area.scrollTop = (area.scrollHeight / lines.length) * Math.max(0, line - 3);
}
