//include errno.h fcntl.h linux/types.h stdint.h string.h sys/mman.h unistd.h
/* Whether another mapping has the page, too: bit 63 of its entry, and not bit 56. */
static int is_shared(char *page)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	off_t at = (uintptr_t)page / sysconf(_SC_PAGESIZE) * sizeof(__u64);
	__u64 entry;
	ssize_t got;

	if (pagemap < 0)
		return -1;
	got = pread(pagemap, &entry, sizeof(entry), at);
	close(pagemap);
	return got != sizeof(entry) ? -1 : (entry & (1ULL << 63 | 1ULL << 56)) == 1ULL << 63;
}

/* KSM merges a page with a copy of it that no other process has. */
static int merge_page(char *page)
{
	unsigned long size = sysconf(_SC_PAGESIZE);
	long number = getpid();
	char *copy = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int times;

	if (copy == MAP_FAILED)
		return -1;
	memcpy(page + size - sizeof(number), &number, sizeof(number));
	memcpy(copy, page, size);
	if (madvise(page, size, MADV_MERGEABLE) || madvise(copy, size, MADV_MERGEABLE))
		return -1;
	for (times = 0; times < 500; times++) {
		int one = is_shared(page), other = is_shared(copy);

		if (one < 0 || other < 0)
			return -1;
		if (one && other)
			return 0;
		usleep(10000);
	}
	errno = EAGAIN;
	return -1;
}
