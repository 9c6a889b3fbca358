import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { ApiError, post } from '../api.js';
import { clock } from '../format.js';
import { CommandLine, Empty, ErrorLine, Panel } from '../parts/ui.js';
import { Topology } from '../live/topology.js';
import { live, now, say, session } from '../state.js';
import { texts } from '../texts.js';
import type { Pair } from '../texts.js';
import { gatewaySwitches, linkEffects, loadEffect, messageSwitches } from '../texts-lab.js';

type Run = (path: string, body?: object) => void;

/** `#/lab`: faults to inject, each with its expected effect, above the topology that shows it. */
export function LabView() {
  const problem = useSignal<string | undefined>(undefined);
  if (session.value?.hasLab === false) return <LabOff />;
  const run: Run = (path, body) => {
    problem.value = undefined;
    post(`/api/lab/${path}`, body).catch((error: unknown) => {
      problem.value = error instanceof ApiError ? error.message : String(error);
    });
  };
  return (
    <>
      <Panel title={say(texts.lab)} aside={<span class="fact">{say(texts.labIntro)}</span>} name="lab">
        {problem.value !== undefined && <ErrorLine>{problem.value}</ErrorLine>}
        <div class="lab">
          <GatewaySwitches run={run} />
          <LinkSwitches run={run} />
          <MessageSwitches run={run} />
          <LoadSwitch run={run} />
        </div>
        <LabLog />
      </Panel>
      <Topology />
    </>
  );
}

function LabOff() {
  return (
    <Panel title={say(texts.lab)} name="lab">
      <Empty>
        {say(texts.labOff)}
        <CommandLine command="npm run ops -- console --act --lab" />
        <CommandLine command="npm run demo -- --keep" />
      </Empty>
    </Panel>
  );
}

function Group({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <section class="lab-group">
      <h3>{title}</h3>
      {children}
    </section>
  );
}

interface SwitchProps {
  readonly id: string;
  readonly name: string;
  readonly effect: Pair<string>;
  readonly isOn: boolean;
  readonly endsAt?: number | undefined;
  readonly children: ComponentChildren;
}

function SwitchRow({ id, name, effect, isOn, endsAt, children }: SwitchProps) {
  return (
    <div class={isOn ? 'switch on' : 'switch'} data-switch={id}>
      <b>{name}</b>
      <span class="effect">
        {say(texts.expected)}: {say(effect)}
      </span>
      <span class="buttons">
        {isOn && endsAt !== undefined && (
          <small>{say(texts.endsIn)(Math.max(0, Math.ceil((endsAt - now.value) / 1_000)))}</small>
        )}
        {children}
      </span>
    </div>
  );
}

function findFault(id: string) {
  return live.value?.lab.faults.find((fault) => fault.id === id);
}

function GatewaySwitches({ run }: { readonly run: Run }) {
  const active = findFault('gateway');
  return (
    <Group title={say(texts.gatewayModes)}>
      {Object.entries(gatewaySwitches).map(([mode, { name, effect }]) => {
        const isOn = active?.detail === mode;
        const toggle = (): void => (isOn ? run('off', { id: 'gateway' }) : run('gateway', { mode }));
        return (
          <SwitchRow
            id={mode}
            name={say(name)}
            effect={effect}
            isOn={isOn}
            endsAt={active?.endsAt}
            key={mode}
          >
            <button type="button" aria-pressed={isOn} onClick={toggle}>
              {say(isOn ? texts.off : texts.turnOn)}
            </button>
          </SwitchRow>
        );
      })}
    </Group>
  );
}

function LinkSwitches({ run }: { readonly run: Run }) {
  const links = session.value?.links ?? [];
  return (
    <Group title={say(texts.links)}>
      {links.length === 0 && <p class="hint">{say(texts.noLinks)}</p>}
      {links.map((name) => {
        const active = findFault(`link ${name}`);
        const effect = linkEffects[name] ?? linkEffects['order–broker']!;
        return (
          <SwitchRow
            id={name}
            name={name}
            effect={effect}
            isOn={active !== undefined}
            endsAt={active?.endsAt}
            key={name}
          >
            <LinkButtons name={name} isDisturbed={active !== undefined} run={run} />
          </SwitchRow>
        );
      })}
    </Group>
  );
}

interface LinkButtonsProps {
  readonly name: string;
  readonly isDisturbed: boolean;
  readonly run: Run;
}

function LinkButtons({ name, isDisturbed, run }: LinkButtonsProps) {
  if (isDisturbed)
    return (
      <button
        type="button"
        aria-pressed="true"
        onClick={() => run('off', { id: `link ${name}` })}
        data-action="heal"
      >
        {say(texts.off)}
      </button>
    );
  return (
    <>
      <button type="button" onClick={() => run('link', { link: name, fault: 'cut' })} data-action="cut">
        {say(texts.cut)}
      </button>
      <button type="button" onClick={() => run('link', { link: name, fault: 'slow' })}>
        {say(texts.slow)}
      </button>
    </>
  );
}

function MessageSwitches({ run }: { readonly run: Run }) {
  const { repeat, half } = messageSwitches;
  const canPublish = session.value?.canPublish === true;
  return (
    <Group title={say(texts.messages)}>
      <SwitchRow id="repeat" name={say(repeat.name)} effect={repeat.effect} isOn={false}>
        <button type="button" onClick={() => run('repeat')}>
          {say(texts.send)}
        </button>
      </SwitchRow>
      <SwitchRow id="half" name={say(half.name)} effect={half.effect} isOn={false}>
        {!canPublish && <small>{say(texts.needsPublisher)}</small>}
        <button type="button" disabled={!canPublish} onClick={() => run('half')} data-action="half">
          {say(texts.send)}
        </button>
      </SwitchRow>
    </Group>
  );
}

const LOADS = [5, 50, 200];

function LoadSwitch({ run }: { readonly run: Run }) {
  const load = live.value?.lab.load;
  const isOn = load !== undefined && load !== null && load.endsAt > now.value;
  return (
    <Group title={say(texts.load)}>
      <SwitchRow
        id="load"
        name={say(texts.ordersPerSecond)}
        effect={loadEffect}
        isOn={isOn}
        endsAt={load?.endsAt}
      >
        {isOn && <small>{say(texts.loadState)(load.accepted, load.refused)}</small>}
        {LOADS.map((perSecond) => {
          const isThis = isOn && load.perSecond === perSecond;
          return (
            <button
              type="button"
              key={perSecond}
              aria-pressed={isThis}
              onClick={() => run('load', { perSecond: isThis ? 0 : perSecond })}
            >
              {perSecond}
            </button>
          );
        })}
      </SwitchRow>
    </Group>
  );
}

function LabLog() {
  const log = live.value?.lab.log ?? [];
  return (
    <section class="lab-log">
      <h3>{say(texts.log)}</h3>
      {log.length === 0 && <p class="hint">{say(texts.noLog)}</p>}
      <ol>
        {log.map(({ at, text }) => (
          <li key={at}>
            <span class="time">{clock(at)}</span> {say(text)}
          </li>
        ))}
      </ol>
    </section>
  );
}
