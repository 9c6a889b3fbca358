import { Agent, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { Injectable } from '@nestjs/common';
import { settings } from './settings.js';

export interface GatewayResponse {
  readonly status: 'approved' | 'refused';
  readonly id: string;
  readonly reason?: string;
}

const TIMEOUT_MS = 5_000;

/** The client of the payment gateway, with keep-alive connections. */
@Injectable()
export class GatewayClient {
  private readonly agent = new Agent({ keepAlive: true });

  authorize(orderId: string, amount: number, token: string): Promise<GatewayResponse> {
    const body = { reference: orderId, amount, currency: 'CNY', token };
    return this.post('/v1/authorizations', `${orderId}:authorize`, body);
  }

  capture(orderId: string, authorizationId: string, amount: number): Promise<GatewayResponse> {
    return this.post(`/v1/authorizations/${authorizationId}/captures`, `${orderId}:capture`, { amount });
  }

  void(orderId: string, authorizationId: string): Promise<GatewayResponse> {
    return this.post(`/v1/authorizations/${authorizationId}/voids`, `${orderId}:void`, {});
  }

  private post(path: string, idempotencyKey: string, body: object): Promise<GatewayResponse> {
    const content = JSON.stringify(body);
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(content),
      'idempotency-key': idempotencyKey,
    };
    const options = { method: 'POST', agent: this.agent, headers, timeout: TIMEOUT_MS };
    return new Promise((resolve, reject) => {
      const sent = request(new URL(path, settings.gatewayUrl), options, (response) => {
        if (response.statusCode === 200)
          json(response).then((content) => resolve(content as GatewayResponse), reject);
        else reject(new Error(`the gateway answered with status ${response.statusCode}`));
      });
      sent.on('timeout', () =>
        sent.destroy(new Error(`the gateway did not respond within ${TIMEOUT_MS} ms`)),
      );
      sent.on('error', reject);
      sent.end(content);
    });
  }
}
