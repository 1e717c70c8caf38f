import { magicPins, serviceAt } from '../delhivery/pincodes.ts';

/** A courier company behind Shiprocket, with what it takes in paise. */
export interface Courier {
  id: number;
  name: string;
  surface: boolean;
  cod: boolean;
  firstHalfKgPaise: number;
  furtherHalfKgPaise: number;
  codPaise: number;
  days: number;
  rating: number;
}

export const couriers: readonly Courier[] = [
  {
    id: 24,
    name: 'Malabar Surface',
    surface: true,
    cod: true,
    firstHalfKgPaise: 5250,
    furtherHalfKgPaise: 3100,
    codPaise: 2000,
    days: 4,
    rating: 4.2,
  },
  {
    id: 51,
    name: 'Deccan Surface',
    surface: true,
    cod: true,
    firstHalfKgPaise: 6175,
    furtherHalfKgPaise: 3350,
    codPaise: 2450,
    days: 4,
    rating: 4.5,
  },
  {
    id: 142,
    name: 'Vayu Air',
    surface: false,
    cod: false,
    firstHalfKgPaise: 9900,
    furtherHalfKgPaise: 8800,
    codPaise: 0,
    days: 2,
    rating: 4.7,
  },
];

const heaviestKg = 20;

/** Serves the pin as far as rates go, but the first courier's booking is refused there. */
export const pinRefusedAtBooking = magicPins.overCapacity;

/** The couriers that would take it; none for an embargo, because each of them says no. */
export function couriersFor(pin: string, cod: boolean, weightKg: number): readonly Courier[] {
  const service = serviceAt(pin);
  if (service === null || service.embargo || weightKg > heaviestKg) return [];
  if (cod && !service.cod) return [];
  return couriers.filter((courier) => courier.cod || !cod);
}

export function freightPaise(courier: Courier, weightKg: number): number {
  const halves = Math.max(1, Math.ceil(weightKg * 2));
  return courier.firstHalfKgPaise + (halves - 1) * courier.furtherHalfKgPaise;
}

export function ratePaise(courier: Courier, weightKg: number, cod: boolean): number {
  return freightPaise(courier, weightKg) + (cod ? courier.codPaise : 0);
}

export function rupees(paise: number): number {
  return paise / 100;
}
