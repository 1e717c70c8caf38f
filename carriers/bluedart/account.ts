/** What a merchant's Blue Dart account needs to speak: two layers that know nothing of each other. */
export interface BlueDartAccount {
  /** Without a slash at the end. */
  baseUrl: string;
  /** The gateway: traded for a token. */
  clientId: string;
  clientSecret: string;
  /** The profile: stands in every body. */
  loginId: string;
  licenceKey: string;
  customerCode: string;
  /** A: air, E: surface. */
  product: 'A' | 'E';
  /** Full names from GetAllProductsAndSubProducts; a pickup without any is refused. */
  pickupSubProducts: readonly string[];
  /** How the gateway spells the envelope of pickup calls: told of both ways. */
  pickupEnvelope: 'lower' | 'upper';
  /** Sent as `verno` when tracking; to some accounts any value is a «License Mismatch». */
  trackingVersion: string | null;
}

/** An account with the token of its login. */
export interface BlueDartSession extends BlueDartAccount {
  jwt: string;
}

export type AccountDefaults = Pick<
  BlueDartAccount,
  'product' | 'pickupSubProducts' | 'pickupEnvelope' | 'trackingVersion'
>;

export const accountDefaults: AccountDefaults = {
  product: 'E',
  pickupSubProducts: ['E-Tailing PrePaid Ground', 'E-Tailing COD Ground'],
  pickupEnvelope: 'lower',
  trackingVersion: null,
};
