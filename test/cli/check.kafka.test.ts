import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Events } from '../../src/base/event-map.ts';
import { initialise } from '../../src/cli/initialise.ts';
import { gatherRequirements, requirePrerequisites } from '../../src/cli/prerequisites.ts';
import { collectStatus } from '../../src/cli/status/collect-status.ts';
import type { Requirement } from '../../src/model/requirement.ts';
import { systemClock } from '../../src/base/clock.ts';
import { createRoleRig } from './least-privilege.ts';
import type { RoleRig } from './least-privilege.ts';

let rig: RoleRig;

beforeAll(async () => {
  rig = await createRoleRig();
});

afterAll(() => rig.drop());

/** What the role lacks to run its part. */
async function lacking(role: 'capture' | 'archive'): Promise<Requirement[]> {
  const found = await gatherRequirements({ config: rig.configOf(role), parts: [role], events: new Events() });
  return found.filter(({ ok, severity }) => !ok && severity === 'error');
}

describe('the roles of deploy/sql/roles.sql', () => {
  it('let capture run', async () => {
    expect(await lacking('capture')).toEqual([]);
  });

  it('let archive run, which may not even see the table', async () => {
    expect(await lacking('archive')).toEqual([]);
    const [select] = (
      await gatherRequirements({
        config: rig.configOf('archive'),
        parts: ['capture'],
        events: new Events(),
      })
    ).filter(({ name }) => name === 'table.public.files.select');
    expect(select?.ok).toBe(false);
  });

  it('let the reader see the status', async () => {
    const status = await collectStatus(rig.configOf('reader'), systemClock.now());
    expect(status.problems).toEqual([]);
    expect(status.slot?.state).toBe('idle');
    expect(status.tables[0]?.rows).toMatchObject({ sent: 0, overdue: 0 });
  });
});

describe('a right that is missing', () => {
  it.each([
    ['capture', 'ALTER ROLE $role NOREPLICATION', 'postgres.replication'],
    ['capture', 'REVOKE pg_read_all_stats FROM $role', 'postgres.pg_read_all_stats'],
    ['capture', 'REVOKE SELECT ON files FROM $role', 'table.public.files.select'],
    ['capture', 'REVOKE SELECT ON des_archive_config FROM $role', 'postgres.des_archive_config'],
    ['archive', 'REVOKE UPDATE ON des_archive_config FROM $role', 'postgres.des_archive_config'],
  ] as const)('of %s (%s) is named with the command that mends it', async (role, revoke, name) => {
    await rig.sql(revoke.replace('$role', rig.nameOf(role)));
    const [missing, ...others] = await lacking(role);
    expect(others).toEqual([]);
    expect(missing?.name).toBe(name);
    await rig.sql(missing!.remedy!);
    expect(await lacking(role)).toEqual([]);
  });
});

describe('a part that is missing', () => {
  it.each([
    ['SELECT pg_drop_replication_slot(current_setting($$tidemark.slot$$))', /^slot\./],
    ['DROP PUBLICATION $publication', /^publication\./],
    ['DELETE FROM des_archive_config', /^postgres\.des_archive_config\.public\.files$/],
  ])('(%s) is mended by `tidemark init`', async (breaking, name) => {
    const { slot, publication } = rig.config.postgres;
    const text = breaking
      .replace('current_setting($$tidemark.slot$$)', `'${slot}'`)
      .replace('$publication', publication);
    await rig.sql(text);
    const [missing] = await lacking('capture');
    expect(missing).toMatchObject({ name: expect.stringMatching(name) as string, remedy: 'tidemark init' });
    await initialise({ config: rig.config, begin: 'oldest' });
    expect(await lacking('capture')).toEqual([]);
  });

  it('stops a long-running command at its start with ERR_PREREQUISITE and the list', async () => {
    await rig.sql('DELETE FROM des_archive_config');
    const start = requirePrerequisites({
      config: rig.configOf('archive'),
      parts: ['archive'],
      events: new Events(),
    });
    await expect(start).rejects.toMatchObject({
      code: 'ERR_PREREQUISITE',
      detail:
        '1 requirement is not met\npostgres.des_archive_config.public.files: the table has no row → tidemark init',
    });
    await initialise({ config: rig.config, begin: 'oldest' });
  });

  it('does not stop a command when it is only a server that is away', async () => {
    const config = rig.configOf('archive');
    const away = { ...config, postgres: { ...config.postgres, url: 'postgres://x@127.0.0.1:1/x' } };
    await expect(
      requirePrerequisites({ config: away, parts: ['archive'], events: new Events() }),
    ).resolves.toBe(undefined);
  });
});

describe('init', () => {
  it('changes nothing when it is repeated, and says so', async () => {
    const steps = await initialise({ config: rig.config, begin: 'now' });
    expect(steps.map(({ state }) => state)).toEqual(steps.map(() => 'there'));
    expect(steps.map(({ what }) => what)).toContain('table des_archive_config');
  });
});
