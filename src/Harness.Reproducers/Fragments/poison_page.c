//include errno.h fcntl.h linux/types.h stdint.h stdio.h sys/mman.h unistd.h
/* The module hwpoison-inject has a frame's memory fail, and takes it back at the end. */
static __u64 poisoned_frame;

static int poison_write(const char *file, __u64 frame)
{
	FILE *at = fopen(file, "we");
	int ret;

	if (!at)
		return -1;
	ret = fprintf(at, "%llu", (unsigned long long)frame) < 0;
	return fclose(at) || ret ? -1 : 0;
}

static int poison_page(char *page)
{
	unsigned long size = sysconf(_SC_PAGESIZE);
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	__u64 entry = 0;
	ssize_t got;

	if (pagemap < 0 || madvise(page, size, 22 /* MADV_POPULATE_READ */))
		return -1;
	got = pread(pagemap, &entry, sizeof(entry), (off_t)((uintptr_t)page / size * sizeof(entry)));
	close(pagemap);
	if (got != sizeof(entry))
		return -1;
	entry &= (1ULL << 55) - 1;
	if (!entry) {
		errno = EPERM;
		return -1;
	}
	if (poison_write("/sys/kernel/debug/hwpoison/corrupt-pfn", entry))
		return -1;
	poisoned_frame = entry;
	return 0;
}

static void end_poison(void)
{
	int times;

	for (times = 0; poisoned_frame && times < 100; times++) {
		if (!poison_write("/sys/kernel/debug/hwpoison/unpoison-pfn", poisoned_frame))
			return;
		usleep(10000);
	}
	if (poisoned_frame)
		fprintf(stderr, "frame %llu stays poisoned\n", (unsigned long long)poisoned_frame);
}
