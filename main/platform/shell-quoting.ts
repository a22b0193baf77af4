// Texts quoted for a shell, so that a line can be pasted as it stands: POSIX.1-2017 (Shell Command Language 2.2),
// PowerShell, and the command line of a Windows program.

/** A text in single quotes, inside of which nothing means anything but the quote itself. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** The same for PowerShell, to which the typographic single quotes are quotes too (about_Quoting_Rules). */
export function powershellQuoted(text: string): string {
  return `'${text.replaceAll(/['\u2018-\u201b]/g, '$&$&')}'`;
}

/** The same, bare where no character of it means anything to the shell. */
export function shellArgument(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : shellQuoted(text);
}

/** A text for PowerShell, bare where no character of it means anything to it. */
export function powershellArgument(text: string): string {
  return /^[\w%+=:./\\-]+$/.test(text) ? text : powershellQuoted(text);
}

/**
 * An argument of a Windows program's command line, as its C runtime reads it (Microsoft, "Parsing C command-line
 * arguments"): a backslash means itself, but before a quote.
 */
export function programArgument(text: string): string {
  if (/^[^\s"]+$/.test(text)) return text;
  return `"${text.replaceAll(/(\\*)(?:"|$)/g, (found, slashes: string) =>
    found.endsWith('"') ? `${slashes}${slashes}\\"` : `${slashes}${slashes}`,
  )}"`;
}
