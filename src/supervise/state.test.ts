import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ChildStateMachine, transitions, type ChildState } from './state.ts';

const states = Object.keys(transitions) as ChildState[];

/** A machine that was led to a state by the shortest way. */
function machineIn(wanted: ChildState): ChildStateMachine {
  const ways: [ChildState, ChildState[]][] = [['idle', []]];
  for (const [at, way] of ways) {
    if (at === wanted) {
      const machine = new ChildStateMachine();
      for (const step of way) machine.move(step);
      return machine;
    }
    for (const next of transitions[at]) {
      if (!ways.some(([known]) => known === next)) ways.push([next, [...way, next]]);
    }
  }
  throw new Error(`no way leads to ${wanted}`);
}

test('each state can be reached, goes to those of its row, and to no other', () => {
  for (const from of states) {
    for (const to of states) {
      const machine = machineIn(from);
      if (from === to || transitions[from].includes(to)) {
        machine.move(to);
        assert.equal(machine.state, to);
      } else {
        assert.throws(() => machine.move(to), { code: 'ERR_INVALID_STATE' }, `${from} → ${to}`);
        assert.equal(machine.state, from);
      }
    }
  }
});

test('no double start: what runs cannot come to be started', () => {
  for (const from of ['ready', 'stopping'] as const) {
    assert.throws(() => machineIn(from).move('starting'));
  }
});
