// Preloaded into a harness: what a disk has after a power cut, and a clock that jumps.
//   CHAOS_DISK=DB:FOLDER  after each sync, a copy of the synced file is in FOLDER, under its own name: what a power cut
//                         surely leaves of DB and of the files beside it that begin with its name
//   CHAOS_CLOCK=FILE      the wall clock is off by the 64-bit number of seconds in FILE
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static void keep(int fd)
{
	const char *disk = getenv("CHAOS_DISK"), *colon = disk ? strrchr(disk, ':') : NULL;
	char link[64], path[4096], copy[4200], part[4210], buffer[65536];
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t length = colon ? readlink(link, path, sizeof(path) - 1) : -1;
	if (length < 0)
		return;
	path[length] = 0;
	if (strncmp(path, disk, colon - disk))
		return;
	snprintf(copy, sizeof(copy), "%s%s", colon + 1, strrchr(path, '/'));
	snprintf(part, sizeof(part), "%s.part", copy);
	int to = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (to < 0)
		return;
	// Not by another descriptor of the file: closing it would release the locks of this process (fcntl(2)).
	ssize_t got;
	for (off_t at = 0; (got = pread(fd, buffer, sizeof(buffer), at)) > 0; at += got)
		if (write(to, buffer, got) != got)
			break;
	close(to);
	rename(part, copy);
}

int fdatasync(int fd)
{
	int result = ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd);
	keep(fd);
	return result;
}

int fsync(int fd)
{
	int result = ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd);
	keep(fd);
	return result;
}

static const volatile int64_t *offset(void)
{
	static const volatile int64_t none, *at;
	const char *file = at ? NULL : getenv("CHAOS_CLOCK");
	if (!at && file) {
		int fd = open(file, O_RDONLY | O_CLOEXEC);
		void *page = fd < 0 ? MAP_FAILED : mmap(NULL, 8, PROT_READ, MAP_SHARED, fd, 0);
		at = page == MAP_FAILED ? &none : page;
		if (fd >= 0)
			close(fd);
	}
	return at ? at : (at = &none);
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
	static int (*real)(clockid_t, struct timespec *);
	if (!real)
		real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	int result = real(clock, now);
	if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
		now->tv_sec += *offset();
	return result;
}
