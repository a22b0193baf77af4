// Radicale, which takes whom its proxy names, behind an API that takes a token as a password.
import { passTo } from '../api.ts';
import { filled, linesToPaste } from '../recipe.ts';
import { tryIn } from '../states.ts';

const EVENT = `BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//EN
BEGIN:VEVENT
UID:desk
DTSTAMP:20260101T000000Z
DTSTART:20260101T090000Z
SUMMARY:A desk
END:VEVENT
END:VCALENDAR
`.replaceAll('\n', '\r\n');

tryIn('vdirsyncer', {
  async prepare(world) {
    world.write('radicale/collection-root/alice/meetings/.Radicale.props', '{"tag":"VCALENDAR"}');
    world.write('radicale/collection-root/alice/meetings/desk.ics', EVENT);
    const origin = await world.serve('radicale', (host) => [
      '--config',
      world.write(
        'radicale.conf',
        `[server]\nhosts = ${host}\n[auth]\ntype = http_x_remote_user\n[storage]\nfilesystem_folder = ${world.folder}/radicale\n`,
      ),
    ]);
    const api = await world.api({ way: 'basic', answer: passTo(origin, { 'x-remote-user': 'alice' }) });
    const [settings, discover, sync] = linesToPaste('calendars.md');
    world.write('.vdirsyncer/config', filled(settings, { 'https://dav.example.com': api.origin }));
    const clean = 'rm -rf ~/.calendars ~/.vdirsyncer/status';
    return {
      api,
      run: () =>
        world.sh(
          `${clean}\nyes 2>/dev/null | ${filled(discover, {})}\n${filled(sync, {})}\ngrep -r 'A desk' ~/.calendars`,
        ),
    };
  },
  signedOut: /hq is not signed in/,
  refused: 'told',
  refusal: /401|Unauthorized/,
});
