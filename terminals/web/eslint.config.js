import { defineConfigWithVueTs, vueTsConfigs } from '@vue/eslint-config-typescript'
import vue from 'eslint-plugin-vue'

const kept = ['localStorage', 'sessionStorage', 'indexedDB', 'caches'].map((name) => ({
  name,
  message: 'Nothing about people stays in the browser.',
}))

export default defineConfigWithVueTs(
  { ignores: ['src/generated/**', 'scripts/**'] },
  vue.configs['flat/essential'],
  vueTsConfigs.strict,
  {
    rules: {
      'no-restricted-globals': ['error', ...kept],
      'no-restricted-properties': [
        'error',
        ...kept.map(({ name, message }) => ({ object: 'window', property: name, message })),
      ],
      'vue/no-v-html': 'error',
      'vue/no-static-inline-styles': ['error', { allowBinding: false }],
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'max-lines': ['error', 400],
      eqeqeq: 'error',
    },
  },
)
