/**
 * Jest runs globalSetup and globalTeardown in one process but loads each of them anew, so what
 * one leaves for the other lies on the global object.
 */
const shared = globalThis as { waybillTestTeardown?: () => Promise<void> };

export function rememberTeardown(teardown: () => Promise<void>): void {
  shared.waybillTestTeardown = teardown;
}

export async function runTeardown(): Promise<void> {
  await shared.waybillTestTeardown?.();
}
