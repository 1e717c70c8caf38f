import { useCallback, useEffect, useState } from 'react';

/** Counts so many seconds down, by the clock: a tab in the background ticks as it likes. */
export function useWait(): [seconds: number, wait: (seconds: number) => void] {
  const [until, setUntil] = useState(0);
  const [now, setNow] = useState(() => Date.now());
  const seconds = Math.max(0, Math.ceil((until - now) / 1000));
  const isWaiting = seconds > 0;
  useEffect(() => {
    if (!isWaiting) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, [isWaiting]);
  const wait = useCallback((length: number) => {
    setNow(Date.now());
    setUntil(Date.now() + length * 1000);
  }, []);
  return [seconds, wait];
}

/** 42 seconds, 3 minutes: what a person would say. */
export function waitText(seconds: number): string {
  if (seconds <= 90) return seconds === 1 ? '1 second' : `${seconds} seconds`;
  const minutes = Math.ceil(seconds / 60);
  return minutes <= 90 ? `${minutes} minutes` : `${Math.ceil(minutes / 60)} hours`;
}
