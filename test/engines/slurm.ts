// A Slurm of one machine for the time of a test: no accounting, no cgroups, its files in a folder of its own, its ports not the
// usual ones. Stopped by the ids of its processes.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, constants, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, hostname, totalmem } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** A running Slurm. */
export interface Slurm {
  /** What its commands need in their environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Waits until no job is queued or running. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

const DAEMONS = ['munged', 'slurmctld', 'slurmd'] as const;

/** Where a program is; `undefined` where it is not. */
export function whereIs(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, name)).find((path) => isExecutable(path));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** True where Slurm can be started. */
export function hasSlurm(): boolean {
  return process.getuid?.() === 0 && [...DAEMONS, 'sbatch'].every((name) => whereIs(name) !== undefined);
}

/** Starts it in a folder. */
export async function startSlurm(folder: string): Promise<Slurm> {
  const at = (name: string): string => join(folder, name);
  const host = hostname().split('.')[0]!;
  mkdirSync(at('state'), { recursive: true });
  mkdirSync(at('spool'));
  writeFileSync(at('munge.key'), randomBytes(1024), { mode: 0o400 });
  writeFileSync(
    at('slurm.conf'),
    [
      'ClusterName=lab',
      `SlurmctldHost=${host}(127.0.0.1)`,
      'SlurmUser=root',
      'SlurmdUser=root',
      'SlurmctldPort=26817',
      'SlurmdPort=26818',
      'AuthType=auth/munge',
      `AuthInfo=socket=${at('munge.socket')}`,
      `StateSaveLocation=${at('state')}`,
      `SlurmdSpoolDir=${at('spool')}`,
      `SlurmctldPidFile=${at('slurmctld.pid')}`,
      `SlurmdPidFile=${at('slurmd.pid')}`,
      'ProctrackType=proctrack/linuxproc',
      'TaskPlugin=task/none',
      'SwitchType=switch/none',
      'MpiDefault=none',
      'ReturnToService=2',
      'SelectType=select/cons_tres',
      'SelectTypeParameters=CR_Core_Memory',
      'AccountingStorageType=accounting_storage/none',
      'JobAcctGatherType=jobacct_gather/none',
      `NodeName=${host} NodeAddr=127.0.0.1 CPUs=${cpus().length} RealMemory=${Math.floor(totalmem() / 2e6)} State=UNKNOWN`,
      `PartitionName=lab Nodes=${host} Default=YES MaxTime=INFINITE State=UP`,
      '',
    ].join('\n'),
  );
  const env = { SLURM_CONF: at('slurm.conf') };
  const running: ChildProcess[] = [];
  const start = (name: (typeof DAEMONS)[number], args: readonly string[]): void => {
    const child = spawn(whereIs(name)!, args, { env: { ...process.env, ...env }, stdio: 'ignore' });
    running.push(child);
  };
  const files = ['socket', 'pid', 'log', 'seed'] as const;
  const options = { socket: 'socket', pid: 'pid-file', log: 'log-file', seed: 'seed-file' };
  start('munged', [
    ...['--foreground', '--force', `--key-file=${at('munge.key')}`],
    ...files.map((file) => `--${options[file]}=${at(`munge.${file}`)}`),
  ]);
  start('slurmctld', ['-D', '-f', at('slurm.conf'), '-L', at('slurmctld.log')]);
  start('slurmd', ['-D', '-f', at('slurm.conf'), '-L', at('slurmd.log')]);
  const ask = (command: string, ...args: readonly string[]): string =>
    spawnSync(whereIs(command)!, args, { env: { ...process.env, ...env }, encoding: 'utf8' }).stdout ?? '';

  const stop = async (): Promise<void> => {
    for (const child of running.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    }
  };
  for (let tries = 0; !/\bidle\b/.test(ask('sinfo', '--noheader', '--format=%T')); tries++) {
    if (tries === 120) {
      await stop();
      throw new Error(`Slurm did not start: ${readFileSync(at('slurmctld.log'), 'utf8').slice(-2000)}`);
    }
    await wait(500);
  }
  return {
    env,
    stop,
    async idle() {
      while (ask('squeue', '--noheader').trim() !== '') await wait(500);
    },
  };
}
