import type { HELPERS, Kind, SYSTEM } from '../profiling/kinds.js';

/** In Chinese; in English they are called as in `latest.json`. */
export const kindsInChinese: Readonly<Record<Kind | typeof SYSTEM | typeof HELPERS, string>> = {
  'system calls': '系统调用',
  'sockets and streams': '套接字与流',
  'garbage collection': '垃圾回收',
  'PostgreSQL client': 'PostgreSQL 客户端',
  'RabbitMQ client': 'RabbitMQ 客户端',
  'HTTP server': 'HTTP 服务端',
  'HTTP client': 'HTTP 客户端',
  Nest: 'Nest',
  validation: '校验',
  'outbox and inbox': '发件箱与收件箱',
  messaging: '消息收发',
  metrics: '指标',
  'business code': '业务代码',
  'Node.js': 'Node.js 自身',
  'helper threads': '辅助线程',
};
