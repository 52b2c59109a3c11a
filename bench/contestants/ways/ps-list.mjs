import psList from 'ps-list';

export async function list() {
  return (await psList()).length;
}
