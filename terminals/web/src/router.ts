// The pages (页面). Addresses stand behind the hash: no server, proxy or log sees what is looked at.

import { createRouter, createWebHashHistory } from 'vue-router'

import { READERS } from './finance/batches'
import { READERS as EXCEPTION_READERS } from './finance/exceptions'
import { mayUse, session } from './session'

declare module 'vue-router' {
  interface RouteMeta {
    title: string
    /** In the bar, under this word. */
    nav?: string
    /** Whoever has one of these roles; nobody named: whoever is logged in. */
    roles?: readonly string[]
    open?: boolean
  }
}

export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    {
      path: '/login',
      component: () => import('./pages/LoginPage.vue'),
      meta: { title: '登录', open: true },
    },
    { path: '/', redirect: () => (mayUse(READERS) ? '/finance' : '/me'), meta: { title: '' } },
    {
      path: '/finance',
      component: () => import('./pages/FinanceHome.vue'),
      meta: { title: '今天要办', nav: '今天要办', roles: READERS },
    },
    {
      path: '/batches',
      component: () => import('./pages/BatchList.vue'),
      meta: { title: '发放批次', nav: '发放批次', roles: READERS },
    },
    {
      path: '/batches/:id(\\d+)',
      component: () => import('./pages/BatchPage.vue'),
      props: (route) => ({ id: Number(route.params.id) }),
      meta: { title: '批次', roles: READERS },
    },
    {
      path: '/exceptions',
      component: () => import('./pages/ExceptionsPage.vue'),
      meta: { title: '异常', nav: '异常', roles: EXCEPTION_READERS },
    },
    {
      path: '/me',
      component: () => import('./pages/MyRoles.vue'),
      meta: { title: '我的岗位', nav: '我的岗位' },
    },
    {
      path: '/password',
      component: () => import('./pages/PasswordPage.vue'),
      meta: { title: '修改密码' },
    },
    {
      path: '/not-permitted',
      component: () => import('./pages/NotPermitted.vue'),
      meta: { title: '岗位不能使用' },
    },
    {
      path: '/:rest(.*)*',
      component: () => import('./pages/NotFound.vue'),
      meta: { title: '没有这个页面' },
    },
  ],
})

router.beforeEach((to) => {
  if (to.meta.open) return session.me ? '/' : true
  const home = to.redirectedFrom?.path === '/' // which that is, the role says
  if (!session.me) return { path: '/login', query: home ? {} : { then: to.fullPath } }
  if (session.me.password_initial && to.path !== '/password') return '/password'
  if (!mayUse(to.meta.roles)) return { path: '/not-permitted', query: { page: to.meta.title } }
  return true
})

router.afterEach((to) => {
  document.title = to.meta.title ? `${to.meta.title} · 一卡通` : '一卡通'
})
