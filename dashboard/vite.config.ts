import { defineConfig } from 'vite';

/** JSX is compiled by Vite itself with the automatic runtime that tsconfig.json names. */
export default defineConfig({
  root: import.meta.dirname,
  // Relative, so that the page also works below a path of a reverse proxy.
  base: './',
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    sourcemap: true,
    // Data URLs would need an exception in a content security policy.
    assetsInlineLimit: 0,
  },
});
