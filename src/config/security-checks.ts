import { parsePostgresAddress } from '../base/postgres-address.ts';

interface SecurityProblem {
  readonly path: PropertyKey[];
  readonly message: string;
}

/** What the keys about encryption and secrets must have in common. Of a file that may have other problems too. */
export function findSecurityProblems({
  postgres,
  kafka,
}: {
  readonly postgres: unknown;
  readonly kafka: unknown;
}): SecurityProblem[] {
  return [
    ...findPostgresProblems(postgres),
    ...findSslProblems(at(kafka, 'ssl')),
    ...findSaslProblems(kafka),
  ];
}

function findPostgresProblems(postgres: unknown): SecurityProblem[] {
  const url = at(postgres, 'url');
  if (typeof url !== 'string' || at(postgres, 'passwordFile') === undefined) return [];
  const address = parsePostgresAddress(url);
  if ('problem' in address || address.password === null) return [];
  return [{ path: ['postgres', 'passwordFile'], message: 'postgres.url has a password already' }];
}

function findSslProblems(ssl: unknown): SecurityProblem[] {
  const [cert, key] = [at(ssl, 'certFile'), at(ssl, 'keyFile')];
  if ((cert === undefined) !== (key === undefined))
    return [{ path: ['kafka', 'ssl'], message: 'certFile and keyFile belong together' }];
  if (key !== undefined || at(ssl, 'keyPasswordFile') === undefined) return [];
  return [{ path: ['kafka', 'ssl', 'keyPasswordFile'], message: 'needs keyFile' }];
}

function findSaslProblems(kafka: unknown): SecurityProblem[] {
  const sasl = at(kafka, 'sasl');
  if (typeof sasl !== 'object' || sasl === null) return [];
  const problems: SecurityProblem[] = [];
  const given = ['password', 'passwordFile'].filter((name) => at(sasl, name) !== undefined);
  if (given.length !== 1)
    problems.push({ path: ['kafka', 'sasl'], message: 'needs either password or passwordFile' });
  if (at(sasl, 'mechanism') === 'plain' && at(kafka, 'ssl') === undefined)
    problems.push({
      path: ['kafka', 'sasl', 'mechanism'],
      message: 'plain would send the password as it is: it needs kafka.ssl; scram-sha-512 does without',
    });
  return problems;
}

function at(holder: unknown, key: string): unknown {
  return typeof holder === 'object' && holder !== null ? (holder as Record<string, unknown>)[key] : undefined;
}
