import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';

import { decodeThrown, encodeThrown, type CodedThrow } from './error-codec.ts';

/** There and back, by way of bytes. */
function sent<T>(thrown: T): T {
  const coded = encodeThrown(thrown);
  assert.ok(coded !== undefined);
  return decodeThrown(structuredClone(coded)) as T;
}

function same(error: Error, other: Error): void {
  assert.equal(Object.getPrototypeOf(other), Object.getPrototypeOf(error));
  assert.deepEqual(
    [other.name, other.message, other.stack],
    [error.name, error.message, error.stack],
  );
}

test('each built-in class stays what it is, with its stack', () => {
  const makers = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];
  for (const Maker of makers) {
    const error = new Maker('why');
    const back = sent(error);
    same(error, back);
    assert.notEqual(back, error);
  }
});

test('an AggregateError keeps its errors, and what is none among them', () => {
  const error = new AggregateError([new RangeError('one'), 'two', () => {}], 'all');
  const back = sent(error);
  same(error, back);
  assert.ok(back.errors[0] instanceof RangeError);
  assert.equal(back.errors[1], 'two');
  assert.match(String(back.errors[2]), /Function/);
  assert.deepEqual(Object.keys(back), []);
});

test('a DOMException keeps its name and code', () => {
  const error = new DOMException('stop', 'AbortError');
  const back = sent(error);
  assert.ok(back instanceof DOMException);
  assert.deepEqual([back.name, back.message, back.code], ['AbortError', 'stop', 20]);
  const { reason } = AbortSignal.abort();
  assert.equal(sent(reason as Error).name, 'AbortError');
});

test('errors of the system keep code, errno, syscall and path', () => {
  const error = Object.assign(new Error('ENOENT: no such file'), {
    code: 'ENOENT',
    errno: -2,
    syscall: 'open',
    path: '/nix',
  });
  const back = sent(error);
  same(error, back);
  assert.deepEqual(Object.assign({}, back), {
    code: 'ENOENT',
    errno: -2,
    syscall: 'open',
    path: '/nix',
  });
});

test('another class becomes the nearest built-in one with the name kept', () => {
  class HttpError extends RangeError {
    override readonly name = 'HttpError';
    readonly status = 404;
  }
  const error = new HttpError('not found');
  const back = sent(error) as RangeError & { status: number };
  assert.equal(Object.getPrototypeOf(back), RangeError.prototype);
  assert.deepEqual([back.name, back.message, back.status], ['HttpError', 'not found', 404]);
  assert.equal(back.stack, error.stack);
});

test('the cause is kept as deep as it goes, also in a circle', () => {
  const root = new SyntaxError('root');
  const middle = new Error('middle', { cause: root });
  const top = new TypeError('top', { cause: middle });
  root.cause = top;
  const back = sent(top);
  const inner = back.cause as Error;
  assert.ok((inner.cause as Error) instanceof SyntaxError);
  assert.equal((inner.cause as Error).cause, back);
  assert.equal(Object.keys(back).length, 0);
  assert.deepEqual(sent(new Error('plain', { cause: { no: 'error' } })).cause, {
    no: 'error',
  });
  assert.ok(!('cause' in sent(new Error('none'))));
});

test('own properties that cannot be cloned are left out, the others kept', () => {
  const error = Object.assign(new Error('x'), { list: [1], call: () => {}, deep: { call() {} } });
  assert.deepEqual(Object.assign({}, sent(error)), { list: [1] });
});

test('getters that throw do no harm', () => {
  const error = new Error('x');
  Object.defineProperty(error, 'message', {
    get() {
      throw new Error('inner');
    },
  });
  assert.match(sent(error).message, /inner/);
});

test('an error of another realm is known by its class', () => {
  const back = sent(runInNewContext('new TypeError("far")') as Error);
  assert.ok(back instanceof TypeError);
  assert.equal(back.message, 'far');
});

test('what is no error arrives as it is, and what cannot be cloned not at all', () => {
  for (const value of [undefined, null, 'text', 7n, { a: [1] }])
    assert.deepEqual(sent(value), value);
  assert.equal(
    encodeThrown(() => {}),
    undefined,
  );
  assert.equal(encodeThrown(Symbol('s')), undefined);
});

test('errors without end are cut off', () => {
  let chain: Error = new Error('first');
  for (let n = 0; n < 5000; n++) chain = new Error(`${n}`, { cause: chain });
  const coded = encodeThrown(chain) as CodedThrow;
  assert.ok(coded.errors.length <= 1000);
  assert.equal((decodeThrown(coded) as Error).message, '4999');
});
