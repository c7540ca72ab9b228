import './styles/tokens.css'
import 'element-plus/es/components/base/style/css'
import './styles/element.css'
import './styles/base.css'

import { createApp } from 'vue'

import { whenLost } from './api/client'
import { Failed } from './api/problems'
import App from './App.vue'
import { onKey } from './keys'
import { router } from './router'
import { begin, end, session } from './session'

whenLost(() => {
  if (!session.me) return
  end('expired')
  const here = router.currentRoute.value.fullPath
  void router.replace({ path: '/login', query: { then: here } })
})
window.addEventListener('keydown', onKey)

async function start(): Promise<void> {
  let down = false
  try {
    await begin()
  } catch (error) {
    if (!(error instanceof Failed)) throw error
    down = true
  }
  createApp(App, { down }).use(router).mount('#app')
}

void start()
