import { operation } from '../../api/operation.ts';

export interface Store {
  id: number;
  name: string;
  channel: string;
  workflow: string;
}

export interface StoresData {
  stores: { nodes: Store[] };
}

export const storesQuery = operation<StoresData>(/* GraphQL */ `
  query Stores {
    stores(first: 50) {
      nodes {
        id
        name
        channel
        workflow
      }
    }
  }
`);
