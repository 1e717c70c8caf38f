import { majorText } from '../../format/money.ts';
import { isoDay } from '../../format/time.ts';
import type { Card } from './rates.graphql.ts';

const amount = {
  inputMode: 'decimal',
  pattern: '[0-9]{1,9}([.][0-9]{1,2})?',
  title: 'Such as 42 or 42.50',
} as const;
const percent = { type: 'number', min: 0, max: 500, step: 'any', required: true } as const;

/** What a card says besides its sheets, as the card says on which it begins. */
export function TermFields({ card }: { card: Card | null }) {
  return (
    <div className="term-fields">
      <Term label="Name" wide name="name" required maxLength={100} value={card?.name} />
      <Term label="First day" name="validFrom" type="date" required value={isoDay(Date.now())} />
      <Term label="Last day" optional name="validUntil" type="date" />
      <Term label="Fuel, %" name="fuelPercent" {...percent} value={card?.fuelPercent ?? 0} />
      <Term label="GST, %" name="taxPercent" {...percent} value={card?.taxPercent ?? 18} />
      <Term label="Return, %" name="rtoPercent" {...percent} value={card?.rtoPercent ?? 100} />
      <Term
        label="COD, ₹ at least"
        name="codFee"
        required
        {...amount}
        value={majorText(card?.codFee.amount ?? 0)}
      />
      <Term label="COD, %" name="codPercent" {...percent} value={card?.codPercent ?? 0} />
      <Term
        label="cm³ for 1 kg"
        name="volumetricDivisor"
        type="number"
        min={1000}
        max={10000}
        required
        value={card?.volumetricDivisor ?? 5000}
      />
      <Term
        label="Heaviest, g"
        optional
        name="maxWeightGrams"
        type="number"
        min={1}
        value={card?.maxWeightGrams ?? ''}
      />
      <Term
        label="Highest value, ₹"
        optional
        name="maxDeclared"
        {...amount}
        value={card?.maxDeclared ? majorText(card.maxDeclared.amount) : ''}
      />
      <Term
        label="Most cash, ₹"
        optional
        name="maxCod"
        {...amount}
        value={card?.maxCod ? majorText(card.maxCod.amount) : ''}
      />
    </div>
  );
}

interface TermProps {
  label: string;
  optional?: boolean;
  wide?: boolean;
  name: string;
  value?: string | number | undefined;
  type?: 'text' | 'date' | 'number';
  inputMode?: 'decimal';
  pattern?: string;
  title?: string;
  required?: boolean;
  min?: number;
  max?: number;
  step?: 'any';
  maxLength?: number;
}

function Term({ label, optional, wide, value, ...input }: TermProps) {
  return (
    <label className={wide ? 'field wide' : 'field'}>
      <span>
        {label} {optional && <span className="hint muted small">optional</span>}
      </span>
      <input {...input} defaultValue={value} data-testid={`term-${input.name}`} />
    </label>
  );
}
