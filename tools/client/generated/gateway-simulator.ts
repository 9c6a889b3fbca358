// Generated from docs/reference/openapi/gateway-simulator.json by npm run docs:openapi.
export interface paths {
    readonly "/v1/authorizations": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Authorize an amount on a payment token */
        readonly post: operations["authorize"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/authorizations/{id}/captures": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Capture an authorization, once, in full or in part */
        readonly post: operations["capture"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/authorizations/{id}/voids": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Void an authorization that is not captured */
        readonly post: operations["void"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/captures/{id}/refunds": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Refund a capture, in full or in part */
        readonly post: operations["refund"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/operations": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The decided operations of an order, oldest first, for a client without a response */
        readonly get: operations["findOperations"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/ledger": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Entries, oldest first, each with the number of requests with its key since the start */
        readonly get: operations["listLedger"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/ledger/summary": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Counts and sums by operation, and the numbers of requests and keys */
        readonly get: operations["summarizeLedger"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/modes": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The current mode of each operation */
        readonly get: operations["readModes"];
        /** Replace all modes; operations without a mode behave normally */
        readonly put: operations["putModes"];
        readonly post?: never;
        /** Remove all modes */
        readonly delete: operations["removeModes"];
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
        readonly LedgerEntry: {
            readonly id: string;
            /** @enum {string} */
            readonly operation: "authorize" | "capture" | "void" | "refund";
            /** @description The authorization or the capture that it is about */
            readonly parentId?: string;
            /** @enum {string} */
            readonly status: "approved" | "refused";
            /**
             * @description Why it is refused
             * @enum {string}
             */
            readonly reason?: "declined" | "insufficient_funds" | "capture_refused" | "refund_refused" | "not_authorized" | "already_captured" | "already_voided" | "amount_exceeds_authorization" | "amount_exceeds_capture";
            /** @description The order */
            readonly reference: string;
            /** @description In minor units */
            readonly amount: number;
            readonly currency: string;
            /**
             * @description The operation that the bank will refuse
             * @enum {string}
             */
            readonly willRefuse?: "capture" | "refund";
            readonly idempotencyKey: string;
            /** Format: date-time */
            readonly at: string;
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
        /** @description bad-request: Bad Request. invalid-parameters: The request is not valid. idempotency-key-missing: The Idempotency-Key is missing. idempotency-key-invalid: The Idempotency-Key cannot be used. malformed-json: The body is not acceptable JSON. json-too-deep: The body is not acceptable JSON. json-not-utf8: The body is not acceptable JSON. json-duplicate-member: The body is not acceptable JSON. json-forbidden-character: The body is not acceptable JSON. json-number-out-of-range: The body is not acceptable JSON. json-forbidden-member: The body is not acceptable JSON. body-missing: The body is missing. */
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
                    readonly type?: "urn:problem-type:bad-request" | "urn:problem-type:invalid-parameters" | "urn:problem-type:idempotency-key-missing" | "urn:problem-type:idempotency-key-invalid" | "urn:problem-type:malformed-json" | "urn:problem-type:json-too-deep" | "urn:problem-type:json-not-utf8" | "urn:problem-type:json-duplicate-member" | "urn:problem-type:json-forbidden-character" | "urn:problem-type:json-number-out-of-range" | "urn:problem-type:json-forbidden-member" | "urn:problem-type:body-missing";
                };
            };
        };
        /** @description idempotency-key-in-flight: A request with this Idempotency-Key is in progress. */
        readonly Problem409: {
            headers: {
                readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                readonly "Retry-After": components["headers"]["Retry-After"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:idempotency-key-in-flight",
                 *       "title": "A request with this Idempotency-Key is in progress",
                 *       "status": 409
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["ProblemDetails"] & {
                    /** @enum {unknown} */
                    readonly type?: "urn:problem-type:idempotency-key-in-flight";
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
        /** @description idempotency-key-reused: The Idempotency-Key was used for another request. simulated-rejection: Simulated rejection. card-number-rejected: Card numbers are not accepted. invalid-body: The body is not valid. */
        readonly Problem422: {
            headers: {
                readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:idempotency-key-reused",
                 *       "title": "The Idempotency-Key was used for another request",
                 *       "status": 422
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["ProblemDetails"] & {
                    /** @enum {unknown} */
                    readonly type?: "urn:problem-type:idempotency-key-reused" | "urn:problem-type:simulated-rejection" | "urn:problem-type:card-number-rejected" | "urn:problem-type:invalid-body";
                };
            };
        };
        /** @description simulated-failure: Simulated failure. internal-server-error: Internal Server Error. */
        readonly Problem500: {
            headers: {
                readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:simulated-failure",
                 *       "title": "Simulated failure",
                 *       "status": 500
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["ProblemDetails"] & {
                    /** @enum {unknown} */
                    readonly type?: "urn:problem-type:simulated-failure" | "urn:problem-type:internal-server-error";
                };
            };
        };
        /** @description ledger-full: The ledger is full. service-unavailable: Service Unavailable. */
        readonly Problem503: {
            headers: {
                readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                readonly "Retry-After": components["headers"]["Retry-After"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:ledger-full",
                 *       "title": "The ledger is full",
                 *       "status": 503
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["ProblemDetails"] & {
                    /** @enum {unknown} */
                    readonly type?: "urn:problem-type:ledger-full" | "urn:problem-type:service-unavailable";
                };
            };
        };
        /** @description unknown-entry: The ledger has no such entry. */
        readonly Problem404: {
            headers: {
                readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:unknown-entry",
                 *       "title": "The ledger has no such entry",
                 *       "status": 404
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["ProblemDetails"] & {
                    /** @enum {unknown} */
                    readonly type?: "urn:problem-type:unknown-entry";
                };
            };
        };
        /** @description bad-request: Bad Request. invalid-parameters: The request is not valid. idempotency-key-missing: The Idempotency-Key is missing. idempotency-key-invalid: The Idempotency-Key cannot be used. malformed-json: The body is not acceptable JSON. json-too-deep: The body is not acceptable JSON. json-not-utf8: The body is not acceptable JSON. json-duplicate-member: The body is not acceptable JSON. json-forbidden-character: The body is not acceptable JSON. json-number-out-of-range: The body is not acceptable JSON. json-forbidden-member: The body is not acceptable JSON. */
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
                    readonly type?: "urn:problem-type:bad-request" | "urn:problem-type:invalid-parameters" | "urn:problem-type:idempotency-key-missing" | "urn:problem-type:idempotency-key-invalid" | "urn:problem-type:malformed-json" | "urn:problem-type:json-too-deep" | "urn:problem-type:json-not-utf8" | "urn:problem-type:json-duplicate-member" | "urn:problem-type:json-forbidden-character" | "urn:problem-type:json-number-out-of-range" | "urn:problem-type:json-forbidden-member";
                };
            };
        };
        /** @description idempotency-key-reused: The Idempotency-Key was used for another request. simulated-rejection: Simulated rejection. card-number-rejected: Card numbers are not accepted. */
        readonly Problem422_2: {
            headers: {
                readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                readonly [name: string]: unknown;
            };
            content: {
                /**
                 * @example {
                 *       "type": "urn:problem-type:idempotency-key-reused",
                 *       "title": "The Idempotency-Key was used for another request",
                 *       "status": 422
                 *     }
                 */
                readonly "application/problem+json": components["schemas"]["ProblemDetails"] & {
                    /** @enum {unknown} */
                    readonly type?: "urn:problem-type:idempotency-key-reused" | "urn:problem-type:simulated-rejection" | "urn:problem-type:card-number-rejected";
                };
            };
        };
        /** @description bad-request: Bad Request. invalid-parameters: The request is not valid. */
        readonly Problem400_3: {
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
        /** @description card-number-rejected: Card numbers are not accepted. */
        readonly Problem422_3: {
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
        /** @description internal-server-error: Internal Server Error. */
        readonly Problem500_2: {
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
        /** @description bad-request: Bad Request. invalid-parameters: The request is not valid. malformed-json: The body is not acceptable JSON. json-too-deep: The body is not acceptable JSON. json-not-utf8: The body is not acceptable JSON. json-duplicate-member: The body is not acceptable JSON. json-forbidden-character: The body is not acceptable JSON. json-number-out-of-range: The body is not acceptable JSON. json-forbidden-member: The body is not acceptable JSON. body-missing: The body is missing. */
        readonly Problem400_4: {
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
        /** @description card-number-rejected: Card numbers are not accepted. invalid-body: The body is not valid. */
        readonly Problem422_4: {
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
        /** @description bad-request: Bad Request. invalid-parameters: The request is not valid. malformed-json: The body is not acceptable JSON. json-too-deep: The body is not acceptable JSON. json-not-utf8: The body is not acceptable JSON. json-duplicate-member: The body is not acceptable JSON. json-forbidden-character: The body is not acceptable JSON. json-number-out-of-range: The body is not acceptable JSON. json-forbidden-member: The body is not acceptable JSON. */
        readonly Problem400_5: {
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
                    readonly type?: "urn:problem-type:bad-request" | "urn:problem-type:invalid-parameters" | "urn:problem-type:malformed-json" | "urn:problem-type:json-too-deep" | "urn:problem-type:json-not-utf8" | "urn:problem-type:json-duplicate-member" | "urn:problem-type:json-forbidden-character" | "urn:problem-type:json-number-out-of-range" | "urn:problem-type:json-forbidden-member";
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
    };
    parameters: never;
    requestBodies: never;
    headers: {
        /** @description The correlation id of the request: its own, or a new one. Log lines and events carry it. */
        readonly "X-Correlation-Id": string;
        /** @description Seconds to wait before the next attempt. */
        readonly "Retry-After": number;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    readonly authorize: {
        readonly parameters: {
            readonly query?: never;
            readonly header: {
                /** @description Chosen by the client; the same for every attempt of one request. */
                readonly "Idempotency-Key": string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** @description The order */
                    readonly reference: string;
                    /** @description In minor units: 12900 is 129.00 CNY */
                    readonly amount: number;
                    readonly currency: string;
                    readonly token: string;
                };
            };
        };
        readonly responses: {
            /** @description The decided operation, approved or refused. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "auth_1",
                     *       "operation": "authorize",
                     *       "status": "approved",
                     *       "reference": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77",
                     *       "amount": 25800,
                     *       "currency": "CNY",
                     *       "idempotencyKey": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77:authorize",
                     *       "at": "2026-11-21T10:00:00.120Z"
                     *     }
                     */
                    readonly "application/json": components["schemas"]["LedgerEntry"];
                };
            };
            readonly 400: components["responses"]["Problem400"];
            readonly 409: components["responses"]["Problem409"];
            readonly 413: components["responses"]["Problem413"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422"];
            readonly 500: components["responses"]["Problem500"];
            readonly 503: components["responses"]["Problem503"];
        };
    };
    readonly capture: {
        readonly parameters: {
            readonly query?: never;
            readonly header: {
                /** @description Chosen by the client; the same for every attempt of one request. */
                readonly "Idempotency-Key": string;
            };
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** @description In minor units: 12900 is 129.00 CNY */
                    readonly amount: number;
                };
            };
        };
        readonly responses: {
            /** @description The decided operation, approved or refused. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "auth_1",
                     *       "operation": "authorize",
                     *       "status": "approved",
                     *       "reference": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77",
                     *       "amount": 25800,
                     *       "currency": "CNY",
                     *       "idempotencyKey": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77:authorize",
                     *       "at": "2026-11-21T10:00:00.120Z"
                     *     }
                     */
                    readonly "application/json": components["schemas"]["LedgerEntry"];
                };
            };
            readonly 400: components["responses"]["Problem400"];
            readonly 404: components["responses"]["Problem404"];
            readonly 409: components["responses"]["Problem409"];
            readonly 413: components["responses"]["Problem413"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422"];
            readonly 500: components["responses"]["Problem500"];
            readonly 503: components["responses"]["Problem503"];
        };
    };
    readonly void: {
        readonly parameters: {
            readonly query?: never;
            readonly header: {
                /** @description Chosen by the client; the same for every attempt of one request. */
                readonly "Idempotency-Key": string;
            };
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The decided operation, approved or refused. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "auth_1",
                     *       "operation": "authorize",
                     *       "status": "approved",
                     *       "reference": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77",
                     *       "amount": 25800,
                     *       "currency": "CNY",
                     *       "idempotencyKey": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77:authorize",
                     *       "at": "2026-11-21T10:00:00.120Z"
                     *     }
                     */
                    readonly "application/json": components["schemas"]["LedgerEntry"];
                };
            };
            readonly 400: components["responses"]["Problem400_2"];
            readonly 404: components["responses"]["Problem404"];
            readonly 409: components["responses"]["Problem409"];
            readonly 413: components["responses"]["Problem413"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422_2"];
            readonly 500: components["responses"]["Problem500"];
            readonly 503: components["responses"]["Problem503"];
        };
    };
    readonly refund: {
        readonly parameters: {
            readonly query?: never;
            readonly header: {
                /** @description Chosen by the client; the same for every attempt of one request. */
                readonly "Idempotency-Key": string;
            };
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    /** @description In minor units: 12900 is 129.00 CNY */
                    readonly amount: number;
                };
            };
        };
        readonly responses: {
            /** @description The decided operation, approved or refused. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "id": "auth_1",
                     *       "operation": "authorize",
                     *       "status": "approved",
                     *       "reference": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77",
                     *       "amount": 25800,
                     *       "currency": "CNY",
                     *       "idempotencyKey": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77:authorize",
                     *       "at": "2026-11-21T10:00:00.120Z"
                     *     }
                     */
                    readonly "application/json": components["schemas"]["LedgerEntry"];
                };
            };
            readonly 400: components["responses"]["Problem400"];
            readonly 404: components["responses"]["Problem404"];
            readonly 409: components["responses"]["Problem409"];
            readonly 413: components["responses"]["Problem413"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422"];
            readonly 500: components["responses"]["Problem500"];
            readonly 503: components["responses"]["Problem503"];
        };
    };
    readonly findOperations: {
        readonly parameters: {
            readonly query: {
                /** @description The order */
                readonly reference: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The decided operations of the order. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "operations": [
                     *         {
                     *           "id": "auth_1",
                     *           "operation": "authorize",
                     *           "status": "approved",
                     *           "reference": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77",
                     *           "amount": 25800,
                     *           "currency": "CNY",
                     *           "idempotencyKey": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77:authorize",
                     *           "at": "2026-11-21T10:00:00.120Z"
                     *         }
                     *       ]
                     *     }
                     */
                    readonly "application/json": {
                        readonly operations: readonly components["schemas"]["LedgerEntry"][];
                    };
                };
            };
            readonly 400: components["responses"]["Problem400_3"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422_3"];
            readonly 500: components["responses"]["Problem500_2"];
            readonly 503: components["responses"]["Problem503_2"];
        };
    };
    readonly listLedger: {
        readonly parameters: {
            readonly query?: {
                /** @description Order; default: all */
                readonly reference?: string;
                /** @description `next` of the previous page */
                readonly after?: number;
                readonly limit?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description A page of the ledger. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "entries": [
                     *         {
                     *           "id": "auth_1",
                     *           "operation": "authorize",
                     *           "status": "approved",
                     *           "reference": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77",
                     *           "amount": 25800,
                     *           "currency": "CNY",
                     *           "idempotencyKey": "0193f6d2-7b1e-7c55-9a40-0d5e8c1f2b77:authorize",
                     *           "at": "2026-11-21T10:00:00.120Z",
                     *           "requests": 1
                     *         }
                     *       ]
                     *     }
                     */
                    readonly "application/json": {
                        readonly entries: readonly {
                            readonly id: string;
                            /** @enum {string} */
                            readonly operation: "authorize" | "capture" | "void" | "refund";
                            /** @description The authorization or the capture that it is about */
                            readonly parentId?: string;
                            /** @enum {string} */
                            readonly status: "approved" | "refused";
                            /**
                             * @description Why it is refused
                             * @enum {string}
                             */
                            readonly reason?: "declined" | "insufficient_funds" | "capture_refused" | "refund_refused" | "not_authorized" | "already_captured" | "already_voided" | "amount_exceeds_authorization" | "amount_exceeds_capture";
                            /** @description The order */
                            readonly reference: string;
                            /** @description In minor units */
                            readonly amount: number;
                            readonly currency: string;
                            /**
                             * @description The operation that the bank will refuse
                             * @enum {string}
                             */
                            readonly willRefuse?: "capture" | "refund";
                            readonly idempotencyKey: string;
                            /** Format: date-time */
                            readonly at: string;
                            /** @description Requests with its key */
                            readonly requests: number;
                        }[];
                        /** @description `after` of the next page */
                        readonly next?: number;
                    };
                };
            };
            readonly 400: components["responses"]["Problem400_3"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422_3"];
            readonly 500: components["responses"]["Problem500_2"];
            readonly 503: components["responses"]["Problem503_2"];
        };
    };
    readonly summarizeLedger: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The sums. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "authorize": {
                     *         "approved": 1,
                     *         "refused": 0,
                     *         "amounts": {
                     *           "CNY": 25800
                     *         }
                     *       },
                     *       "capture": {
                     *         "approved": 1,
                     *         "refused": 0,
                     *         "amounts": {
                     *           "CNY": 25800
                     *         }
                     *       },
                     *       "void": {
                     *         "approved": 1,
                     *         "refused": 0,
                     *         "amounts": {
                     *           "CNY": 25800
                     *         }
                     *       },
                     *       "refund": {
                     *         "approved": 1,
                     *         "refused": 0,
                     *         "amounts": {
                     *           "CNY": 25800
                     *         }
                     *       },
                     *       "requests": {
                     *         "total": 4,
                     *         "keys": 4
                     *       }
                     *     }
                     */
                    readonly "application/json": {
                        readonly authorize: {
                            readonly approved: number;
                            readonly refused: number;
                            /** @description Sum of the approved amounts by currency */
                            readonly amounts: {
                                readonly [key: string]: number;
                            };
                        };
                        readonly capture: {
                            readonly approved: number;
                            readonly refused: number;
                            /** @description Sum of the approved amounts by currency */
                            readonly amounts: {
                                readonly [key: string]: number;
                            };
                        };
                        readonly void: {
                            readonly approved: number;
                            readonly refused: number;
                            /** @description Sum of the approved amounts by currency */
                            readonly amounts: {
                                readonly [key: string]: number;
                            };
                        };
                        readonly refund: {
                            readonly approved: number;
                            readonly refused: number;
                            /** @description Sum of the approved amounts by currency */
                            readonly amounts: {
                                readonly [key: string]: number;
                            };
                        };
                        readonly requests: {
                            readonly total: number;
                            readonly keys: number;
                        };
                    };
                };
            };
            readonly 400: components["responses"]["Problem400_3"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422_3"];
            readonly 500: components["responses"]["Problem500_2"];
            readonly 503: components["responses"]["Problem503_2"];
        };
    };
    readonly readModes: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The modes with requests left. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "capture": {
                     *         "behaviour": "timeout_after_charge",
                     *         "times": 1
                     *       }
                     *     }
                     */
                    readonly "application/json": {
                        readonly authorize?: {
                            /** @enum {string} */
                            readonly behaviour: "approve" | "decline" | "fail" | "reject" | "slow" | "timeout_after_charge" | "respond_twice";
                            readonly delayMs?: number;
                            /** @description Status code of `fail`; default: 500 */
                            readonly status?: number;
                            /** @description Number of requests that the mode applies to; default: all */
                            readonly times?: number;
                            /** @description The order that the mode applies to; default: all */
                            readonly reference?: string;
                        };
                        readonly capture?: {
                            /** @enum {string} */
                            readonly behaviour: "approve" | "decline" | "fail" | "reject" | "slow" | "timeout_after_charge" | "respond_twice";
                            readonly delayMs?: number;
                            /** @description Status code of `fail`; default: 500 */
                            readonly status?: number;
                            /** @description Number of requests that the mode applies to; default: all */
                            readonly times?: number;
                            /** @description The order that the mode applies to; default: all */
                            readonly reference?: string;
                        };
                        readonly void?: {
                            /** @enum {string} */
                            readonly behaviour: "approve" | "decline" | "fail" | "reject" | "slow" | "timeout_after_charge" | "respond_twice";
                            readonly delayMs?: number;
                            /** @description Status code of `fail`; default: 500 */
                            readonly status?: number;
                            /** @description Number of requests that the mode applies to; default: all */
                            readonly times?: number;
                            /** @description The order that the mode applies to; default: all */
                            readonly reference?: string;
                        };
                        readonly refund?: {
                            /** @enum {string} */
                            readonly behaviour: "approve" | "decline" | "fail" | "reject" | "slow" | "timeout_after_charge" | "respond_twice";
                            readonly delayMs?: number;
                            /** @description Status code of `fail`; default: 500 */
                            readonly status?: number;
                            /** @description Number of requests that the mode applies to; default: all */
                            readonly times?: number;
                            /** @description The order that the mode applies to; default: all */
                            readonly reference?: string;
                        };
                    };
                };
            };
            readonly 400: components["responses"]["Problem400_3"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422_3"];
            readonly 500: components["responses"]["Problem500_2"];
            readonly 503: components["responses"]["Problem503_2"];
        };
    };
    readonly putModes: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": {
                    readonly authorize?: {
                        /** @enum {string} */
                        readonly behaviour: "approve" | "decline" | "fail" | "reject" | "slow" | "timeout_after_charge" | "respond_twice";
                        readonly delayMs?: number;
                        /** @description Status code of `fail`; default: 500 */
                        readonly status?: number;
                        /** @description Number of requests that the mode applies to; default: all */
                        readonly times?: number;
                        /** @description The order that the mode applies to; default: all */
                        readonly reference?: string;
                    };
                    readonly capture?: {
                        /** @enum {string} */
                        readonly behaviour: "approve" | "decline" | "fail" | "reject" | "slow" | "timeout_after_charge" | "respond_twice";
                        readonly delayMs?: number;
                        /** @description Status code of `fail`; default: 500 */
                        readonly status?: number;
                        /** @description Number of requests that the mode applies to; default: all */
                        readonly times?: number;
                        /** @description The order that the mode applies to; default: all */
                        readonly reference?: string;
                    };
                    readonly void?: {
                        /** @enum {string} */
                        readonly behaviour: "approve" | "decline" | "fail" | "reject" | "slow" | "timeout_after_charge" | "respond_twice";
                        readonly delayMs?: number;
                        /** @description Status code of `fail`; default: 500 */
                        readonly status?: number;
                        /** @description Number of requests that the mode applies to; default: all */
                        readonly times?: number;
                        /** @description The order that the mode applies to; default: all */
                        readonly reference?: string;
                    };
                    readonly refund?: {
                        /** @enum {string} */
                        readonly behaviour: "approve" | "decline" | "fail" | "reject" | "slow" | "timeout_after_charge" | "respond_twice";
                        readonly delayMs?: number;
                        /** @description Status code of `fail`; default: 500 */
                        readonly status?: number;
                        /** @description Number of requests that the mode applies to; default: all */
                        readonly times?: number;
                        /** @description The order that the mode applies to; default: all */
                        readonly reference?: string;
                    };
                };
            };
        };
        readonly responses: {
            /** @description The modes with requests left. */
            readonly 200: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "capture": {
                     *         "behaviour": "timeout_after_charge",
                     *         "times": 1
                     *       }
                     *     }
                     */
                    readonly "application/json": {
                        readonly authorize?: {
                            /** @enum {string} */
                            readonly behaviour: "approve" | "decline" | "fail" | "reject" | "slow" | "timeout_after_charge" | "respond_twice";
                            readonly delayMs?: number;
                            /** @description Status code of `fail`; default: 500 */
                            readonly status?: number;
                            /** @description Number of requests that the mode applies to; default: all */
                            readonly times?: number;
                            /** @description The order that the mode applies to; default: all */
                            readonly reference?: string;
                        };
                        readonly capture?: {
                            /** @enum {string} */
                            readonly behaviour: "approve" | "decline" | "fail" | "reject" | "slow" | "timeout_after_charge" | "respond_twice";
                            readonly delayMs?: number;
                            /** @description Status code of `fail`; default: 500 */
                            readonly status?: number;
                            /** @description Number of requests that the mode applies to; default: all */
                            readonly times?: number;
                            /** @description The order that the mode applies to; default: all */
                            readonly reference?: string;
                        };
                        readonly void?: {
                            /** @enum {string} */
                            readonly behaviour: "approve" | "decline" | "fail" | "reject" | "slow" | "timeout_after_charge" | "respond_twice";
                            readonly delayMs?: number;
                            /** @description Status code of `fail`; default: 500 */
                            readonly status?: number;
                            /** @description Number of requests that the mode applies to; default: all */
                            readonly times?: number;
                            /** @description The order that the mode applies to; default: all */
                            readonly reference?: string;
                        };
                        readonly refund?: {
                            /** @enum {string} */
                            readonly behaviour: "approve" | "decline" | "fail" | "reject" | "slow" | "timeout_after_charge" | "respond_twice";
                            readonly delayMs?: number;
                            /** @description Status code of `fail`; default: 500 */
                            readonly status?: number;
                            /** @description Number of requests that the mode applies to; default: all */
                            readonly times?: number;
                            /** @description The order that the mode applies to; default: all */
                            readonly reference?: string;
                        };
                    };
                };
            };
            readonly 400: components["responses"]["Problem400_4"];
            readonly 413: components["responses"]["Problem413"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422_4"];
            readonly 500: components["responses"]["Problem500_2"];
            readonly 503: components["responses"]["Problem503_2"];
        };
    };
    readonly removeModes: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description No operation has a mode. */
            readonly 204: {
                headers: {
                    readonly "X-Correlation-Id": components["headers"]["X-Correlation-Id"];
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            readonly 400: components["responses"]["Problem400_5"];
            readonly 413: components["responses"]["Problem413"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422_3"];
            readonly 500: components["responses"]["Problem500_2"];
            readonly 503: components["responses"]["Problem503_2"];
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
            readonly 400: components["responses"]["Problem400_3"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422_3"];
            readonly 500: components["responses"]["Problem500_2"];
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
            readonly 400: components["responses"]["Problem400_3"];
            readonly 415: components["responses"]["Problem415"];
            readonly 422: components["responses"]["Problem422_3"];
            readonly 500: components["responses"]["Problem500_2"];
            readonly 503: components["responses"]["Problem503_3"];
        };
    };
}
