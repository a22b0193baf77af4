/*
 * Loaded into a program (LD_PRELOAD), it makes the Nth call that changes something below a folder go wrong: the
 * process is killed (SIGKILL) before the call or in the middle of a write, or the call is refused.
 *
 * FAULTS_BELOW: the folder. FAULTS_CONTROL: a file that holds `struct control`, shared with whoever gives the
 * orders, so that counting begins when that one says so. A child of the program counts with it.
 *
 * Counted are the calls of the C library that Node (libuv) makes; testing/kill-points/README.md says how that was
 * seen to be all of them.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* As faults.ts has them. */
enum mode { OFF, TRACE, KILL, TEAR, REFUSE, FULL };
enum { TRACES = 1024, TRACE_LENGTH = 160 };
struct control {
  int mode;
  int at;
  int error;
  int calls;
  int struck;
  int reserved[3];
  char traces[TRACES][TRACE_LENGTH];
};

enum verdict { PASS, FAIL, HALF };
enum { WRITES = 1, NEEDS_SPACE = 2 };

static struct control *control;
static const char *folder;
static size_t folder_length;

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
  const char *file = getenv("FAULTS_CONTROL");
  folder = getenv("FAULTS_BELOW");
  if (file == NULL || folder == NULL) return;
  folder_length = strlen(folder);
  int fd = NEXT(open)(file, O_RDWR | O_CLOEXEC);
  void *shared = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (shared == MAP_FAILED) {
    perror("faults: FAULTS_CONTROL");
    _exit(70);
  }
  close(fd);
  control = shared;
}

static int below(const char *path) {
  return control != NULL && control->mode != OFF && strncmp(path, folder, folder_length) == 0 &&
         (path[folder_length] == '/' || path[folder_length] == 0);
}

static int fd_below(int fd, char *path) {
  char link[64];
  if (control == NULL || control->mode == OFF) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return below(path);
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

/* What becomes of a call below the folder. Does not return where the process is to die before it. */
static enum verdict judge(const char *call, const char *path, int kind) {
  int mode = control->mode;
  if (mode == TEAR && !(kind & WRITES)) return PASS;
  if (mode == FULL && !(kind & NEEDS_SPACE)) return PASS;
  int n = __sync_add_and_fetch(&control->calls, 1);
  if (n <= TRACES) {
    const char *rest = path + folder_length;
    snprintf(control->traces[n - 1], TRACE_LENGTH, "%s %s", call, *rest == '/' ? rest + 1 : rest);
  }
  if (mode == TRACE || n < control->at || (n > control->at && mode != FULL)) return PASS;
  control->struck = 1;
  switch (mode) {
    case KILL:
      die();
    case TEAR:
      return HALF;
    case FULL:
      /* A disk that becomes full takes what still fits. */
      return n == control->at && (kind & WRITES) ? HALF : FAIL;
    default:
      return FAIL;
  }
}

/* A call without bytes: refused with -1, or passed on. */
#define GUARD(call, is_below, path, kind) \
  do { \
    if ((is_below) && judge(call, path, kind) != PASS) { \
      errno = control->error; \
      return -1; \
    } \
  } while (0)

/* A call that writes `length` bytes; `some(n)` writes the first n. */
#define GUARD_WRITE(call, fd, length, some) \
  do { \
    char path[PATH_MAX]; \
    enum verdict verdict = fd_below(fd, path) ? judge(call, path, WRITES | NEEDS_SPACE) : PASS; \
    if (verdict == PASS) break; \
    size_t n = (length) / 2; \
    ssize_t written = verdict == HALF && n > 0 ? (some) : -1; \
    if (control->mode == TEAR) die(); \
    if (written < 0) errno = control->error; \
    return written; \
  } while (0)

ssize_t write(int fd, const void *bytes, size_t length) {
  GUARD_WRITE("write", fd, length, NEXT(write)(fd, bytes, n));
  return NEXT(write)(fd, bytes, length);
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
  GUARD_WRITE("write", fd, length, NEXT(pwrite64)(fd, bytes, n, at));
  return NEXT(pwrite64)(fd, bytes, length, at);
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) { return pwrite64(fd, bytes, length, at); }
ssize_t writev(int fd, const struct iovec *parts, int count) {
  GUARD_WRITE("write", fd, count > 0 ? parts[0].iov_len : 0, NEXT(write)(fd, parts[0].iov_base, n));
  return NEXT(writev)(fd, parts, count);
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) {
  GUARD_WRITE("write", fd, count > 0 ? parts[0].iov_len : 0, NEXT(pwrite64)(fd, parts[0].iov_base, n, at));
  return NEXT(pwritev64)(fd, parts, count, at);
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) { return pwritev64(fd, parts, count, at); }
ssize_t sendfile64(int to, int from, off64_t *at, size_t length) {
  GUARD_WRITE("write", to, length, NEXT(sendfile64)(to, from, at, n));
  return NEXT(sendfile64)(to, from, at, length);
}
ssize_t sendfile(int to, int from, off_t *at, size_t length) { return sendfile64(to, from, at, length); }
ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t length, unsigned flags) {
  GUARD_WRITE("write", to, length, NEXT(copy_file_range)(from, from_at, to, to_at, n, flags));
  return NEXT(copy_file_range)(from, from_at, to, to_at, length, flags);
}
int fsync(int fd) {
  char path[PATH_MAX];
  GUARD("fsync", fd_below(fd, path), path, 0);
  return NEXT(fsync)(fd);
}
int fdatasync(int fd) {
  char path[PATH_MAX];
  GUARD("fsync", fd_below(fd, path), path, 0);
  return NEXT(fdatasync)(fd);
}
int ftruncate64(int fd, off64_t length) {
  char path[PATH_MAX];
  GUARD("truncate", fd_below(fd, path), path, 0);
  return NEXT(ftruncate64)(fd, length);
}
int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }
int rename(const char *from, const char *to) {
  GUARD("rename", below(to), to, 0);
  return NEXT(rename)(from, to);
}
int link(const char *from, const char *to) {
  GUARD("link", below(to), to, NEEDS_SPACE);
  return NEXT(link)(from, to);
}
int symlink(const char *target, const char *path) {
  GUARD("link", below(path), path, NEEDS_SPACE);
  return NEXT(symlink)(target, path);
}
int unlink(const char *path) {
  GUARD("unlink", below(path), path, 0);
  return NEXT(unlink)(path);
}
int rmdir(const char *path) {
  GUARD("rmdir", below(path), path, 0);
  return NEXT(rmdir)(path);
}
int mkdir(const char *path, mode_t mode) {
  GUARD("mkdir", below(path) && access(path, F_OK) != 0, path, NEEDS_SPACE);
  return NEXT(mkdir)(path, mode);
}
int open64(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  int makes = (flags & O_CREAT) != 0 && access(path, F_OK) != 0;
  int writes = makes || (flags & O_TRUNC) != 0 || (flags & O_ACCMODE) != O_RDONLY;
  const char *call = makes ? "create" : (flags & O_TRUNC) != 0 ? "truncate" : "open";
  GUARD(call, writes && below(path), path, makes ? NEEDS_SPACE : 0);
  return NEXT(open64)(path, flags, mode);
}
int open(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return open64(path, flags, mode);
}
