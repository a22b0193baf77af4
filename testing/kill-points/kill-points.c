/*
 * Kills the process it is loaded into (LD_PRELOAD) at the Nth call that changes something below a folder: before the
 * call, or, with KEYFOB_KILL_TORN, at the Nth write, after half of what it was to write.
 *
 * KEYFOB_KILL_FOLDER: the folder; KEYFOB_KILL_AT: N, from 1; 0 kills nothing.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int calls = 0;

static int below(const char *path) {
  const char *folder = getenv("KEYFOB_KILL_FOLDER");
  return folder != NULL && strncmp(path, folder, strlen(folder)) == 0;
}

static int fd_below(int fd) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return below(path);
}

static int is_the_one(int counts) {
  const char *at = getenv("KEYFOB_KILL_AT");
  return counts && at != NULL && __sync_add_and_fetch(&calls, 1) == atoi(at);
}

static void end(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

static int torn(void) { return getenv("KEYFOB_KILL_TORN") != NULL; }

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define BEFORE(counts) \
  do { \
    if (!torn() && is_the_one(counts)) end(); \
  } while (0)

ssize_t write(int fd, const void *bytes, size_t length) {
  if (is_the_one(fd_below(fd))) {
    if (torn()) NEXT(write)(fd, bytes, length / 2);
    end();
  }
  return NEXT(write)(fd, bytes, length);
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
  if (is_the_one(fd_below(fd))) {
    if (torn()) NEXT(pwrite64)(fd, bytes, length / 2, at);
    end();
  }
  return NEXT(pwrite64)(fd, bytes, length, at);
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) { return pwrite64(fd, bytes, length, at); }
ssize_t writev(int fd, const struct iovec *parts, int count) {
  if (is_the_one(fd_below(fd))) {
    if (torn() && count > 0) NEXT(write)(fd, parts[0].iov_base, parts[0].iov_len / 2);
    end();
  }
  return NEXT(writev)(fd, parts, count);
}
int fsync(int fd) {
  BEFORE(fd_below(fd));
  return NEXT(fsync)(fd);
}
int fdatasync(int fd) {
  BEFORE(fd_below(fd));
  return NEXT(fdatasync)(fd);
}
int ftruncate64(int fd, off64_t length) {
  BEFORE(fd_below(fd));
  return NEXT(ftruncate64)(fd, length);
}
int rename(const char *from, const char *to) {
  BEFORE(below(to));
  return NEXT(rename)(from, to);
}
int unlink(const char *path) {
  BEFORE(below(path));
  return NEXT(unlink)(path);
}
int rmdir(const char *path) {
  BEFORE(below(path));
  return NEXT(rmdir)(path);
}
int mkdir(const char *path, mode_t mode) {
  BEFORE(below(path));
  return NEXT(mkdir)(path, mode);
}
int open64(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  BEFORE((flags & O_CREAT) != 0 && below(path));
  return NEXT(open64)(path, flags, mode);
}
int open(const char *path, int flags, ...) {
  va_list more;
  va_start(more, flags);
  mode_t mode = (flags & O_CREAT) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return open64(path, flags, mode);
}
