//include errno.h fcntl.h linux/types.h stdint.h sys/mman.h unistd.h
//needs pageout lru_drain
/* Whether the process has a page there that no other process has: bits 63 and 56. */
static int page_remains(const char *map, unsigned long size)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	unsigned long page = sysconf(_SC_PAGESIZE), at;
	const __u64 own = 1ULL << 63 | 1ULL << 56;
	__u64 entry;
	int remains = 0;

	if (pagemap < 0)
		return -1;
	for (at = 0; at < size && !remains; at += page) {
		off_t place = (uintptr_t)(map + at) / page * sizeof(entry);

		if (pread(pagemap, &entry, sizeof(entry), place) != sizeof(entry))
			remains = -1;
		else
			remains = (entry & own) == own;
	}
	close(pagemap);
	return remains;
}

/* Repeats MADV_PAGEOUT: a page that waits to be added to a list is left out. */
static int page_out(char *map, unsigned long size)
{
	int remains, times;

	for (times = 0; (remains = page_remains(map, size)) > 0 && times < 50; times++) {
		lru_drain();
		if (times)
			usleep(10000);
		if (madvise(map, size, MADV_PAGEOUT))
			return errno == EINVAL ? 0 : -1;
	}
	if (remains > 0)
		errno = EBUSY;
	return remains ? -1 : 0;
}
