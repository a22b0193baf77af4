/*
 * user-path.exe add|remove: the folder `bin` beside it on the PATH of its user (HKCU\Environment), or off it. Run by the
 * installer (packaging/win/installer.nsh). Ends with 0 when it stands, or does not, as asked.
 *
 * Invariants: a PATH of any length stays whole, with its `%NAMES%` as they are; one that cannot be read is left alone;
 * what stands there already is not added again.
 *
 * Built by scripts/pack-command.mjs with MinGW-w64: gcc -municode.
 */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#include <stdlib.h>
#include <wchar.h>

/* Whether an entry of a PATH, of a length, is a folder; with or without a backslash at its end. */
static int is_folder(const wchar_t *entry, size_t length, const wchar_t *folder) {
  if (length > 0 && entry[length - 1] == L'\\') length--;
  return length == wcslen(folder) && _wcsnicmp(entry, folder, length) == 0;
}

int wmain(int argc, wchar_t **argv) {
  wchar_t folder[MAX_PATH];
  wchar_t *end, *before, *after, *entry;
  HKEY key;
  DWORD type = REG_EXPAND_SZ, size = 0, length = GetModuleFileNameW(NULL, folder, MAX_PATH - 8);
  LSTATUS status;
  int adding = argc == 2 && wcscmp(argv[1], L"add") == 0;

  if (!adding && !(argc == 2 && wcscmp(argv[1], L"remove") == 0)) return 2;
  if (length == 0 || length >= MAX_PATH - 8) return 1;
  end = wcsrchr(folder, L'\\');
  if (end == NULL) return 1;
  wcscpy(end, L"\\bin");

  if (RegCreateKeyExW(HKEY_CURRENT_USER, L"Environment", 0, NULL, 0, KEY_QUERY_VALUE | KEY_SET_VALUE, NULL, &key, NULL))
    return 1;
  status = RegQueryValueExW(key, L"Path", NULL, &type, NULL, &size);
  if (status != ERROR_SUCCESS && status != ERROR_FILE_NOT_FOUND) return 1;
  if (status == ERROR_SUCCESS && type != REG_SZ && type != REG_EXPAND_SZ) return 1;
  before = calloc(size + 2 * sizeof(wchar_t), 1);
  after = calloc(size + (MAX_PATH + 4) * sizeof(wchar_t), 1);
  if (before == NULL || after == NULL) return 1;
  if (status == ERROR_SUCCESS && RegQueryValueExW(key, L"Path", NULL, &type, (BYTE *)before, &size)) return 1;

  for (entry = before; *entry;) {
    size_t one = wcscspn(entry, L";");
    if (one > 0 && !is_folder(entry, one, folder)) {
      if (*after) wcscat(after, L";");
      wcsncat(after, entry, one);
    }
    entry += one;
    if (*entry) entry++;
  }
  if (adding) {
    if (*after) wcscat(after, L";");
    wcscat(after, folder);
  }
  status = RegSetValueExW(key, L"Path", 0, type, (const BYTE *)after, (DWORD)((wcslen(after) + 1) * sizeof(wchar_t)));
  RegCloseKey(key);
  if (status != ERROR_SUCCESS) return 1;
  /* Terminals that are opened from now on have it. */
  SendMessageTimeoutW(HWND_BROADCAST, WM_SETTINGCHANGE, 0, (LPARAM)L"Environment", SMTO_ABORTIFHUNG, 2000, NULL);
  return 0;
}
