/**
 * Tells eslint-plugin-boundaries where an import leads. Relative imports carry their ending here, so the
 * path is the answer; a file that does not exist is the type checker's to tell. Packages are left
 * unresolved on purpose: the rule then knows them as external by their name.
 */
const { isBuiltin } = require('node:module');
const path = require('node:path');

exports.interfaceVersion = 2;

exports.resolve = (source, file) => {
  if (isBuiltin(source)) return { found: true, path: null };
  if (source.startsWith('.')) return { found: true, path: path.resolve(path.dirname(file), source) };
  return { found: false };
};
