import { defineConfig } from 'vitepress';

import { preparePages } from '../prepare.mjs';

preparePages();

/** The pages by purpose: path and title in both languages. */
const GROUPS = [
  {
    en: 'Start',
    zh: '开始',
    pages: [
      ['overview', 'Overview', '概览'],
      ['pages', 'All pages', '全部页面'],
      ['tutorial/first-order', 'Your first order', '第一笔订单'],
      ['lessons', 'Lessons', '课程'],
      ['tutorial/own-service', 'A service of your own', '自己的服务'],
    ],
  },
  {
    en: 'How to',
    zh: '操作指南',
    pages: [
      ['how-to/running', 'Run it', '运行'],
      ['how-to/deployment', 'Deploy', '部署'],
      ['how-to/console', 'Use the console', '使用控制台'],
      ['how-to/operating', 'Operate', '运维操作'],
      ['how-to/troubleshooting', 'Troubleshoot', '故障排查'],
    ],
  },
  {
    en: 'Reference',
    zh: '参考',
    pages: [
      ['reference/configuration', 'Configuration', '配置'],
      ['reference/access', 'Tokens and scopes', '令牌与权限范围'],
      ['reference/errors', 'Error types', '错误类型'],
      ['reference/state-machines', 'State machines', '状态机'],
      ['reference/observability', 'Metrics, alarms, logs', '指标、告警、日志'],
      ['reference/failure-modes', 'Failure modes', '故障模式'],
      ['reference/glossary', 'Glossary', '术语表'],
    ],
  },
  {
    en: 'Explanation',
    zh: '原理',
    pages: [
      ['explanation/case-study', 'The case study', '原文对照'],
      ['explanation/architecture', 'Architecture', '架构'],
      ['explanation/guarantees', 'Guarantees', '保证'],
      ['explanation/consistency', '2PC, TCC, Saga, outbox', '分布式事务与最终一致性'],
      ['explanation/broker-choice', 'Choosing a broker', '技术选型'],
      ['explanation/protocols', 'AMQP, MQTT, STOMP', '消息协议'],
      ['explanation/getting-the-answer', 'Getting the answer', '怎样拿到结果'],
      ['explanation/cloud-native', 'Cloud native', '微服务与云原生'],
      ['explanation/security', 'Security', '安全'],
      ['explanation/performance', 'Performance', '性能'],
    ],
  },
];

/** @param {'en' | 'zh'} language */
function sidebar(language) {
  const prefix = language === 'zh' ? '/zh/' : '/';
  return GROUPS.map((group) => ({
    text: group[language],
    items: group.pages.map(([path, en, zh]) => ({ text: language === 'zh' ? zh : en, link: prefix + path })),
  }));
}

// MiniSearch splits at spaces, and Chinese has none: each pair of neighbouring characters is a term, too. The function is
// serialized into the page, so it uses nothing from outside.
/** @param {string} text */
function tokenize(text) {
  const words = text.split(/[\s\p{P}\p{Z}]+/u).filter((word) => word !== '');
  return words.flatMap((word) => {
    const characters = Array.from(word);
    if (!/\p{Script=Han}/u.test(word) || characters.length < 3) return [word];
    return characters.slice(1).map((character, index) => characters[index] + character);
  });
}

const SEARCH_ZH = {
  translations: {
    button: { buttonText: '搜索', buttonAriaLabel: '搜索' },
    modal: {
      noResultsText: '没有结果',
      resetButtonTitle: '清除',
      footer: { selectText: '选择', navigateText: '切换', closeText: '关闭' },
    },
  },
};

export default defineConfig({
  srcDir: '.pages',
  outDir: '.dist',
  cacheDir: '.cache',
  cleanUrls: true,
  title: 'Order processing',
  lastUpdated: false,
  markdown: {
    // The anchors of GitHub, which the pages' links use.
    anchor: {
      slugify: (title) =>
        title
          .toLowerCase()
          .replaceAll(/[^\p{L}\p{N}\p{M}\- _]/gu, '')
          .replaceAll(' ', '-'),
    },
    config(md) {
      const fence = md.renderer.rules.fence;
      md.renderer.rules.fence = (tokens, index, ...rest) => {
        const token = tokens[index];
        if (token?.info.trim() !== 'mermaid') return fence?.(tokens, index, ...rest) ?? '';
        return `<Mermaid code="${encodeURIComponent(token.content)}" />`;
      };
    },
  },
  locales: {
    root: {
      label: 'English',
      lang: 'en',
      description: 'Order, inventory and payment over RabbitMQ',
      themeConfig: { sidebar: sidebar('en') },
    },
    zh: {
      label: '简体中文',
      lang: 'zh-CN',
      title: '订单处理',
      description: '基于 RabbitMQ 的订单、库存、支付',
      themeConfig: {
        sidebar: sidebar('zh'),
        outline: { label: '本页' },
        docFooter: { prev: '上一页', next: '下一页' },
        darkModeSwitchLabel: '外观',
        sidebarMenuLabel: '目录',
        returnToTopLabel: '回到顶部',
      },
    },
  },
  themeConfig: {
    search: {
      provider: 'local',
      options: {
        locales: { zh: SEARCH_ZH },
        miniSearch: { options: { tokenize }, searchOptions: { tokenize, fuzzy: false, prefix: true } },
      },
    },
    outline: { level: [2, 3] },
  },
});
