import { Body, Controller, Delete, Get, HttpCode, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Gateway } from '../use-cases/gateway.js';
import { modeSettingsSchema } from './schemas.js';

/** How the gateway misbehaves, for tests and demonstrations. */
@ApiTags('modes')
@Controller('v1/modes')
export class ModesController {
  constructor(private readonly gateway: Gateway) {}

  @Get()
  @ApiOperation({ summary: 'The modes in force' })
  show() {
    return this.gateway.modes.current();
  }

  @Put()
  @ApiOperation({ summary: 'Replace all modes; an operation not named behaves' })
  set(@Body({ schema: modeSettingsSchema }) settings: z.output<typeof modeSettingsSchema>) {
    this.gateway.modes.set(settings);
    return this.gateway.modes.current();
  }

  @Delete()
  @HttpCode(204)
  @ApiOperation({ summary: 'Behave' })
  reset(): void {
    this.gateway.modes.set({});
  }
}
