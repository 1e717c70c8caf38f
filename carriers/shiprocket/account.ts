/** What a call to Shiprocket needs. */
export interface ShiprocketAccount {
  /** With `/v1/external` and without a slash at the end. */
  baseUrl: string;
  token: string;
  /** Fetched just now: if it is refused, signing in once more does not help. */
  tokenIsFresh: boolean;
}

/** The API user: not the one who signs in to the panel. */
export interface ShiprocketLogin {
  baseUrl: string;
  email: string;
  password: string;
}
