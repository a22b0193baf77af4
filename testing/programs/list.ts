// The programs whose recipes are tried, each by `cases/NAME.case.ts`, and what each needs.

export interface Program {
  /** Programs of the system that have to be on the PATH: what `.ci/run` installs, or comes with npm and Python. */
  readonly needs?: readonly string[];
  /** Libraries of the system, below `/usr/lib` or its folder for this machine. */
  readonly libraries?: readonly string[];
  /** Whether a server of it has to be started by root. */
  readonly root?: true;
  /** Packages with their versions, as the registry's own client takes them. */
  readonly packages?: Readonly<Partial<Record<'npm' | 'pypi' | 'crates', readonly string[]>>>;
  /** Tried by `npm run programs:test` alone: it takes long to fetch, or is not to be had everywhere. */
  readonly costly?: true;
}

// In one environment: the first python3 of the PATH has them all.
const PYTHON = ['pip==26.0', 'httpx==0.28.1', 'requests==2.34.2'];

export const programs: Readonly<Record<string, Program>> = {
  curl: { needs: ['curl'] },
  git: { needs: ['git'] },
  rclone: { needs: ['rclone'] },
  httpie: { needs: ['http'] },
  wget: { needs: ['wget'] },
  npm: { needs: ['npm', 'tar'] },
  pnpm: { needs: ['tar'], packages: { npm: ['pnpm@10.34.9'] } },
  pip: { needs: ['python3'], packages: { pypi: PYTHON } },
  python: { needs: ['python3'] },
  node: { needs: ['node'] },
  httpx: { packages: { pypi: PYTHON } },
  requests: { packages: { pypi: PYTHON } },
  newman: { packages: { npm: ['newman@6.2.2'] } },
  bruno: { packages: { npm: ['@usebruno/cli@4.1.0'] }, costly: true },
  vdirsyncer: { needs: ['vdirsyncer', 'radicale'] },
  msmtp: { needs: ['msmtp', 'openssl'] },
  mutt: { needs: ['mutt', 'openssl'] },
  isync: { needs: ['mbsync', 'dovecot', 'openssl'], libraries: ['sasl2/libkdexoauth2.so'], root: true },
  docker: { needs: ['docker'], costly: true },
  kubectl: { needs: ['kubectl', 'openssl'], costly: true },
  cargo: { needs: ['cargo', 'tar'], costly: true },
  xh: { packages: { crates: ['xh@0.26.3'] }, costly: true },
  go: { needs: ['go'], costly: true },
  java: { needs: ['java'], costly: true },
  terraform: { needs: ['terraform', 'curl'], costly: true },
};
