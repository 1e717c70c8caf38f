import { useApi } from '../../api/api.ts';
import { setRuleMutation, setStoreRuleMutation } from './rates.graphql.ts';
import type { RatesData, Rule } from './rates.graphql.ts';

const ruleNames: Readonly<Record<Rule, string>> = {
  CHEAPEST: 'The cheapest',
  FASTEST: 'The fastest',
  PRIORITY: 'By the accounts’ priority',
};

interface ChoiceRulesProps {
  data: RatesData;
  mayChange: boolean;
  busy: boolean;
  act: (work: () => Promise<unknown>) => Promise<boolean>;
}

/** Which of the carriers that take a box gets it: for the merchant, and for stores that differ. */
export function ChoiceRules({ data, mayChange, busy, act }: ChoiceRulesProps) {
  const api = useApi();
  const { assignmentRule } = data.merchant;
  // Only here does Waybill choose.
  const stores = data.stores.nodes.filter(({ workflow }) => workflow === 'AUTOMATED');
  return (
    <section className="account-card" aria-labelledby="rules-title" data-testid="choice-rules">
      <h2 id="rules-title">Which carrier is chosen</h2>
      <p className="muted small">Of those that take the box. Orders that have a carrier keep it.</p>
      <div className="rules">
        <RuleField
          label="All stores"
          value={assignmentRule}
          disabled={!mayChange || busy}
          onChange={(rule) => rule && void act(() => api.request(setRuleMutation, { rule }))}
          testId="merchant-rule"
        />
        {stores.map(({ id, name, assignmentRule: own }) => (
          <RuleField
            key={id}
            label={name}
            value={own}
            inherited={assignmentRule}
            disabled={!mayChange || busy}
            onChange={(rule) =>
              void act(() => api.request(setStoreRuleMutation, { storeId: id, rule }))
            }
            testId={`store-rule-${id}`}
          />
        ))}
      </div>
    </section>
  );
}

interface RuleFieldProps {
  label: string;
  value: Rule | null;
  /** What holds without a rule of its own. */
  inherited?: Rule;
  disabled: boolean;
  onChange: (rule: Rule | null) => void;
  testId: string;
}

function RuleField({ label, value, inherited, disabled, onChange, testId }: RuleFieldProps) {
  return (
    <label className="field">
      {label}
      <select
        value={value ?? ''}
        disabled={disabled}
        onChange={(event) => onChange(asRule(event.currentTarget.value))}
        data-testid={testId}
      >
        {inherited && <option value="">As all stores: {ruleNames[inherited].toLowerCase()}</option>}
        {Object.entries(ruleNames).map(([rule, name]) => (
          <option key={rule} value={rule}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function asRule(text: string): Rule | null {
  return text in ruleNames ? (text as Rule) : null; // checked just before
}
