import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

// The server of this checkout gives the pages out from here (backend/settings.py, WHITENOISE_ROOT).
const built = process.env.WEB_BUILT ?? '../../var/web'

export default defineConfig({
  plugins: [vue()],
  build: {
    outDir: built,
    emptyOutDir: true,
    target: 'chrome100',
    cssTarget: 'chrome100',
    assetsInlineLimit: 0, // nothing as data: address, the policy of the page allows none
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8000' } },
})
