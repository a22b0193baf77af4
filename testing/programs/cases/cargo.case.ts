import process from 'node:process';

import { cargoRegistry } from '../registries.ts';
import { filled, linesToPaste } from '../recipe.ts';
import { tryIn } from '../states.ts';

/** A registry that takes the token as cargo sends it, and one that wants the page's other line. */
for (const [name, way] of [
  ['cargo', 'bare'],
  ['cargo, for a registry that wants Bearer', 'bearer'],
] as const)
  tryIn(name, {
    async prepare(world) {
      const api = await world.api({ way, answer: cargoRegistry(world.folder) });
      const [config, bearer = '', add] = linesToPaste('packages.md', 'cargo');
      const plain = /^credential-provider = .*\n/m;
      const lines = filled(config, { 'https://cargo.example.com': api.origin });
      world.write('.cargo/config.toml', way === 'bare' ? lines : lines.replace(plain, () => bearer));
      const manifest = '[package]\nname = "office"\nversion = "1.0.0"\nedition = "2021"\n';
      world.write('project/src/lib.rs', '');
      world.write('project/start.toml', manifest);
      const clean = 'rm -rf Cargo.lock "$HOME/.cargo/registry"; cp start.toml Cargo.toml';
      const toolchain = { RUSTUP_HOME: process.env['RUSTUP_HOME'] ?? `${process.env['HOME'] ?? ''}/.rustup` };
      return { api, run: () => world.sh(`cd project\n${clean}\n${filled(add, {})}cargo fetch`, toolchain) };
    },
    signedOut: /hq is not signed in/,
    refused: 'told',
    refusal: /401/,
  });
