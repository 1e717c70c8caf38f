import type { Field } from './carriers.graphql.ts';
import { settingText } from './settings.ts';

interface SettingFieldsProps {
  fields: readonly Field[];
  settings: Readonly<Record<string, unknown>>;
}

export function SettingFields({ fields, settings }: SettingFieldsProps) {
  return fields
    .filter(({ kind }) => kind === 'SETTING')
    .map(({ field, label, hint, isRequired, isList }) => {
      const given = {
        name: field,
        defaultValue: settingText(settings[field]),
        required: isRequired,
        'data-testid': `setting-${field}`,
      };
      return (
        <label className="field" key={field}>
          <span>
            {label} {!isRequired && <span className="hint muted small">optional</span>}
          </span>
          {isList ? <textarea rows={2} {...given} /> : <input maxLength={200} {...given} />}
          <span className="hint muted small">
            {hint} {isList && 'One a line.'}
          </span>
        </label>
      );
    });
}
