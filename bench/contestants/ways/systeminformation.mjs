import si from 'systeminformation';

export async function list() {
  return (await si.processes()).all;
}
