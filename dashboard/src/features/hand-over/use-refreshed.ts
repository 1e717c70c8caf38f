import { useEffect } from 'react';

/**
 * Loads anew while the page is looked at. Colleagues and workers change what waits, and links to PDFs
 * are good for ten minutes only.
 */
export function useRefreshed(reload: () => Promise<void>, interval = 20_000): void {
  useEffect(() => {
    const refresh = () => {
      if (document.visibilityState === 'visible') void reload();
    };
    const timer = setInterval(refresh, interval);
    document.addEventListener('visibilitychange', refresh);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', refresh);
    };
  }, [reload, interval]);
}
