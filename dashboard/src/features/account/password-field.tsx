interface PasswordFieldProps {
  name: string;
  label: string;
  autoComplete: 'new-password' | 'current-password';
  autoFocus?: boolean;
}

const shortest = 12;

export function PasswordField({ name, label, autoComplete, autoFocus }: PasswordFieldProps) {
  const isNew = autoComplete === 'new-password';
  return (
    <label className="field">
      {label}
      <input
        name={name}
        type="password"
        autoComplete={autoComplete}
        required
        minLength={isNew ? shortest : undefined}
        maxLength={1024}
        autoFocus={autoFocus}
        data-testid={name}
      />
      {isNew && (
        <span className="muted small hint">
          At least {shortest} characters. A few words that belong to nobody else do well.
        </span>
      )}
    </label>
  );
}
