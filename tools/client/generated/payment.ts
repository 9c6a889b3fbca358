// Generated from docs/reference/openapi/payment.json by npm run docs:openapi.
export interface paths {
    readonly "/payments/{orderId}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The payment of an order, and its gateway operations */
        readonly get: operations["readPayment"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/operator/payments/refund/retry": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Retries a selection of refunds that the gateway refused */
        readonly post: operations["retryRefunds"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/operator/payments/operations/release": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Sends a selection of parked gateway operations again, under the same keys */
        readonly post: operations["releaseOperations"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/operator/payments/{orderId}/refund/retry": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Retries a refund that the gateway refused */
        readonly post: operations["retryRefund"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/operator/payments/{orderId}/operations/release": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Sends the parked gateway operation of a payment again, under the same key */
        readonly post: operations["releaseOperation"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/operator/payments/{orderId}/settle": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Records an operation that was executed or refused outside */
        readonly post: operations["settlePayment"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/health/live": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The process is live */
        readonly get: operations["checkLiveness"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/health/ready": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The service is ready, perhaps degraded */
        readonly get: operations["checkReadiness"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/metrics": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Metrics in the text format of Prometheus */
        readonly get: operations["readMetrics"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/operator/dead-letters": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Lists dead letters, the last failed first; `next` is the cursor of the next page */
        readonly get: operations["listDeadLetters"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/operator/dead-letters/groups": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Groups dead letters by cause, the largest group first */
        readonly get: operations["groupDeadLetters"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/operator/dead-letters/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Shows a dead letter: body, cause, stack, origin, and actions of operators */
        readonly get: operations["readDeadLetter"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/operator/dead-letters/replay": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Publishes dead letters again, each to the consumer that failed, under the same id */
        readonly post: operations["replayDeadLetters"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/operator/dead-letters/discard": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Marks dead letters as needing no handling */
        readonly post: operations["discardDeadLetters"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/operator/dead-letters/reopen": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Undoes a discard */
        readonly post: operations["reopenDeadLetters"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/operator/dead-letters/{id}/edit": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Replaces the body of a dead letter, checks it against the contract, and replays it */
        readonly post: operations["editDeadLetter"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/operator/replays/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Shows the progress of a replay; it has ended when `waiting` is 0 */
        readonly get: operations["readReplay"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/operator/replays/{id}/stop": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Reopens the dead letters of a replay that are not published yet */
        readonly post: operations["stopReplay"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/operator/outbox": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Counts pending events, with the age of the oldest, and lists parked events */
        readonly get: operations["readOutbox"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/operator/outbox/{id}/release": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Lets the relay publish a parked event again */
        readonly post: operations["releaseEvent"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/operator/outbox/republish": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Publishes events again, under the same ids, for a consumer that missed them */
        readonly post: operations["republishEvents"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/operator/inbox/{messageId}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Lists the consumers that claimed a message, with time and outcome */
        readonly get: operations["listClaims"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/operator/log": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Lists the operator log, the latest action first; `next` is the cursor of the next page */
        readonly get: operations["listActions"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/operator/log/{position}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Shows an action of an operator, with the body that it replaced */
        readonly get: operations["readAction"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description Problem details, RFC 9457 */
        readonly ProblemDetails: {
            /** @description The kind of problem, for programs: the last part is its anchor in docs/reference/errors.md */
            readonly type: string;
            /** @description The kind of problem, for people */
            readonly title: string;
            readonly status: number;
            /** @description This occurrence */
            readonly detail?: string;
            /** @description The request, by its correlation id */
            readonly instance?: string;
            /** @description Every fault of the request, at most 100 */
            readonly errors?: readonly {
                /** @description A place in the body, as a JSON pointer: #/lines/0/quantity */
                readonly pointer?: string;
                /** @description The name of a parameter of the path or the query */
                readonly parameter?: string;
                /** @description The name of a header */
                readonly header?: string;
                readonly detail: string;
            }[];
        } & {
            readonly [key: string]: unknown;
        };
        readonly Payment: {
            /**
             * Format: uuid
             * @description The order, by its UUID.
             */
            readonly orderId: string;
            /**
             * @description authorizing, capturing, voiding and refunding wait for the gateway
             * @enum {string}
             */
            readonly status: "authorizing" | "authorized" | "declined" | "capturing" | "captured" | "capture_failed" | "voiding" | "voided" | "refunding" | "refunded" | "refund_failed";
            readonly cancelRequested: boolean;
            /** @description null if the order was cancelled first */
            readonly money: {
                /** @description In minor units of the currency: 分 for CNY. */
                readonly amount: number;
                /** @description ISO 4217. */
                readonly currency: string;
            } | null;
            /** @description The id of the gateway; null until it approves */
            readonly authorizationId: string | null;
            /** @description The id of the gateway; null until it approves */
            readonly captureId: string | null;
            /** @description The id of the gateway; null until it approves */
            readonly voidId: string | null;
            /** @description The id of the gateway; null until it approves */
            readonly refundId: string | null;
            /** @description The reason of the gateway; null unless it refused */
            readonly declineReason: string | null;
            /** @description The reason of the gateway; null unless it refused */
            readonly captureRefusal: string | null;
            /** @description The reason of the gateway; null unless it refused */
            readonly voidRefusal: string | null;
            /** @description The reason of the gateway; null unless it refused */
            readonly refundRefusal: string | null;
            readonly refundAttempts: number;
            readonly version: number;
            /** @description In the order in which they were added */
            readonly operations: readonly components["schemas"]["GatewayOperation"][];
        };
        readonly GatewayOperation: {
            /** @enum {string} */
            readonly operation: "authorize" | "capture" | "void" | "refund";
            readonly idempotencyKey: string;
            readonly attempts: number;
            /** @description null while it is unknown */
            readonly outcome: ("approved" | "refused") | null;
            readonly lastError: string | null;
            readonly nextAttemptAt: string | null;
            /** @description Waits for the release by an operator since then; else null */
            readonly parkedAt: string | null;
            readonly parkedCause: ("rejected" | "contradiction" | "unverified") | null;
            readonly completedAt: string | null;
        };
        readonly Readiness: {
            /** @enum {string} */
            readonly status: "ok" | "degraded";
            readonly checks: {
                readonly [key: string]: {
                    /** @enum {string} */
                    readonly status: "up" | "degraded" | "down";
                    /** @description The reason */
                    readonly detail?: string;
                };
            };
        };
    };
    responses: {
        /** @description bad-request: Bad Request. invalid-parameters: The request is not valid. */
        readonly Problem400: {
            headers: {
                readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:bad-request",
                 *       "title": "Bad Request",
                 *       "status": 400
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["ProblemDetails"] & {
                    /** @enum {unknown} */
                    readonly type?: "urn:problem-type:bad-request" | "urn:problem-type:invalid-parameters";
                };
            };
        };
        /** @description unauthorized: A token is required. invalid-token: The token is not valid. */
        readonly Problem401: {
            headers: {
                readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                readonly "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:unauthorized",
                 *       "title": "A token is required",
                 *       "status": 401
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["ProblemDetails"] & {
                    /** @enum {unknown} */
                    readonly type?: "urn:problem-type:unauthorized" | "urn:problem-type:invalid-token";
                };
            };
        };
        /** @description insufficient-scope: The token lacks the scope. */
        readonly Problem403: {
            headers: {
                readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                readonly "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:insufficient-scope",
                 *       "title": "The token lacks the scope",
                 *       "status": 403
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["ProblemDetails"] & {
                    /** @enum {unknown} */
                    readonly type?: "urn:problem-type:insufficient-scope";
                };
            };
        };
        /** @description payment-not-found: The payment does not exist. */
        readonly Problem404: {
            headers: {
                readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:payment-not-found",
                 *       "title": "The payment does not exist",
                 *       "status": 404
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["ProblemDetails"] & {
                    /** @enum {unknown} */
                    readonly type?: "urn:problem-type:payment-not-found";
                };
            };
        };
        /** @description unsupported-media-type: Unsupported Media Type. */
        readonly Problem415: {
            headers: {
                readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:unsupported-media-type",
                 *       "title": "Unsupported Media Type",
                 *       "status": 415
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["ProblemDetails"] & {
                    /** @enum {unknown} */
                    readonly type?: "urn:problem-type:unsupported-media-type";
                };
            };
        };
        /** @description card-number-rejected: Card numbers are not accepted. */
        readonly Problem422: {
            headers: {
                readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:card-number-rejected",
                 *       "title": "Card numbers are not accepted",
                 *       "status": 422
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["ProblemDetails"] & {
                    /** @enum {unknown} */
                    readonly type?: "urn:problem-type:card-number-rejected";
                };
            };
        };
        /** @description too-many-requests: Too many requests. */
        readonly Problem429: {
            headers: {
                readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                readonly "Retry-After": components["headers"]["Retry-After"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:too-many-requests",
                 *       "title": "Too many requests",
                 *       "status": 429
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["ProblemDetails"] & {
                    /** @enum {unknown} */
                    readonly type?: "urn:problem-type:too-many-requests";
                };
            };
        };
        /** @description internal-server-error: Internal Server Error. */
        readonly Problem500: {
            headers: {
                readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:internal-server-error",
                 *       "title": "Internal Server Error",
                 *       "status": 500
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["ProblemDetails"] & {
                    /** @enum {unknown} */
                    readonly type?: "urn:problem-type:internal-server-error";
                };
            };
        };
        /** @description access-keys-unavailable: The keys are unavailable. service-unavailable: Service Unavailable. */
        readonly Problem503: {
            headers: {
                readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                readonly "Retry-After": components["headers"]["Retry-After"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:access-keys-unavailable",
                 *       "title": "The keys are unavailable",
                 *       "status": 503
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["ProblemDetails"] & {
                    /** @enum {unknown} */
                    readonly type?: "urn:problem-type:access-keys-unavailable" | "urn:problem-type:service-unavailable";
                };
            };
        };
        /** @description bad-request: Bad Request. invalid-parameters: The request is not valid. malformed-json: The body is not acceptable JSON. json-too-deep: The body is not acceptable JSON. json-not-utf8: The body is not acceptable JSON. json-duplicate-member: The body is not acceptable JSON. json-forbidden-character: The body is not acceptable JSON. json-number-out-of-range: The body is not acceptable JSON. json-forbidden-member: The body is not acceptable JSON. body-missing: The body is missing. */
        readonly Problem400_2: {
            headers: {
                readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:bad-request",
                 *       "title": "Bad Request",
                 *       "status": 400
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["ProblemDetails"] & {
                    /** @enum {unknown} */
                    readonly type?: "urn:problem-type:bad-request" | "urn:problem-type:invalid-parameters" | "urn:problem-type:malformed-json" | "urn:problem-type:json-too-deep" | "urn:problem-type:json-not-utf8" | "urn:problem-type:json-duplicate-member" | "urn:problem-type:json-forbidden-character" | "urn:problem-type:json-number-out-of-range" | "urn:problem-type:json-forbidden-member" | "urn:problem-type:body-missing";
                };
            };
        };
        /** @description selection-changed: The selection has another number of rows than expected. */
        readonly Problem409: {
            headers: {
                readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                readonly "Retry-After": components["headers"]["Retry-After"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:selection-changed",
                 *       "title": "The selection has another number of rows than expected",
                 *       "status": 409
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["ProblemDetails"] & {
                    /** @enum {unknown} */
                    readonly type?: "urn:problem-type:selection-changed";
                };
            };
        };
        /** @description payload-too-large: Payload Too Large. json-too-large: The body is not acceptable JSON. */
        readonly Problem413: {
            headers: {
                readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:payload-too-large",
                 *       "title": "Payload Too Large",
                 *       "status": 413
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["ProblemDetails"] & {
                    /** @enum {unknown} */
                    readonly type?: "urn:problem-type:payload-too-large" | "urn:problem-type:json-too-large";
                };
            };
        };
        /** @description card-number-rejected: Card numbers are not accepted. invalid-body: The body is not valid. */
        readonly Problem422_2: {
            headers: {
                readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:card-number-rejected",
                 *       "title": "Card numbers are not accepted",
                 *       "status": 422
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["ProblemDetails"] & {
                    /** @enum {unknown} */
                    readonly type?: "urn:problem-type:card-number-rejected" | "urn:problem-type:invalid-body";
                };
            };
        };
        /** @description selection-changed: The selection has another number of rows than expected. no-failed-refund: No refund failed. */
        readonly Problem409_2: {
            headers: {
                readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                readonly "Retry-After": components["headers"]["Retry-After"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:selection-changed",
                 *       "title": "The selection has another number of rows than expected",
                 *       "status": 409
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["ProblemDetails"] & {
                    /** @enum {unknown} */
                    readonly type?: "urn:problem-type:selection-changed" | "urn:problem-type:no-failed-refund";
                };
            };
        };
        /** @description selection-changed: The selection has another number of rows than expected. nothing-parked: No gateway operation is parked. */
        readonly Problem409_3: {
            headers: {
                readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                readonly "Retry-After": components["headers"]["Retry-After"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:selection-changed",
                 *       "title": "The selection has another number of rows than expected",
                 *       "status": 409
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["ProblemDetails"] & {
                    /** @enum {unknown} */
                    readonly type?: "urn:problem-type:selection-changed" | "urn:problem-type:nothing-parked";
                };
            };
        };
        /** @description selection-changed: The selection has another number of rows than expected. settlement-refused: The payment cannot take the settlement. */
        readonly Problem409_4: {
            headers: {
                readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                readonly "Retry-After": components["headers"]["Retry-After"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:selection-changed",
                 *       "title": "The selection has another number of rows than expected",
                 *       "status": 409
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["ProblemDetails"] & {
                    /** @enum {unknown} */
                    readonly type?: "urn:problem-type:selection-changed" | "urn:problem-type:settlement-refused";
                };
            };
        };
        /** @description service-unavailable: Service Unavailable. */
        readonly Problem503_2: {
            headers: {
                readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                readonly "Retry-After": components["headers"]["Retry-After"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:service-unavailable",
                 *       "title": "Service Unavailable",
                 *       "status": 503
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["ProblemDetails"] & {
                    /** @enum {unknown} */
                    readonly type?: "urn:problem-type:service-unavailable";
                };
            };
        };
        /** @description not-ready: Not ready. service-unavailable: Service Unavailable. */
        readonly Problem503_3: {
            headers: {
                readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                readonly "Retry-After": components["headers"]["Retry-After"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:not-ready",
                 *       "title": "Not ready",
                 *       "status": 503
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["ProblemDetails"] & {
                    /** @enum {unknown} */
                    readonly type?: "urn:problem-type:not-ready" | "urn:problem-type:service-unavailable";
                };
            };
        };
        /** @description dead-letter-not-found: The dead letter does not exist. */
        readonly Problem404_2: {
            headers: {
                readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:dead-letter-not-found",
                 *       "title": "The dead letter does not exist",
                 *       "status": 404
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["ProblemDetails"] & {
                    /** @enum {unknown} */
                    readonly type?: "urn:problem-type:dead-letter-not-found";
                };
            };
        };
        /** @description selection-changed: The selection has another number of rows than expected. not-editable: The dead letter cannot be edited. */
        readonly Problem409_5: {
            headers: {
                readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                readonly "Retry-After": components["headers"]["Retry-After"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:selection-changed",
                 *       "title": "The selection has another number of rows than expected",
                 *       "status": 409
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["ProblemDetails"] & {
                    /** @enum {unknown} */
                    readonly type?: "urn:problem-type:selection-changed" | "urn:problem-type:not-editable";
                };
            };
        };
        /** @description invalid-event: The body is not an event that the consumer accepts. card-number-rejected: Card numbers are not accepted. invalid-body: The body is not valid. */
        readonly Problem422_3: {
            headers: {
                readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:invalid-event",
                 *       "title": "The body is not an event that the consumer accepts",
                 *       "status": 422
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["ProblemDetails"] & {
                    /** @enum {unknown} */
                    readonly type?: "urn:problem-type:invalid-event" | "urn:problem-type:card-number-rejected" | "urn:problem-type:invalid-body";
                };
            };
        };
        /** @description replay-not-found: The replay does not exist. */
        readonly Problem404_3: {
            headers: {
                readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:replay-not-found",
                 *       "title": "The replay does not exist",
                 *       "status": 404
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["ProblemDetails"] & {
                    /** @enum {unknown} */
                    readonly type?: "urn:problem-type:replay-not-found";
                };
            };
        };
        /** @description event-not-parked: The event is not parked. */
        readonly Problem404_4: {
            headers: {
                readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:event-not-parked",
                 *       "title": "The event is not parked",
                 *       "status": 404
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["ProblemDetails"] & {
                    /** @enum {unknown} */
                    readonly type?: "urn:problem-type:event-not-parked";
                };
            };
        };
        /** @description message-not-claimed: No consumer has claimed the message. */
        readonly Problem404_5: {
            headers: {
                readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:message-not-claimed",
                 *       "title": "No consumer has claimed the message",
                 *       "status": 404
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["ProblemDetails"] & {
                    /** @enum {unknown} */
                    readonly type?: "urn:problem-type:message-not-claimed";
                };
            };
        };
        /** @description action-not-found: The operator log has no such action. */
        readonly Problem404_6: {
            headers: {
                readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:action-not-found",
                 *       "title": "The operator log has no such action",
                 *       "status": 404
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["ProblemDetails"] & {
                    /** @enum {unknown} */
                    readonly type?: "urn:problem-type:action-not-found";
                };
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: {
        /** @description The correlation id of the request: its own, or a new one. Log lines and events carry it. */
        readonly "X-Correlation-Id": string;
        /** @description Seconds to wait before the next attempt. */
        readonly "Retry-After": number;
        /** @description The challenge of RFC 6750, with the reason or the scopes. */
        readonly "WWW-Authenticate": string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    readonly readPayment: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly orderId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The payment. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "orderId": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77",
                     *       "status": "authorized",
                     *       "cancelRequested": false,
                     *       "money": {
                     *         "amount": 25800,
                     *         "currency": "CNY"
                     *       },
                     *       "authorizationId": "auth_1",
                     *       "captureId": null,
                     *       "voidId": null,
                     *       "refundId": null,
                     *       "declineReason": null,
                     *       "captureRefusal": null,
                     *       "voidRefusal": null,
                     *       "refundRefusal": null,
                     *       "refundAttempts": 0,
                     *       "version": 2,
                     *       "operations": [
                     *         {
                     *           "operation": "authorize",
                     *           "idempotencyKey": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77:authorize",
                     *           "attempts": 1,
                     *           "outcome": "approved",
                     *           "lastError": null,
                     *           "nextAttemptAt": null,
                     *           "parkedAt": null,
                     *           "parkedCause": null,
                     *           "completedAt": "2026-11-21T10:00:00.120Z"
                     *         }
                     *       ]
                     *     }
                     */
                    readonly "application/json": components["schemas"]["Payment"];
                };
            };
            readonly 400: components["responses"]["Problem400"];
            readonly 401: components["responses"]["Problem401"];
            readonly 403: components["responses"]["Problem403"];
            readonly 404: components["responses"]["Problem404"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422"];
            readonly 429: components["responses"]["Problem429"];
            readonly 500: components["responses"]["Problem500"];
            readonly 503: components["responses"]["Problem503"];
        };
    };
    readonly retryRefunds: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    readonly orderIds?: readonly string[];
                    /**
                     * Format: date-time
                     * @description The row has its status since this instant or later
                     */
                    readonly since?: string;
                    /**
                     * Format: date-time
                     * @description The row has its status since before this instant
                     */
                    readonly until?: string;
                    /** @description The gateway's reason for the refusal */
                    readonly cause?: string;
                    /**
                     * @description Selects every row; required without a criterion
                     * @constant
                     */
                    readonly all?: true;
                    /** @description Performs the action if exactly this many rows match; without it the request is a dry run */
                    readonly expect?: number;
                    /** @description Why; recorded in the operator log */
                    readonly reason?: string;
                };
            };
        };
        readonly responses: {
            /** @description The action is done; without `expect` it is a dry run, and no row has changed. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "action": "release",
                     *       "requestId": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77",
                     *       "count": 3
                     *     }
                     */
                    readonly "application/json": {
                        /** @constant */
                        readonly dryRun: true;
                        /** @description The name of the action, as the operator log has it */
                        readonly action: string;
                        /** @description Rows that match: send it as `expect` */
                        readonly count: number;
                        readonly groups: readonly {
                            /** @enum {string} */
                            readonly operation: "authorize" | "capture" | "void" | "refund";
                            readonly cause: string;
                            readonly count: number;
                            /** @description The newest error of the group */
                            readonly error: string | null;
                        }[];
                    } | {
                        /** @description The name of the action, as the operator log has it */
                        readonly action: string;
                        /**
                         * Format: uuid
                         * @description The action in the operator log
                         */
                        readonly requestId: string;
                        /** @description Rows that the action changed */
                        readonly count: number;
                        /** @description The path of the progress of a replay */
                        readonly progressUrl?: string;
                    };
                };
            };
            readonly 400: components["responses"]["Problem400_2"];
            readonly 401: components["responses"]["Problem401"];
            readonly 403: components["responses"]["Problem403"];
            readonly 409: components["responses"]["Problem409"];
            readonly 413: components["responses"]["Problem413"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422_2"];
            readonly 429: components["responses"]["Problem429"];
            readonly 500: components["responses"]["Problem500"];
            readonly 503: components["responses"]["Problem503"];
        };
    };
    readonly releaseOperations: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    readonly orderIds?: readonly string[];
                    /**
                     * Format: date-time
                     * @description The row has its status since this instant or later
                     */
                    readonly since?: string;
                    /**
                     * Format: date-time
                     * @description The row has its status since before this instant
                     */
                    readonly until?: string;
                    /**
                     * @description The kind of operation
                     * @enum {string}
                     */
                    readonly operation?: "authorize" | "capture" | "void" | "refund";
                    /**
                     * @description Why the operation is parked
                     * @enum {string}
                     */
                    readonly cause?: "rejected" | "contradiction" | "unverified";
                    /**
                     * @description Selects every row; required without a criterion
                     * @constant
                     */
                    readonly all?: true;
                    /** @description Performs the action if exactly this many rows match; without it the request is a dry run */
                    readonly expect?: number;
                    /** @description Why; recorded in the operator log */
                    readonly reason?: string;
                };
            };
        };
        readonly responses: {
            /** @description The action is done; without `expect` it is a dry run, and no row has changed. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "action": "release",
                     *       "requestId": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77",
                     *       "count": 3
                     *     }
                     */
                    readonly "application/json": {
                        /** @constant */
                        readonly dryRun: true;
                        /** @description The name of the action, as the operator log has it */
                        readonly action: string;
                        /** @description Rows that match: send it as `expect` */
                        readonly count: number;
                        readonly groups: readonly {
                            /** @enum {string} */
                            readonly operation: "authorize" | "capture" | "void" | "refund";
                            readonly cause: string;
                            readonly count: number;
                            /** @description The newest error of the group */
                            readonly error: string | null;
                        }[];
                    } | {
                        /** @description The name of the action, as the operator log has it */
                        readonly action: string;
                        /**
                         * Format: uuid
                         * @description The action in the operator log
                         */
                        readonly requestId: string;
                        /** @description Rows that the action changed */
                        readonly count: number;
                        /** @description The path of the progress of a replay */
                        readonly progressUrl?: string;
                    };
                };
            };
            readonly 400: components["responses"]["Problem400_2"];
            readonly 401: components["responses"]["Problem401"];
            readonly 403: components["responses"]["Problem403"];
            readonly 409: components["responses"]["Problem409"];
            readonly 413: components["responses"]["Problem413"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422_2"];
            readonly 429: components["responses"]["Problem429"];
            readonly 500: components["responses"]["Problem500"];
            readonly 503: components["responses"]["Problem503"];
        };
    };
    readonly retryRefund: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly orderId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /**
                     * @description Performs the action; without it the request is a dry run
                     * @constant
                     */
                    readonly expect?: 1;
                    /** @description Why; recorded in the operator log */
                    readonly reason?: string;
                };
            };
        };
        readonly responses: {
            /** @description The action is done; without `expect` it is a dry run, and no row has changed. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "action": "release",
                     *       "requestId": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77",
                     *       "count": 3
                     *     }
                     */
                    readonly "application/json": {
                        readonly action: string;
                        /** @constant */
                        readonly count: 0;
                    } | {
                        /** @constant */
                        readonly dryRun: true;
                        /** @description The name of the action, as the operator log has it */
                        readonly action: string;
                        /** @description Rows that match: send it as `expect` */
                        readonly count: number;
                        readonly groups: readonly {
                            /** @enum {string} */
                            readonly operation: "authorize" | "capture" | "void" | "refund";
                            readonly cause: string;
                            readonly count: number;
                            /** @description The newest error of the group */
                            readonly error: string | null;
                        }[];
                    } | {
                        /** @description The name of the action, as the operator log has it */
                        readonly action: string;
                        /**
                         * Format: uuid
                         * @description The action in the operator log
                         */
                        readonly requestId: string;
                        /** @description Rows that the action changed */
                        readonly count: number;
                        /** @description The path of the progress of a replay */
                        readonly progressUrl?: string;
                    };
                };
            };
            readonly 400: components["responses"]["Problem400_2"];
            readonly 401: components["responses"]["Problem401"];
            readonly 403: components["responses"]["Problem403"];
            readonly 404: components["responses"]["Problem404"];
            readonly 409: components["responses"]["Problem409_2"];
            readonly 413: components["responses"]["Problem413"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422_2"];
            readonly 429: components["responses"]["Problem429"];
            readonly 500: components["responses"]["Problem500"];
            readonly 503: components["responses"]["Problem503"];
        };
    };
    readonly releaseOperation: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly orderId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /**
                     * @description Performs the action; without it the request is a dry run
                     * @constant
                     */
                    readonly expect?: 1;
                    /** @description Why; recorded in the operator log */
                    readonly reason?: string;
                };
            };
        };
        readonly responses: {
            /** @description The action is done; without `expect` it is a dry run, and no row has changed. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "action": "release",
                     *       "requestId": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77",
                     *       "count": 3
                     *     }
                     */
                    readonly "application/json": {
                        /** @constant */
                        readonly dryRun: true;
                        /** @description The name of the action, as the operator log has it */
                        readonly action: string;
                        /** @description Rows that match: send it as `expect` */
                        readonly count: number;
                        readonly groups: readonly {
                            /** @enum {string} */
                            readonly operation: "authorize" | "capture" | "void" | "refund";
                            readonly cause: string;
                            readonly count: number;
                            /** @description The newest error of the group */
                            readonly error: string | null;
                        }[];
                    } | {
                        /** @description The name of the action, as the operator log has it */
                        readonly action: string;
                        /**
                         * Format: uuid
                         * @description The action in the operator log
                         */
                        readonly requestId: string;
                        /** @description Rows that the action changed */
                        readonly count: number;
                        /** @description The path of the progress of a replay */
                        readonly progressUrl?: string;
                    };
                };
            };
            readonly 400: components["responses"]["Problem400_2"];
            readonly 401: components["responses"]["Problem401"];
            readonly 403: components["responses"]["Problem403"];
            readonly 404: components["responses"]["Problem404"];
            readonly 409: components["responses"]["Problem409_3"];
            readonly 413: components["responses"]["Problem413"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422_2"];
            readonly 429: components["responses"]["Problem429"];
            readonly 500: components["responses"]["Problem500"];
            readonly 503: components["responses"]["Problem503"];
        };
    };
    readonly settlePayment: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly orderId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** @description It was executed: the id that proves it, of the gateway or of the bank */
                    readonly reference?: string;
                    /** @description It was refused: the reason, of the gateway or of the bank */
                    readonly refusal?: string;
                    /**
                     * @description Refused unless the payment waits for this operation
                     * @enum {string}
                     */
                    readonly operation?: "authorize" | "capture" | "void" | "refund";
                    /**
                     * @description Performs the action; without it the request is a dry run
                     * @constant
                     */
                    readonly expect?: 1;
                    /** @description Why; recorded in the operator log */
                    readonly reason?: string;
                };
            };
        };
        readonly responses: {
            /** @description The action is done; without `expect` it is a dry run, and no row has changed. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "action": "release",
                     *       "requestId": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77",
                     *       "count": 3
                     *     }
                     */
                    readonly "application/json": {
                        readonly action: string;
                        /** @constant */
                        readonly count: 0;
                    } | {
                        /** @constant */
                        readonly dryRun: true;
                        /** @description The name of the action, as the operator log has it */
                        readonly action: string;
                        /** @description Rows that match: send it as `expect` */
                        readonly count: number;
                        /** @enum {string} */
                        readonly operation?: "authorize" | "capture" | "void" | "refund";
                        /**
                         * @description authorizing, capturing, voiding and refunding wait for the gateway
                         * @enum {string}
                         */
                        readonly status?: "authorizing" | "authorized" | "declined" | "capturing" | "captured" | "capture_failed" | "voiding" | "voided" | "refunding" | "refunded" | "refund_failed";
                        /**
                         * @description authorizing, capturing, voiding and refunding wait for the gateway
                         * @enum {string}
                         */
                        readonly nextStatus?: "authorizing" | "authorized" | "declined" | "capturing" | "captured" | "capture_failed" | "voiding" | "voided" | "refunding" | "refunded" | "refund_failed";
                    } | {
                        /** @description The name of the action, as the operator log has it */
                        readonly action: string;
                        /**
                         * Format: uuid
                         * @description The action in the operator log
                         */
                        readonly requestId: string;
                        /** @description Rows that the action changed */
                        readonly count: number;
                        /** @description The path of the progress of a replay */
                        readonly progressUrl?: string;
                    };
                };
            };
            readonly 400: components["responses"]["Problem400_2"];
            readonly 401: components["responses"]["Problem401"];
            readonly 403: components["responses"]["Problem403"];
            readonly 404: components["responses"]["Problem404"];
            readonly 409: components["responses"]["Problem409_4"];
            readonly 413: components["responses"]["Problem413"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422_2"];
            readonly 429: components["responses"]["Problem429"];
            readonly 500: components["responses"]["Problem500"];
            readonly 503: components["responses"]["Problem503"];
        };
    };
    readonly checkLiveness: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The process runs. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "ok"
                     *     }
                     */
                    readonly "application/json": {
                        /** @constant */
                        readonly status: "ok";
                    };
                };
            };
            readonly 400: components["responses"]["Problem400"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422"];
            readonly 500: components["responses"]["Problem500"];
            readonly 503: components["responses"]["Problem503_2"];
        };
    };
    readonly checkReadiness: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The service takes requests. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "status": "degraded",
                     *       "checks": {
                     *         "database": {
                     *           "status": "up"
                     *         },
                     *         "broker": {
                     *           "status": "degraded"
                     *         }
                     *       }
                     *     }
                     */
                    readonly "application/json": components["schemas"]["Readiness"];
                };
            };
            readonly 400: components["responses"]["Problem400"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422"];
            readonly 500: components["responses"]["Problem500"];
            readonly 503: components["responses"]["Problem503_3"];
        };
    };
    readonly readMetrics: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description Every metric of the process. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /** @example # TYPE process_cpu_seconds_total counter */
                    readonly "text/plain": string;
                };
            };
            readonly 400: components["responses"]["Problem400"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422"];
            readonly 500: components["responses"]["Problem500"];
            readonly 503: components["responses"]["Problem503_2"];
        };
    };
    readonly listDeadLetters: {
        readonly parameters: {
            readonly query?: {
                /** @description The key of a group */
                readonly cause?: string;
                /** @description The code of the failure, for example invalid_data */
                readonly failureReason?: string;
                /** @description A part of the error message */
                readonly error?: string;
                /** @description An event, with or without its version: order.placed */
                readonly type?: string;
                /** @description Searched in the bytes of the body, which may be no valid event */
                readonly orderId?: string;
                /** @description The last failure was at this instant or later */
                readonly since?: string;
                /** @description The last failure was before this instant */
                readonly until?: string;
                readonly status?: "open" | "replaying" | "replayed" | "discarded" | "any";
                readonly after?: string;
                readonly limit?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A page of dead letters; `total` counts those of the filter. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "total": 1,
                     *       "items": [
                     *         {
                     *           "id": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77",
                     *           "queue": "inventory.order-processing.3",
                     *           "messageId": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b78",
                     *           "type": "order.placed.v1",
                     *           "failureReason": "attempts_exhausted",
                     *           "error": "Error: order 7 does not exist",
                     *           "cause": "5f1c09ab",
                     *           "attempts": 6,
                     *           "exchange": "order.events",
                     *           "routingKey": "order.placed.3",
                     *           "publishedBy": "order",
                     *           "status": "open",
                     *           "occurrences": 1,
                     *           "replays": 0,
                     *           "bodyBytes": 412,
                     *           "firstFailedAt": "2026-11-21T10:00:00.000Z",
                     *           "lastFailedAt": "2026-11-21T10:05:00.000Z"
                     *         }
                     *       ],
                     *       "next": null
                     *     }
                     */
                    readonly "application/json": {
                        readonly items: readonly {
                            /** Format: uuid */
                            readonly id: string;
                            readonly queue: string;
                            readonly messageId: string | null;
                            readonly type: string | null;
                            readonly failureReason: string;
                            readonly error: string;
                            /** @description The key of its group */
                            readonly cause: string;
                            readonly attempts: number;
                            readonly exchange: string;
                            readonly routingKey: string;
                            readonly publishedBy: string | null;
                            /** @enum {string} */
                            readonly status: "open" | "replaying" | "replayed" | "discarded";
                            readonly occurrences: number;
                            readonly replays: number;
                            readonly bodyBytes: number;
                            /** Format: date-time */
                            readonly firstFailedAt: string;
                            /** Format: date-time */
                            readonly lastFailedAt: string;
                        }[];
                        /** @description The cursor of the next page; null on the last page */
                        readonly next: string | null;
                        readonly total: number;
                    };
                };
            };
            readonly 400: components["responses"]["Problem400"];
            readonly 401: components["responses"]["Problem401"];
            readonly 403: components["responses"]["Problem403"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422"];
            readonly 429: components["responses"]["Problem429"];
            readonly 500: components["responses"]["Problem500"];
            readonly 503: components["responses"]["Problem503"];
        };
    };
    readonly groupDeadLetters: {
        readonly parameters: {
            readonly query?: {
                /** @description The key of a group */
                readonly cause?: string;
                /** @description The code of the failure, for example invalid_data */
                readonly failureReason?: string;
                /** @description A part of the error message */
                readonly error?: string;
                /** @description An event, with or without its version: order.placed */
                readonly type?: string;
                /** @description Searched in the bytes of the body, which may be no valid event */
                readonly orderId?: string;
                /** @description The last failure was at this instant or later */
                readonly since?: string;
                /** @description The last failure was before this instant */
                readonly until?: string;
                readonly status?: "open" | "replaying" | "replayed" | "discarded" | "any";
                readonly limit?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The groups. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "cause": "5f1c09ab",
                     *           "failureReason": "attempts_exhausted",
                     *           "type": "order.placed.v1",
                     *           "error": "Error: order … does not exist",
                     *           "count": 3,
                     *           "firstFailedAt": "2026-11-21T10:00:00.000Z",
                     *           "lastFailedAt": "2026-11-21T10:05:00.000Z"
                     *         }
                     *       ]
                     *     }
                     */
                    readonly "application/json": {
                        readonly items: readonly {
                            /** @description The key of the group */
                            readonly cause: string;
                            readonly failureReason: string;
                            readonly type: string | null;
                            /** @description The common error message, with … for ids and N for numbers */
                            readonly error: string;
                            readonly count: number;
                            /** Format: date-time */
                            readonly firstFailedAt: string;
                            /** Format: date-time */
                            readonly lastFailedAt: string;
                        }[];
                    };
                };
            };
            readonly 400: components["responses"]["Problem400"];
            readonly 401: components["responses"]["Problem401"];
            readonly 403: components["responses"]["Problem403"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422"];
            readonly 429: components["responses"]["Problem429"];
            readonly 500: components["responses"]["Problem500"];
            readonly 503: components["responses"]["Problem503"];
        };
    };
    readonly readDeadLetter: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The dead letter. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77",
                     *       "queue": "inventory.order-processing.3",
                     *       "messageId": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b78",
                     *       "type": "order.placed.v1",
                     *       "failureReason": "attempts_exhausted",
                     *       "error": "Error: order 7 does not exist",
                     *       "cause": "5f1c09ab",
                     *       "attempts": 6,
                     *       "exchange": "order.events",
                     *       "routingKey": "order.placed.3",
                     *       "publishedBy": "order",
                     *       "status": "open",
                     *       "occurrences": 1,
                     *       "replays": 0,
                     *       "bodyBytes": 412,
                     *       "firstFailedAt": "2026-11-21T10:00:00.000Z",
                     *       "lastFailedAt": "2026-11-21T10:05:00.000Z",
                     *       "stack": null,
                     *       "properties": {},
                     *       "bodyBase64": "e30=",
                     *       "claims": [],
                     *       "actions": []
                     *     }
                     */
                    readonly "application/json": {
                        /** Format: uuid */
                        readonly id: string;
                        readonly queue: string;
                        readonly messageId: string | null;
                        readonly type: string | null;
                        readonly failureReason: string;
                        readonly error: string;
                        /** @description The key of its group */
                        readonly cause: string;
                        readonly attempts: number;
                        readonly exchange: string;
                        readonly routingKey: string;
                        readonly publishedBy: string | null;
                        /** @enum {string} */
                        readonly status: "open" | "replaying" | "replayed" | "discarded";
                        readonly occurrences: number;
                        readonly replays: number;
                        readonly bodyBytes: number;
                        /** Format: date-time */
                        readonly firstFailedAt: string;
                        /** Format: date-time */
                        readonly lastFailedAt: string;
                        readonly stack: string | null;
                        /** @description The AMQP properties of the message, headers included */
                        readonly properties: unknown;
                        readonly bodyBase64: string;
                        readonly claims: readonly {
                            readonly consumer: string;
                            readonly messageId: string;
                            readonly type: string;
                            readonly producer: string;
                            readonly subject: string;
                            readonly sequence: number;
                            /** @enum {string} */
                            readonly outcome: "done" | "already" | "overtaken";
                            /** Format: date-time */
                            readonly claimedAt: string;
                        }[];
                        readonly actions: readonly {
                            readonly position: number;
                            /** Format: uuid */
                            readonly requestId: string;
                            readonly action: string;
                            readonly subject: string;
                            readonly operator: string;
                            readonly reason: string;
                            readonly replacedBytes: number | null;
                            /** Format: date-time */
                            readonly at: string;
                        }[];
                    };
                };
            };
            readonly 400: components["responses"]["Problem400"];
            readonly 401: components["responses"]["Problem401"];
            readonly 403: components["responses"]["Problem403"];
            readonly 404: components["responses"]["Problem404_2"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422"];
            readonly 429: components["responses"]["Problem429"];
            readonly 500: components["responses"]["Problem500"];
            readonly 503: components["responses"]["Problem503"];
        };
    };
    readonly replayDeadLetters: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    readonly ids?: readonly string[];
                    /** @description The key of a group */
                    readonly cause?: string;
                    /** @description The code of the failure, for example invalid_data */
                    readonly failureReason?: string;
                    /** @description A part of the error message */
                    readonly error?: string;
                    /** @description An event, with or without its version: order.placed */
                    readonly type?: string;
                    /**
                     * Format: uuid
                     * @description Searched in the bytes of the body, which may be no valid event
                     */
                    readonly orderId?: string;
                    /**
                     * Format: date-time
                     * @description The last failure was at this instant or later
                     */
                    readonly since?: string;
                    /**
                     * Format: date-time
                     * @description The last failure was before this instant
                     */
                    readonly until?: string;
                    /**
                     * @description Selects every row; required without a criterion
                     * @constant
                     */
                    readonly all?: true;
                    /** @description Performs the action if exactly this many rows match; without it the request is a dry run */
                    readonly expect?: number;
                    /** @description Why; recorded in the operator log */
                    readonly reason?: string;
                };
            };
        };
        readonly responses: {
            /** @description The action is done; without `expect` it is a dry run, and no row has changed. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "action": "release",
                     *       "requestId": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77",
                     *       "count": 3
                     *     }
                     */
                    readonly "application/json": {
                        /** @constant */
                        readonly dryRun: true;
                        /** @description The name of the action, as the operator log has it */
                        readonly action: string;
                        /** @description Rows that match: send it as `expect` */
                        readonly count: number;
                        readonly groups: readonly {
                            /** @description The key of the group */
                            readonly cause: string;
                            readonly failureReason: string;
                            readonly type: string | null;
                            /** @description The common error message, with … for ids and N for numbers */
                            readonly error: string;
                            readonly count: number;
                            /** Format: date-time */
                            readonly firstFailedAt: string;
                            /** Format: date-time */
                            readonly lastFailedAt: string;
                        }[];
                    } | {
                        /** @description The name of the action, as the operator log has it */
                        readonly action: string;
                        /**
                         * Format: uuid
                         * @description The action in the operator log
                         */
                        readonly requestId: string;
                        /** @description Rows that the action changed */
                        readonly count: number;
                        /** @description The path of the progress of a replay */
                        readonly progressUrl?: string;
                    };
                };
            };
            readonly 400: components["responses"]["Problem400_2"];
            readonly 401: components["responses"]["Problem401"];
            readonly 403: components["responses"]["Problem403"];
            readonly 409: components["responses"]["Problem409"];
            readonly 413: components["responses"]["Problem413"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422_2"];
            readonly 429: components["responses"]["Problem429"];
            readonly 500: components["responses"]["Problem500"];
            readonly 503: components["responses"]["Problem503"];
        };
    };
    readonly discardDeadLetters: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    readonly ids?: readonly string[];
                    /** @description The key of a group */
                    readonly cause?: string;
                    /** @description The code of the failure, for example invalid_data */
                    readonly failureReason?: string;
                    /** @description A part of the error message */
                    readonly error?: string;
                    /** @description An event, with or without its version: order.placed */
                    readonly type?: string;
                    /**
                     * Format: uuid
                     * @description Searched in the bytes of the body, which may be no valid event
                     */
                    readonly orderId?: string;
                    /**
                     * Format: date-time
                     * @description The last failure was at this instant or later
                     */
                    readonly since?: string;
                    /**
                     * Format: date-time
                     * @description The last failure was before this instant
                     */
                    readonly until?: string;
                    /**
                     * @description Selects every row; required without a criterion
                     * @constant
                     */
                    readonly all?: true;
                    /** @description Performs the action if exactly this many rows match; without it the request is a dry run */
                    readonly expect?: number;
                    /** @description Why; recorded in the operator log */
                    readonly reason?: string;
                };
            };
        };
        readonly responses: {
            /** @description The action is done; without `expect` it is a dry run, and no row has changed. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "action": "release",
                     *       "requestId": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77",
                     *       "count": 3
                     *     }
                     */
                    readonly "application/json": {
                        /** @constant */
                        readonly dryRun: true;
                        /** @description The name of the action, as the operator log has it */
                        readonly action: string;
                        /** @description Rows that match: send it as `expect` */
                        readonly count: number;
                        readonly groups: readonly {
                            /** @description The key of the group */
                            readonly cause: string;
                            readonly failureReason: string;
                            readonly type: string | null;
                            /** @description The common error message, with … for ids and N for numbers */
                            readonly error: string;
                            readonly count: number;
                            /** Format: date-time */
                            readonly firstFailedAt: string;
                            /** Format: date-time */
                            readonly lastFailedAt: string;
                        }[];
                    } | {
                        /** @description The name of the action, as the operator log has it */
                        readonly action: string;
                        /**
                         * Format: uuid
                         * @description The action in the operator log
                         */
                        readonly requestId: string;
                        /** @description Rows that the action changed */
                        readonly count: number;
                        /** @description The path of the progress of a replay */
                        readonly progressUrl?: string;
                    };
                };
            };
            readonly 400: components["responses"]["Problem400_2"];
            readonly 401: components["responses"]["Problem401"];
            readonly 403: components["responses"]["Problem403"];
            readonly 409: components["responses"]["Problem409"];
            readonly 413: components["responses"]["Problem413"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422_2"];
            readonly 429: components["responses"]["Problem429"];
            readonly 500: components["responses"]["Problem500"];
            readonly 503: components["responses"]["Problem503"];
        };
    };
    readonly reopenDeadLetters: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    readonly ids?: readonly string[];
                    /** @description The key of a group */
                    readonly cause?: string;
                    /** @description The code of the failure, for example invalid_data */
                    readonly failureReason?: string;
                    /** @description A part of the error message */
                    readonly error?: string;
                    /** @description An event, with or without its version: order.placed */
                    readonly type?: string;
                    /**
                     * Format: uuid
                     * @description Searched in the bytes of the body, which may be no valid event
                     */
                    readonly orderId?: string;
                    /**
                     * Format: date-time
                     * @description The last failure was at this instant or later
                     */
                    readonly since?: string;
                    /**
                     * Format: date-time
                     * @description The last failure was before this instant
                     */
                    readonly until?: string;
                    /**
                     * @description Selects every row; required without a criterion
                     * @constant
                     */
                    readonly all?: true;
                    /** @description Performs the action if exactly this many rows match; without it the request is a dry run */
                    readonly expect?: number;
                    /** @description Why; recorded in the operator log */
                    readonly reason?: string;
                };
            };
        };
        readonly responses: {
            /** @description The action is done; without `expect` it is a dry run, and no row has changed. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "action": "release",
                     *       "requestId": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77",
                     *       "count": 3
                     *     }
                     */
                    readonly "application/json": {
                        /** @constant */
                        readonly dryRun: true;
                        /** @description The name of the action, as the operator log has it */
                        readonly action: string;
                        /** @description Rows that match: send it as `expect` */
                        readonly count: number;
                        readonly groups: readonly {
                            /** @description The key of the group */
                            readonly cause: string;
                            readonly failureReason: string;
                            readonly type: string | null;
                            /** @description The common error message, with … for ids and N for numbers */
                            readonly error: string;
                            readonly count: number;
                            /** Format: date-time */
                            readonly firstFailedAt: string;
                            /** Format: date-time */
                            readonly lastFailedAt: string;
                        }[];
                    } | {
                        /** @description The name of the action, as the operator log has it */
                        readonly action: string;
                        /**
                         * Format: uuid
                         * @description The action in the operator log
                         */
                        readonly requestId: string;
                        /** @description Rows that the action changed */
                        readonly count: number;
                        /** @description The path of the progress of a replay */
                        readonly progressUrl?: string;
                    };
                };
            };
            readonly 400: components["responses"]["Problem400_2"];
            readonly 401: components["responses"]["Problem401"];
            readonly 403: components["responses"]["Problem403"];
            readonly 409: components["responses"]["Problem409"];
            readonly 413: components["responses"]["Problem413"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422_2"];
            readonly 429: components["responses"]["Problem429"];
            readonly 500: components["responses"]["Problem500"];
            readonly 503: components["responses"]["Problem503"];
        };
    };
    readonly editDeadLetter: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** @description The new body, as text in UTF-8 */
                    readonly body: string;
                    /**
                     * @description Performs the action; without it the request is a dry run
                     * @constant
                     */
                    readonly expect?: 1;
                    /** @description Why; recorded in the operator log */
                    readonly reason?: string;
                };
            };
        };
        readonly responses: {
            /** @description The action is done; without `expect` it is a dry run, and no row has changed. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "action": "release",
                     *       "requestId": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77",
                     *       "count": 3
                     *     }
                     */
                    readonly "application/json": {
                        /** @constant */
                        readonly dryRun: true;
                        /** @description The name of the action, as the operator log has it */
                        readonly action: string;
                        /** @description Rows that match: send it as `expect` */
                        readonly count: number;
                        readonly bytesBefore: number;
                        readonly bytes: number;
                    } | {
                        /** @description The name of the action, as the operator log has it */
                        readonly action: string;
                        /**
                         * Format: uuid
                         * @description The action in the operator log
                         */
                        readonly requestId: string;
                        /** @description Rows that the action changed */
                        readonly count: number;
                        /** @description The path of the progress of a replay */
                        readonly progressUrl?: string;
                    };
                };
            };
            readonly 400: components["responses"]["Problem400_2"];
            readonly 401: components["responses"]["Problem401"];
            readonly 403: components["responses"]["Problem403"];
            readonly 404: components["responses"]["Problem404_2"];
            readonly 409: components["responses"]["Problem409_5"];
            readonly 413: components["responses"]["Problem413"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422_3"];
            readonly 429: components["responses"]["Problem429"];
            readonly 500: components["responses"]["Problem500"];
            readonly 503: components["responses"]["Problem503"];
        };
    };
    readonly readReplay: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The progress. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "total": 3,
                     *       "waiting": 1,
                     *       "sent": 2,
                     *       "reopened": 0
                     *     }
                     */
                    readonly "application/json": {
                        readonly total: number;
                        readonly waiting: number;
                        readonly sent: number;
                        readonly reopened: number;
                    };
                };
            };
            readonly 400: components["responses"]["Problem400"];
            readonly 401: components["responses"]["Problem401"];
            readonly 403: components["responses"]["Problem403"];
            readonly 404: components["responses"]["Problem404_3"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422"];
            readonly 429: components["responses"]["Problem429"];
            readonly 500: components["responses"]["Problem500"];
            readonly 503: components["responses"]["Problem503"];
        };
    };
    readonly stopReplay: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    readonly reason: string;
                };
            };
        };
        readonly responses: {
            /** @description The replay has stopped. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "action": "stop-replay",
                     *       "requestId": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77",
                     *       "count": 3,
                     *       "total": 3,
                     *       "waiting": 1,
                     *       "sent": 2,
                     *       "reopened": 0
                     *     }
                     */
                    readonly "application/json": {
                        /** @description The name of the action, as the operator log has it */
                        readonly action: string;
                        /** Format: uuid */
                        readonly requestId: string;
                        readonly count: number;
                        readonly total: number;
                        readonly waiting: number;
                        readonly sent: number;
                        readonly reopened: number;
                    };
                };
            };
            readonly 400: components["responses"]["Problem400_2"];
            readonly 401: components["responses"]["Problem401"];
            readonly 403: components["responses"]["Problem403"];
            readonly 404: components["responses"]["Problem404_3"];
            readonly 413: components["responses"]["Problem413"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422_2"];
            readonly 429: components["responses"]["Problem429"];
            readonly 500: components["responses"]["Problem500"];
            readonly 503: components["responses"]["Problem503"];
        };
    };
    readonly readOutbox: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The state of the outbox. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "pending": 0,
                     *       "oldestPendingAt": null,
                     *       "parked": 0,
                     *       "events": []
                     *     }
                     */
                    readonly "application/json": {
                        readonly pending: number;
                        readonly oldestPendingAt: string | null;
                        readonly parked: number;
                        /** @description Parked events, at most 200 */
                        readonly events: readonly {
                            /** Format: uuid */
                            readonly id: string;
                            readonly type: string;
                            readonly subject: string;
                            readonly sequence: number;
                            readonly attempts: number;
                            readonly lastError: string;
                            /** Format: date-time */
                            readonly parkedAt: string;
                        }[];
                    };
                };
            };
            readonly 400: components["responses"]["Problem400"];
            readonly 401: components["responses"]["Problem401"];
            readonly 403: components["responses"]["Problem403"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422"];
            readonly 429: components["responses"]["Problem429"];
            readonly 500: components["responses"]["Problem500"];
            readonly 503: components["responses"]["Problem503"];
        };
    };
    readonly releaseEvent: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /**
                     * @description Performs the action; without it the request is a dry run
                     * @constant
                     */
                    readonly expect?: 1;
                    /** @description Why; recorded in the operator log */
                    readonly reason?: string;
                };
            };
        };
        readonly responses: {
            /** @description The action is done; without `expect` it is a dry run, and no row has changed. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "action": "release",
                     *       "requestId": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77",
                     *       "count": 3
                     *     }
                     */
                    readonly "application/json": {
                        /** @constant */
                        readonly dryRun: true;
                        /** @description The name of the action, as the operator log has it */
                        readonly action: string;
                        /** @description Rows that match: send it as `expect` */
                        readonly count: number;
                        readonly event?: {
                            /** Format: uuid */
                            readonly id: string;
                            readonly type: string;
                            readonly subject: string;
                            readonly sequence: number;
                            readonly attempts: number;
                            readonly lastError: string;
                            /** Format: date-time */
                            readonly parkedAt: string;
                        };
                    } | {
                        /** @description The name of the action, as the operator log has it */
                        readonly action: string;
                        /**
                         * Format: uuid
                         * @description The action in the operator log
                         */
                        readonly requestId: string;
                        /** @description Rows that the action changed */
                        readonly count: number;
                        /** @description The path of the progress of a replay */
                        readonly progressUrl?: string;
                    };
                };
            };
            readonly 400: components["responses"]["Problem400_2"];
            readonly 401: components["responses"]["Problem401"];
            readonly 403: components["responses"]["Problem403"];
            readonly 404: components["responses"]["Problem404_4"];
            readonly 409: components["responses"]["Problem409"];
            readonly 413: components["responses"]["Problem413"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422_2"];
            readonly 429: components["responses"]["Problem429"];
            readonly 500: components["responses"]["Problem500"];
            readonly 503: components["responses"]["Problem503"];
        };
    };
    readonly republishEvents: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    readonly ids?: readonly string[];
                    /** @description An event, with or without its version: order.placed */
                    readonly type?: string;
                    /** @description The id of an order, or an SKU */
                    readonly subject?: string;
                    /**
                     * Format: date-time
                     * @description Published at this instant or later
                     */
                    readonly since?: string;
                    /**
                     * Format: date-time
                     * @description Published before this instant
                     */
                    readonly until?: string;
                    readonly expect?: number;
                    /** @description Why; recorded in the operator log */
                    readonly reason?: string;
                };
            };
        };
        readonly responses: {
            /** @description The action is done; without `expect` it is a dry run, and no row has changed. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "action": "release",
                     *       "requestId": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77",
                     *       "count": 3
                     *     }
                     */
                    readonly "application/json": {
                        /** @constant */
                        readonly dryRun: true;
                        /** @description The name of the action, as the operator log has it */
                        readonly action: string;
                        /** @description Rows that match: send it as `expect` */
                        readonly count: number;
                        readonly countMax: number;
                    } | {
                        /** @description The name of the action, as the operator log has it */
                        readonly action: string;
                        /**
                         * Format: uuid
                         * @description The action in the operator log
                         */
                        readonly requestId: string;
                        /** @description Rows that the action changed */
                        readonly count: number;
                        /** @description The path of the progress of a replay */
                        readonly progressUrl?: string;
                    };
                };
            };
            readonly 400: components["responses"]["Problem400_2"];
            readonly 401: components["responses"]["Problem401"];
            readonly 403: components["responses"]["Problem403"];
            readonly 409: components["responses"]["Problem409"];
            readonly 413: components["responses"]["Problem413"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422_2"];
            readonly 429: components["responses"]["Problem429"];
            readonly 500: components["responses"]["Problem500"];
            readonly 503: components["responses"]["Problem503"];
        };
    };
    readonly listClaims: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly messageId: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The claims. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "consumer": "inventory.order-processing",
                     *           "messageId": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b78",
                     *           "type": "order.placed.v1",
                     *           "producer": "order",
                     *           "subject": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77",
                     *           "sequence": 1,
                     *           "outcome": "done",
                     *           "claimedAt": "2026-11-21T10:00:00.000Z"
                     *         }
                     *       ]
                     *     }
                     */
                    readonly "application/json": {
                        readonly items: readonly {
                            readonly consumer: string;
                            readonly messageId: string;
                            readonly type: string;
                            readonly producer: string;
                            readonly subject: string;
                            readonly sequence: number;
                            /** @enum {string} */
                            readonly outcome: "done" | "already" | "overtaken";
                            /** Format: date-time */
                            readonly claimedAt: string;
                        }[];
                    };
                };
            };
            readonly 400: components["responses"]["Problem400"];
            readonly 401: components["responses"]["Problem401"];
            readonly 403: components["responses"]["Problem403"];
            readonly 404: components["responses"]["Problem404_5"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422"];
            readonly 429: components["responses"]["Problem429"];
            readonly 500: components["responses"]["Problem500"];
            readonly 503: components["responses"]["Problem503"];
        };
    };
    readonly listActions: {
        readonly parameters: {
            readonly query?: {
                /** @description The id of a dead letter, an event, or an order */
                readonly subject?: string;
                /** @description Lists actions of lower positions */
                readonly before?: number;
                readonly limit?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A page of actions. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "items": [
                     *         {
                     *           "position": 17,
                     *           "requestId": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77",
                     *           "action": "discard",
                     *           "subject": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b78",
                     *           "operator": "carol",
                     *           "reason": "A test order of the load test",
                     *           "replacedBytes": null,
                     *           "at": "2026-11-21T10:00:00.000Z"
                     *         }
                     *       ],
                     *       "next": null
                     *     }
                     */
                    readonly "application/json": {
                        readonly items: readonly {
                            readonly position: number;
                            /** Format: uuid */
                            readonly requestId: string;
                            readonly action: string;
                            readonly subject: string;
                            readonly operator: string;
                            readonly reason: string;
                            readonly replacedBytes: number | null;
                            /** Format: date-time */
                            readonly at: string;
                        }[];
                        /** @description The cursor of the next page; null on the last page */
                        readonly next: number | null;
                    };
                };
            };
            readonly 400: components["responses"]["Problem400"];
            readonly 401: components["responses"]["Problem401"];
            readonly 403: components["responses"]["Problem403"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422"];
            readonly 429: components["responses"]["Problem429"];
            readonly 500: components["responses"]["Problem500"];
            readonly 503: components["responses"]["Problem503"];
        };
    };
    readonly readAction: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly position: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The action. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "position": 17,
                     *       "requestId": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77",
                     *       "action": "discard",
                     *       "subject": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b78",
                     *       "operator": "carol",
                     *       "reason": "A test order of the load test",
                     *       "replacedBytes": null,
                     *       "at": "2026-11-21T10:00:00.000Z",
                     *       "replacedBase64": null
                     *     }
                     */
                    readonly "application/json": {
                        readonly position: number;
                        /** Format: uuid */
                        readonly requestId: string;
                        readonly action: string;
                        readonly subject: string;
                        readonly operator: string;
                        readonly reason: string;
                        readonly replacedBytes: number | null;
                        /** Format: date-time */
                        readonly at: string;
                        readonly replacedBase64: string | null;
                    };
                };
            };
            readonly 400: components["responses"]["Problem400"];
            readonly 401: components["responses"]["Problem401"];
            readonly 403: components["responses"]["Problem403"];
            readonly 404: components["responses"]["Problem404_6"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422"];
            readonly 429: components["responses"]["Problem429"];
            readonly 500: components["responses"]["Problem500"];
            readonly 503: components["responses"]["Problem503"];
        };
    };
}
