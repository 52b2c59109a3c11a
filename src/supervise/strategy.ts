/** What is restarted when one child ends: the strategies of Erlang's supervisors, in one table. */

/** `one-for-one`: it alone; `one-for-all`: all; `rest-for-one`: it and those that start after it. */
export type Strategy = 'one-for-one' | 'one-for-all' | 'rest-for-one';

/** Which of `order`, the order of starting, are restarted when that one ends. */
export const affectedBy: Readonly<
  Record<Strategy, (order: readonly string[], name: string) => readonly string[]>
> = {
  'one-for-one': (_, name) => [name],
  'one-for-all': (order) => order,
  'rest-for-one': (order, name) => order.slice(order.indexOf(name)),
};
