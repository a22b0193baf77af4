// Words for a POSIX shell, so that a line can be pasted as it stands (POSIX.1-2017, Shell Command Language 2.2).

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
