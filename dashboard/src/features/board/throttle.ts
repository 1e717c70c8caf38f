export interface Throttled {
  /** Runs the work once, this long after the first of the calls that ask for it. */
  soon: () => void;
  cancel: () => void;
}

export function throttle(milliseconds: number, work: () => void): Throttled {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    soon: () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        work();
      }, milliseconds);
    },
    cancel: () => {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}
