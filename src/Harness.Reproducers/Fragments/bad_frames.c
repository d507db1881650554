//include errno.h fcntl.h linux/types.h stdint.h stdio.h sys/mman.h unistd.h
/* Frames that failed or were given up: the module hwpoison-inject takes them back at the end. */
static __u64 bad_frames[64];
static unsigned int bad_count;

static int hwpoison_write(const char *file, __u64 frame)
{
	FILE *at = fopen(file, "we");
	int ret;

	if (!at)
		return -1;
	ret = fprintf(at, "%llu", (unsigned long long)frame) < 0;
	return fclose(at) || ret ? -1 : 0;
}

/* The frame of a page that the process has, or gets by a load; 0 and EPERM if it is not shown. */
static __u64 frame_of(char *page)
{
	unsigned long size = sysconf(_SC_PAGESIZE);
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	__u64 entry = 0;
	ssize_t got;

	if (pagemap < 0 || madvise(page, size, 22 /* MADV_POPULATE_READ */))
		return 0;
	got = pread(pagemap, &entry, sizeof(entry), (off_t)((uintptr_t)page / size * sizeof(entry)));
	close(pagemap);
	entry &= (1ULL << 55) - 1;
	if (got == sizeof(entry) && !entry)
		errno = EPERM;
	return got == sizeof(entry) ? entry : 0;
}

static void bad_frame(__u64 frame)
{
	if (bad_count < sizeof(bad_frames) / sizeof(bad_frames[0]))
		bad_frames[bad_count++] = frame;
}

static void end_bad_frames(void)
{
	int times;

	for (; bad_count; bad_count--) {
		__u64 frame = bad_frames[bad_count - 1];

		for (times = 0; times < 100 && hwpoison_write("/sys/kernel/debug/hwpoison/unpoison-pfn", frame); times++)
			usleep(10000);
		if (times == 100)
			fprintf(stderr, "frame %llu stays poisoned\n", (unsigned long long)frame);
	}
}
