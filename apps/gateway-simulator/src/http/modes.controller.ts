import { Body, Controller, Delete, Get, Put } from '@nestjs/common';
import type { z } from 'zod';
import { emptyAnswer, Operation } from '#http';
import { Gateway } from '../use-cases/gateway.js';
import { answers } from './answers.js';
import { modeSettingsSchema } from './schemas.js';

/** Fault injection for tests and demonstrations. */
@Controller('v1/modes')
export class ModesController {
  constructor(private readonly gateway: Gateway) {}

  @Get()
  @Operation({
    id: 'readModes',
    summary: 'The current mode of each operation',
    answers: { 200: answers.modes },
  })
  show() {
    return this.gateway.modes.current();
  }

  @Put()
  @Operation({
    id: 'putModes',
    summary: 'Replace all modes; operations without a mode behave normally',
    answers: { 200: answers.modes },
  })
  set(@Body({ schema: modeSettingsSchema }) settings: z.output<typeof modeSettingsSchema>) {
    this.gateway.modes.set(settings);
    return this.gateway.modes.current();
  }

  @Delete()
  @Operation({
    id: 'removeModes',
    summary: 'Remove all modes',
    answers: { 204: emptyAnswer('No operation has a mode.') },
  })
  reset(): void {
    this.gateway.modes.set({});
  }
}
