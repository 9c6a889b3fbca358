/** Cause and remedy of a type of problem, for the page of error types. */
export interface ErrorText {
  readonly en: string;
  readonly zh: string;
}

/** By the slug of the type. A spec requires one text per type. */
export const errorTexts: Readonly<Record<string, ErrorText>> = {
  'bad-request': {
    en: 'The bytes are no valid HTTP request, or the path is not well percent-encoded. Correct the client.',
    zh: '请求不是合法的 HTTP，或路径的百分号编码有误。请修正客户端。',
  },
  'not-found': {
    en: 'The service has no such path. Compare the path with the OpenAPI document.',
    zh: '服务没有这个路径。请对照 OpenAPI 文档检查路径。',
  },
  'method-not-allowed': {
    en: 'The path exists, the method does not. `Allow` names the methods of the path.',
    zh: '路径存在，但不支持这个方法。`Allow` 响应头列出可用的方法。',
  },
  'request-timeout': {
    en: 'The request did not arrive completely within 30 s. Send it again.',
    zh: '请求没有在 30 秒内完整到达。请重新发送。',
  },
  'payload-too-large': {
    en: 'The body is larger than the route accepts: 16 KB for an order, 1 to 100 KB elsewhere.',
    zh: '请求体超过该路由的上限：下单 16 KB，其他路由 1 到 100 KB。',
  },
  'uri-too-long': {
    en: 'A part of the path is longer than 128 characters.',
    zh: '路径中有一段超过 128 个字符。',
  },
  'unsupported-media-type': {
    en: 'The body is not JSON in UTF-8, or it is compressed. Send `Content-Type: application/json` without `Content-Encoding`.',
    zh: '请求体不是 UTF-8 编码的 JSON，或经过压缩。请使用 `Content-Type: application/json`，不要带 `Content-Encoding`。',
  },
  'request-header-fields-too-large': {
    en: 'The headers are larger than 16 KB.',
    zh: '请求头超过 16 KB。',
  },
  'internal-server-error': {
    en: 'A defect of the service. Its log lines carry the `x-correlation-id` of the response.',
    zh: '服务内部缺陷。日志中带有该响应的 `x-correlation-id`。',
  },
  'service-unavailable': {
    en: 'The database is unavailable or busy. The change may have happened: repeat the request under the same `Idempotency-Key`, after `Retry-After` seconds.',
    zh: '数据库不可用或繁忙。变更可能已经生效：请在 `Retry-After` 秒后用同一个 `Idempotency-Key` 重试。',
  },
  'body-missing': {
    en: 'The route needs a JSON body, and the request has none.',
    zh: '该路由需要 JSON 请求体，但请求没有。',
  },
  'invalid-parameters': {
    en: 'A part of the path, the query or a header cannot be used. `errors` names each `parameter` or `header`.',
    zh: '路径、查询参数或请求头的值无效。`errors` 逐个列出 `parameter` 或 `header`。',
  },
  'invalid-body': {
    en: 'The JSON has missing, unknown or invalid members. `errors` names up to 100 of them, each by its JSON `pointer`.',
    zh: 'JSON 有缺失、未知或无效的成员。`errors` 用 JSON `pointer` 指出其位置，最多 100 处。',
  },
  'card-number-rejected': {
    en: 'A value looks like a payment card number. The service stores none: send a payment token. `errors` names the place.',
    zh: '某个值看起来像银行卡号。服务不保存卡号，请传支付令牌。`errors` 指出位置。',
  },
  'idempotency-key-missing': {
    en: 'The route requires `Idempotency-Key`. Choose a random key, and send it with every attempt of the request.',
    zh: '该路由要求 `Idempotency-Key`。请生成随机键，同一请求的每次重试都带上它。',
  },
  'idempotency-key-invalid': {
    en: 'The key is not 1 to 255 visible ASCII characters.',
    zh: '键不是 1 到 255 个可见的 ASCII 字符。',
  },
  'idempotency-key-reused': {
    en: 'The key belongs to an earlier request with another body. Nothing was changed. Choose a new key for a new request.',
    zh: '这个键已用于内容不同的请求，没有执行任何变更。新请求请换新的键。',
  },
  'idempotency-key-in-flight': {
    en: 'An earlier attempt has no response yet. Send the request again after `Retry-After` seconds to get its response.',
    zh: '先前的同键请求尚未完成。请在 `Retry-After` 秒后重发，以取得它的响应。',
  },
  'not-ready': {
    en: 'The service is stopping, or a check failed. `checks` names the failed checks; the log has the reasons.',
    zh: '服务正在停止，或有检查失败。`checks` 列出失败的检查，原因见日志。',
  },
  'malformed-json': {
    en: 'The body is no JSON of RFC 8259. `errors` names the place.',
    zh: '请求体不是 RFC 8259 的 JSON。`errors` 指出位置。',
  },
  'json-too-large': {
    en: 'The body is larger than 100 KB.',
    zh: '请求体超过 100 KB。',
  },
  'json-too-deep': {
    en: 'Objects and arrays are nested deeper than 32 levels.',
    zh: '对象和数组的嵌套超过 32 层。',
  },
  'json-not-utf8': {
    en: 'The bytes of the body are not UTF-8.',
    zh: '请求体的字节不是 UTF-8。',
  },
  'json-duplicate-member': {
    en: 'One object has two members of the same name. Parsers disagree about the value, so the service takes neither.',
    zh: '同一个对象有两个同名成员。不同解析器取值不同，因此服务拒绝。',
  },
  'json-forbidden-character': {
    en: 'A text contains NUL or a lone surrogate, which PostgreSQL cannot store.',
    zh: '文本含有 NUL 或孤立的代理项，PostgreSQL 无法存储。',
  },
  'json-number-out-of-range': {
    en: 'A number is infinite, or a whole number beyond ±(2^53 − 1), which parsers round.',
    zh: '数字为无穷大，或整数超出 ±(2^53 − 1)，解析时会丢失精度。',
  },
  'json-forbidden-member': {
    en: 'A member has the name `__proto__`.',
    zh: '有成员名为 `__proto__`。',
  },
  unauthorized: {
    en: 'The request has no token, or the service has no keys. Send `Authorization: Bearer <token>`; see [Access](access.md).',
    zh: '请求没有令牌，或服务没有密钥。请发送 `Authorization: Bearer <token>`，见[访问控制](access.zh-CN.md)。',
  },
  'invalid-token': {
    en: 'The token is expired, of another issuer or audience, or not signed by a known key. Get a new one; `detail` says why.',
    zh: '令牌已过期，签发者或受众不符，或不是由已知密钥签名。请重新获取，原因见 `detail`。',
  },
  'insufficient-scope': {
    en: 'The token grants none of the scopes of the route. `WWW-Authenticate` names them.',
    zh: '令牌没有该路由要求的权限范围。`WWW-Authenticate` 列出所需范围。',
  },
  'too-many-requests': {
    en: 'A limit of the caller or of its address is reached; `detail` names it. Wait `Retry-After` seconds.',
    zh: '达到调用者或地址的限流上限，具体见 `detail`。请等待 `Retry-After` 秒。',
  },
  'access-keys-unavailable': {
    en: 'The keys that verify tokens cannot be fetched. Retry after `Retry-After` seconds.',
    zh: '暂时无法获取验证令牌的公钥。请在 `Retry-After` 秒后重试。',
  },
  'dead-letter-not-found': {
    en: 'The service has no dead letter with this id; it may have been pruned.',
    zh: '该服务没有这个 id 的死信，可能已被清理。',
  },
  'event-not-parked': {
    en: 'No event with this id is parked in the outbox. `GET /operator/outbox` lists the parked events.',
    zh: '发件箱没有这个 id 的搁置事件。`GET /operator/outbox` 列出搁置的事件。',
  },
  'message-not-claimed': {
    en: 'No consumer of the service has processed this message, or its inbox row was pruned.',
    zh: '该服务没有消费者处理过这条消息，或收件箱记录已被清理。',
  },
  'action-not-found': {
    en: 'The operator log has no action at this position; it may have been pruned.',
    zh: '操作日志在该位置没有记录，可能已被清理。',
  },
  'replay-not-found': {
    en: 'No dead letter belongs to a replay with this id; they may have been pruned.',
    zh: '没有死信属于这个 id 的重放，可能已被清理。',
  },
  'not-editable': {
    en: 'The dead letter is not open, or its queue has no consumer; `detail` says which. Nothing was changed.',
    zh: '死信不是 open 状态，或其队列没有消费者，见 `detail`。没有任何变更。',
  },
  'invalid-event': {
    en: 'The new body of the dead letter does not satisfy the contract of its event. `errors` names the fault.',
    zh: '死信的新消息体不符合事件契约。`errors` 指出问题。',
  },
  'selection-changed': {
    en: 'Rows were added or changed since the dry run. Nothing was changed. Repeat the dry run, then expect its count.',
    zh: '试运行之后记录有变化，没有执行任何变更。请重新试运行，再用新的数量作为 `expect`。',
  },
  'order-not-found': {
    en: 'No order has this id, or it is the order of another customer: both get the same answer.',
    zh: '没有这个 id 的订单，或订单属于其他顾客：两种情况的响应相同。',
  },
  'unknown-sku': {
    en: 'The order was not stored. `errors` names the lines; `GET /products` lists the catalogue. The SKU is not listed, or inventory has not consumed its event yet. List it first: `PUT /products/{sku}` of the order service.',
    zh: '订单没有保存。`errors` 指出有问题的行，`GET /products` 列出商品目录。SKU 尚未上架，或库存服务还没有消费其事件。请先用订单服务的 `PUT /products/{sku}` 上架。',
  },
  'mixed-currencies': {
    en: 'The order was not stored. Place one order for each currency.',
    zh: '订单没有保存。每种货币请分别下单。',
  },
  'total-out-of-range': {
    en: 'The total is zero or above 9,999,999,999.99. The order was not stored.',
    zh: '总价为零或超过 9,999,999,999.99。订单没有保存。',
  },
  'outbox-full': {
    en: 'Too many events wait to be published, so the service takes no new order. Retry under the same key after `Retry-After` seconds.',
    zh: '等待发布的事件过多，服务暂不接单。请在 `Retry-After` 秒后用同一个键重试。',
  },
  'orders-open': {
    en: 'The customer cannot be erased while orders have not ended; `open` counts them. Cancel them or wait, then repeat the erasure.',
    zh: '客户还有未结束的订单（数量见 `open`），不能清除其个人数据。请取消这些订单或等待其结束，再重新执行。',
  },
  'cancellation-window-over': {
    en: 'The order completed too long ago for its customer to cancel it. Callers with the scope `support` still can.',
    zh: '订单完成已久，顾客不能再取消。具有 `support` 权限的调用者仍可取消。',
  },
  'too-many-streams': {
    en: 'This process has its maximum of open event streams. Poll the order, or retry after `Retry-After` seconds.',
    zh: '该进程的事件流连接数已达上限。请轮询订单，或在 `Retry-After` 秒后重试。',
  },
  'payment-not-found': {
    en: 'The order has no payment, or none yet: the service creates payments from its queue.',
    zh: '订单没有支付记录，或尚未创建：支付服务从队列中创建支付记录。',
  },
  'settlement-refused': {
    en: 'The payment does not wait for this operation, or a request for it is in flight; `detail` says which. Nothing was changed.',
    zh: '支付并未等待该操作，或正在请求网关，见 `detail`。没有任何变更。',
  },
  'nothing-parked': {
    en: 'No operation of the payment is parked, so there is none to release.',
    zh: '该支付没有搁置的网关操作，无可释放。',
  },
  'no-failed-refund': {
    en: 'No refund of the payment failed, so there is none to retry.',
    zh: '该支付没有失败的退款，无需重试。',
  },
  'stock-out-of-range': {
    en: 'A SKU holds at most 1,000,000,000 received units. Nothing was received.',
    zh: '每个 SKU 累计入库最多 1,000,000,000 件。本次没有入库。',
  },
  'unknown-entry': {
    en: 'No authorization or capture has this id.',
    zh: '账本中没有这个 id 的授权或扣款。',
  },
  'simulated-failure': {
    en: 'The mode `fail` is set. The gateway executed no operation.',
    zh: '已设置 `fail` 模式，网关没有执行操作。',
  },
  'simulated-rejection': {
    en: 'The mode `reject` is set. The gateway executed no operation.',
    zh: '已设置 `reject` 模式，网关没有执行操作。',
  },
  'ledger-full': {
    en: 'The ledger has as many idempotency keys as `KEYS_MAX` allows. Restart the simulator.',
    zh: '账本的幂等键数量达到 `KEYS_MAX` 上限。请重启模拟网关。',
  },
};
