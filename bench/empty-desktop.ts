// The empty application that Keyfob's start and memory are compared with: Electron, hidden, with a tray of one
// entry and no window.
import { app, Menu, nativeImage, Tray } from 'electron';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const icon = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', 'assets', 'icon.png');
const trays: Tray[] = [];

app.setPath('userData', path.join(process.env['KEYFOB_HOME'] ?? app.getPath('temp'), 'empty'));
// As Keyfob does it.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
app.on('window-all-closed', () => undefined);
process.on('SIGTERM', () => app.exit(0));
void app.whenReady().then(() => {
  const tray = new Tray(nativeImage.createFromPath(icon));
  tray.setContextMenu(Menu.buildFromTemplate([{ label: 'Quit', click: () => app.quit() }]));
  trays.push(tray);
});
