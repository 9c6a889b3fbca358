import { Body, Controller, Delete, Get, HttpCode, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Gateway } from '../use-cases/gateway.js';
import { modeSettingsSchema } from './schemas.js';

/** Fault injection for tests and demonstrations. */
@ApiTags('modes')
@Controller('v1/modes')
export class ModesController {
  constructor(private readonly gateway: Gateway) {}

  @Get()
  @ApiOperation({ summary: 'The current mode of each operation' })
  show() {
    return this.gateway.modes.current();
  }

  @Put()
  @ApiOperation({ summary: 'Replace all modes; operations without a mode behave normally' })
  set(@Body({ schema: modeSettingsSchema }) settings: z.output<typeof modeSettingsSchema>) {
    this.gateway.modes.set(settings);
    return this.gateway.modes.current();
  }

  @Delete()
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove all modes' })
  reset(): void {
    this.gateway.modes.set({});
  }
}
