/* A disk that fails when it is told to, for a process that is started with LD_PRELOAD. It strikes
   files whose path holds FAULT_FILE alone, and tells how much of one has been synchronized. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WRITE = 1, SYNC = 2, READ = 4, TRUNCATE = 8 };

static int armed_ops, armed_error, armed_short;
static long armed_at = -1, armed_until = -1, seen, struck, synced_wal;

void disk_arm(int ops, long at, long until, int error, int shorter) {
    armed_ops = ops, armed_at = at, armed_until = until, armed_error = error;
    armed_short = shorter, seen = 0, struck = 0;
}
long disk_seen(void) { return seen; }
long disk_struck(void) { return struck; }
long disk_synced_wal(void) { return synced_wal; }

static int path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, 4095);
    if (length < 0) return 0;
    path[length] = 0;
    const char *ours = getenv("FAULT_FILE");
    return ours && strstr(path, ours) && !strstr(path, "-turn");
}

/* 0: go on; 1: fail; 2: do half of it. */
static int strikes(int op, int fd) {
    char path[4096];
    if (!(armed_ops & op) || !path_of(fd, path)) return 0;
    long now = seen++;
    if (now < armed_at || now > armed_until) return 0;
    struck++;
    if (armed_short && op == WRITE && now == armed_at) return 2;
    errno = armed_error;
    return 1;
}

#define REAL(type, name, ...)                                   \
    static type (*real)(__VA_ARGS__);                           \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

ssize_t write(int fd, const void *data, size_t n) {
    REAL(ssize_t, "write", int, const void *, size_t);
    int how = armed_ops ? strikes(WRITE, fd) : 0;
    return how == 1 ? -1 : real(fd, data, how == 2 ? n / 2 : n);
}
ssize_t pwrite(int fd, const void *data, size_t n, off_t at) {
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
    int how = armed_ops ? strikes(WRITE, fd) : 0;
    return how == 1 ? -1 : real(fd, data, how == 2 ? n / 2 : n, at);
}
ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at) {
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t);
    int how = armed_ops ? strikes(WRITE, fd) : 0;
    return how == 1 ? -1 : real(fd, data, how == 2 ? n / 2 : n, at);
}
ssize_t pread64(int fd, void *data, size_t n, off64_t at) {
    REAL(ssize_t, "pread64", int, void *, size_t, off64_t);
    return armed_ops && strikes(READ, fd) ? -1 : real(fd, data, n, at);
}
int ftruncate64(int fd, off64_t length) {
    REAL(int, "ftruncate64", int, off64_t);
    return armed_ops && strikes(TRUNCATE, fd) ? -1 : real(fd, length);
}
static void note(int fd) {
    char path[4096];
    struct stat found;
    if (!path_of(fd, path) || !strstr(path, "-wal")) return;
    if (!fstat(fd, &found)) synced_wal = found.st_size;
}
int fsync(int fd) {
    REAL(int, "fsync", int);
    if (armed_ops && strikes(SYNC, fd)) return -1;
    note(fd);
    return real(fd);
}
int fdatasync(int fd) {
    REAL(int, "fdatasync", int);
    if (armed_ops && strikes(SYNC, fd)) return -1;
    note(fd);
    return real(fd);
}
