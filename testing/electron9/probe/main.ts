import { app } from 'electron';
import process from 'node:process';
import { runAgent } from '../../../main/agent/index.ts';

app.on('window-all-closed', () => undefined);
void app.whenReady().then(async () => {
  const i = process.argv.indexOf('--vault');
  const code = await runAgent({
    tcp: true, port: 0, console: true, consolePort: 0, json: true, welcome: false,
    ...(i > 0 ? { vault: process.argv[i + 1] as 'keychain' } : {}),
  });
  app.exit(code);
}).catch((e: unknown) => { console.error(e); app.exit(9); });
