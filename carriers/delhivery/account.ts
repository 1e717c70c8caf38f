/** What a merchant's Delhivery account needs to speak. */
export interface DelhiveryAccount {
  /** Without a slash at the end. Staging and production differ in host and token, not in paths. */
  baseUrl: string;
  token: string;
  /** The registered client: case and spaces count. */
  clientName: string;
}
