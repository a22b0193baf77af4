/*
 * keyfob.exe: the `keyfob` command of an installed Keyfob on Windows. It runs Node's own program beside it with
 * keyfob.cjs, waits, and ends with its exit code.
 *
 * A program and no .cmd file, which would cut arguments at `&` and is none that another program can start without a
 * shell; no .ps1 file, which the default execution policy refuses.
 *
 * Invariants: what stands behind the command's name is handed on as it stands, character by character; standard streams
 * and console are those of whoever called; Node ends with this program, also where that is ended by force (a job);
 * Ctrl-C and the closing of the console's window are Node's to hear, which the console tells it of by itself.
 *
 * Built by scripts/pack-command.mjs with MinGW-w64: gcc -municode.
 */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#include <wchar.h>

#define LONGEST 32768

static wchar_t folder[LONGEST], node[LONGEST], line[LONGEST];

static int fail(const wchar_t *what) {
  wchar_t text[LONGEST];
  char bytes[LONGEST];
  DWORD written;
  int length;
  _snwprintf(text, LONGEST - 1, L"%ls (%lu).\nInstall Keyfob again.\n", what, GetLastError());
  text[LONGEST - 1] = 0;
  length = WideCharToMultiByte(CP_UTF8, 0, text, -1, bytes, LONGEST, NULL, NULL);
  if (length > 1) WriteFile(GetStdHandle(STD_ERROR_HANDLE), bytes, length - 1, &written, NULL);
  return 1;
}

/* What stands behind the program's own name, which is read as CommandLineToArgvW reads it. */
static const wchar_t *rest(const wchar_t *all) {
  if (*all == L'"') {
    for (all++; *all && *all != L'"'; all++);
    if (*all) all++;
  } else {
    for (; *all && *all != L' ' && *all != L'\t'; all++);
  }
  return all;
}

static HANDLE running;

/* Windows ends this program, and with it Node, as soon as this returns from any other event than the first two. */
static BOOL WINAPI left_to_node(DWORD event) {
  if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT && running != NULL) WaitForSingleObject(running, INFINITE);
  return TRUE;
}

int wmain(void) {
  STARTUPINFOW start;
  PROCESS_INFORMATION child;
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits;
  HANDLE job;
  wchar_t *end;
  DWORD code = 1;
  DWORD length = GetModuleFileNameW(NULL, folder, LONGEST);

  if (length == 0 || length == LONGEST) return fail(L"Keyfob does not find its own folder");
  end = wcsrchr(folder, L'\\');
  if (end == NULL) return fail(L"Keyfob does not find its own folder");
  *end = 0;
  if (_snwprintf(node, LONGEST - 1, L"%ls\\..\\node_modules\\node\\bin\\node.exe", folder) < 0 ||
      _snwprintf(line, LONGEST - 1, L"\"%ls\" \"%ls\\keyfob.cjs\"%ls", node, folder, rest(GetCommandLineW())) < 0) {
    SetLastError(ERROR_FILENAME_EXCED_RANGE);
    return fail(L"The arguments are too long for Windows");
  }

  job = CreateJobObjectW(NULL, NULL);
  if (job != NULL) {
    ZeroMemory(&limits, sizeof limits);
    /* What Node starts on purpose to outlive it (a browser) may leave. */
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK;
    SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
  }
  SetConsoleCtrlHandler(left_to_node, TRUE);
  ZeroMemory(&child, sizeof child);
  /* As this program was started itself: streams, and whether a window is shown. */
  GetStartupInfoW(&start);
  start.lpReserved = NULL;
  start.dwFlags |= STARTF_USESTDHANDLES;
  start.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
  start.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
  start.hStdError = GetStdHandle(STD_ERROR_HANDLE);
  if (!CreateProcessW(node, line, NULL, NULL, TRUE, CREATE_SUSPENDED, NULL, NULL, &start, &child))
    return fail(L"Keyfob could not start its own Node");
  if (job != NULL) AssignProcessToJobObject(job, child.hProcess);
  running = child.hProcess;
  ResumeThread(child.hThread);
  WaitForSingleObject(child.hProcess, INFINITE);
  GetExitCodeProcess(child.hProcess, &code);
  return (int)code;
}
